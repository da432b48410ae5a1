package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handlers in every shape. Reference: 4.5 and 4.8. */
class EventReceiverTest {
  private final SocketFixture server = new SocketFixture();
  private final List<String> log = new ArrayList<>();
  private SocketFixture.Client client;
  private Socket socket;

  record Point(int x, int y) {}

  @BeforeEach
  void oneClient() {
    client = server.joined();
    socket = server.socket("/");
  }

  @Test
  void threeTypedArgumentsAndTheirAck() {
    socket.on("a", Integer.class, String.class, Point.class, (a, b, c) -> log.add(a + b + c.y()));
    socket.on(
        "b", Integer.class, String.class, Point.class, (a, b, c, ack) -> ack.send(c.x(), b, a));
    client.send("2[\"a\",1,\"x\",{\"x\":2,\"y\":3}]", "27[\"b\",1,\"x\",{\"x\":2,\"y\":3}]");
    assertEquals(List.of("1x3"), log);
    assertEquals(List.of("37[2,\"x\",1]"), client.received());
  }

  @Test
  void twoArgumentsOfTypesWithParameters() {
    socket.on(
        "e",
        new TypeRef<List<Point>>() {},
        new TypeRef<Map<String, Point>>() {},
        (points, byName) ->
            log.add(points.get(0).x() + " " + byName.values().iterator().next().y()));
    client.send("2[\"e\",[{\"x\":1,\"y\":2}],{\"p\":{\"x\":3,\"y\":4}}]");
    assertEquals(List.of("1 4"), log);
  }

  @Test
  void onceInEveryShapeHandlesOneEventOnly() {
    socket
        .once("e", () -> log.add("none"))
        .once("e", arguments -> log.add("plain"))
        .once("e", (arguments, ack) -> log.add("all"))
        .once("e", String.class, a -> log.add("one"))
        .once("e", new TypeRef<String>() {}, a -> log.add("one of a type"))
        .once("e", String.class, (a, ack) -> log.add("one and ack"))
        .once("e", String.class, String.class, (a, b) -> log.add("two"))
        .once("e", String.class, String.class, (a, b, ack) -> log.add("two and ack"));
    client.send("2[\"e\",\"x\"]", "2[\"e\",\"x\"]");
    assertEquals(
        List.of(
            "none", "plain", "all", "one", "one of a type", "one and ack", "two", "two and ack"),
        log);
  }

  @Test
  void offWithoutANameRemovesEveryHandler() {
    socket.on("a", () -> log.add("a")).on("b", () -> log.add("b")).off();
    client.send("2[\"a\"]", "2[\"b\"]");
    assertEquals(List.of(), log);
  }

  @Test
  void aRequestIsAnsweredWithWhatItsHandlerReturns() {
    socket
        .onRequest("sum", Integer.class, Integer.class, (a, b) -> a + b)
        .onRequest("point", Integer.class, x -> new Point(x, x))
        .onRequest("echo", arguments -> arguments)
        .onRequest("size", new TypeRef<List<Point>>() {}, points -> points.size())
        .onRequest("nothing", arguments -> null);
    client.send(
        "20[\"sum\",1,2]",
        "21[\"point\",3]",
        "22[\"echo\",1,\"x\"]",
        "23[\"size\",[{\"x\":1,\"y\":2}]]",
        "24[\"nothing\"]");
    assertEquals(
        List.of("30[3]", "31[{\"x\":3,\"y\":3}]", "32[1,\"x\"]", "33[1]", "34[null]"),
        client.received());
  }

  @Test
  void aStageIsSentWhenItIsThere() {
    CompletableFuture<String> later = new CompletableFuture<>();
    socket.onRequest("slow", arguments -> later).onRequest("fast", arguments -> 1);
    client.send("20[\"slow\"]", "21[\"fast\"]");
    assertEquals(List.of("31[1]"), client.received());
    later.complete("done");
    assertEquals(List.of("30[\"done\"]"), client.received());
  }

  @Test
  void aRequestThatFailsIsReportedAndNotAnswered() {
    socket.onRequest(
        "throws",
        arguments -> {
          throw new IllegalStateException("thrown");
        });
    CompletionStage<String> failed =
        CompletableFuture.failedFuture(new IllegalStateException("failed"));
    socket.onRequest("fails", arguments -> failed);
    socket.onRequest("unwritable", arguments -> CompletableFuture.completedStage(new Object()));
    client.send("20[\"throws\"]", "21[\"fails\"]", "22[\"unwritable\"]");
    assertEquals(List.of(), client.received());
    assertEquals(List.of("thrown", "failed"), server.errors.subList(0, 2));
    assertEquals(3, server.errors.size());
    assertTrue(client.isOpen());
  }

  @Test
  void aRequestWithoutAnAckRunsAndAnswersNobody() {
    socket.onRequest("sum", Integer.class, Integer.class, (a, b) -> a + b);
    client.send("2[\"sum\",1,2]");
    assertEquals(List.of(), client.received());
    assertEquals(List.of(), server.errors);
  }

  /** Handlers as methods. */
  static class Inherited {
    final List<String> log = new ArrayList<>();

    @OnEvent("inherited")
    void inherited(String text) {
      log.add("inherited " + text);
    }

    @OnEvent("overridden")
    void overridden() {
      log.add("never");
    }
  }

  /** More of them. */
  static final class Annotated extends Inherited {
    @OnEvent("typed")
    void typed(Socket socket, Point point, List<Point> points, Ack ack) {
      log.add(socket.id() + " " + point.x() + " " + points.get(0).y() + " " + ack.isRequested());
      ack.send("by hand");
    }

    @OnEvent("value")
    int value(int number) {
      return number + 1;
    }

    @OnEvent("stage")
    CompletableFuture<String> stage() {
      return CompletableFuture.completedFuture("later");
    }

    @OnEvent("all")
    void all(Arguments arguments) {
      log.add("all " + arguments);
    }

    @OnEvent(value = "once", once = true)
    void once() {
      log.add("once");
    }

    @OnEvent("throws")
    void throwing() {
      throw new IllegalStateException("thrown");
    }

    @Override
    @OnEvent("overridden")
    void overridden() {
      log.add("overridden");
    }
  }

  @Test
  void methodsGetSocketAckAndTypedArguments() {
    Annotated object = new Annotated();
    socket.listen(object);
    client.send("25[\"typed\",{\"x\":1,\"y\":2},[{\"x\":3,\"y\":4}]]", "2[\"all\",1,2]");
    assertEquals(List.of(socket.id() + " 1 4 true", "all [1,2]"), object.log);
    assertEquals(List.of("35[\"by hand\"]"), client.received());
  }

  @Test
  void whatAMethodReturnsIsTheAnswer() {
    socket.listen(new Annotated());
    client.send("20[\"value\",41]", "21[\"stage\"]", "22[\"once\"]");
    assertEquals(List.of("30[42]", "31[\"later\"]"), client.received());
  }

  @Test
  void inheritedMethodsHandleTooAndOverriddenOnesOnce() {
    Annotated object = new Annotated();
    socket.listen(object);
    client.send("2[\"inherited\",\"x\"]", "2[\"overridden\"]", "2[\"once\"]", "2[\"once\"]");
    assertEquals(List.of("inherited x", "overridden", "once"), object.log);
  }

  @Test
  void aMethodThatThrowsIsReportedWithWhatItThrew() {
    socket.listen(new Annotated());
    client.send("2[\"throws\"]");
    assertEquals(List.of("thrown"), server.errors);
    assertTrue(client.isOpen());
  }

  @Test
  void aMissingArgumentOfAPrimitiveTypeIsReported() {
    socket.listen(new Annotated());
    client.send("20[\"value\"]");
    assertEquals(1, server.errors.size());
    assertTrue(server.errors.get(0).contains("parameter 1 is missing"), server.errors::toString);
    assertEquals(List.of(), client.received());
  }

  @Test
  void theMethodsOfAnObjectAreRemovedByTheObject() {
    Annotated object = new Annotated();
    socket.listen(object).off("all", object);
    client.send("2[\"all\"]", "2[\"once\"]");
    assertEquals(List.of("once"), object.log);
  }

  @Test
  void anObjectWithoutAnnotatedMethodsIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> socket.listen("text"));
  }

  @Test
  void aNamespaceHasNoSocketToGiveToAMethod() {
    assertThrows(IllegalArgumentException.class, () -> socket.namespace().listen(new Annotated()));
  }

  // Catch-all listeners and middlewares.

  @Test
  void aCatchAllSeesEveryEventBeforeItsHandlers() {
    socket.on("a", arguments -> log.add("handler"));
    socket.onAny((event, arguments) -> log.add(event + arguments));
    socket.prependAny((event, arguments) -> log.add("first"));
    client.send("2[\"a\",1]", "2[\"nobody\",{}]");
    assertEquals(List.of("first", "a[1]", "handler", "first", "nobody[{}]"), log);
  }

  @Test
  void aCatchAllMayAnswer() {
    socket.onAny((event, arguments, ack) -> ack.send(event));
    client.send("23[\"a\"]");
    assertEquals(List.of("33[\"a\"]"), client.received());
  }

  @Test
  void offAnyRemovesOneOrAll() {
    CatchAll listener = (event, arguments) -> log.add("one");
    socket.onAny(listener).onAny((event, arguments) -> log.add("two")).offAny(listener);
    client.send("2[\"a\"]");
    assertEquals(List.of("two"), log);
    socket.offAny();
    client.send("2[\"a\"]");
    assertEquals(List.of("two"), log);
  }

  @Test
  void aReservedNameIsAViolationBeforeACatchAllSeesIt() {
    socket.onAny((event, arguments) -> log.add(event));
    client.send("2[\"connect\"]");
    assertEquals(List.of(), log);
    assertFalse(client.isOpen());
  }

  @Test
  void brokenJsonIsAViolationBeforeACatchAllSeesIt() {
    socket.onAny((event, arguments) -> log.add(event));
    client.send("2[\"a\",{]");
    assertEquals(List.of(), log);
    assertFalse(client.isOpen());
  }

  @Test
  void anOutgoingCatchAllSeesEmitsAndBroadcastsButNoAcks() {
    socket.onAnyOutgoing((event, arguments) -> log.add(event + arguments));
    socket.on("ask", (arguments, ack) -> ack.send("answer"));
    socket.emit("a", 1, Map.of("k", "v"));
    server.io.of("/").emit("b", (Object) new byte[] {1, 2});
    client.send("20[\"ask\"]");
    assertEquals("a[1,{\"k\":\"v\"}]", log.get(0));
    assertTrue(log.get(1).startsWith("b["), log.get(1));
    assertEquals(2, log.size());
    assertEquals(4, client.received().size());
  }

  @Test
  void offAnyOutgoingRemovesOneOrAll() {
    CatchAll listener = (event, arguments) -> log.add("one");
    socket.onAnyOutgoing(listener);
    socket.prependAnyOutgoing((event, arguments) -> log.add("two"));
    socket.emit("e");
    assertEquals(List.of("two", "one"), log);
    socket.offAnyOutgoing(listener);
    socket.emit("e");
    assertEquals(List.of("two", "one", "two"), log);
    socket.offAnyOutgoing();
    socket.emit("e");
    assertEquals(3, log.size());
  }

  @Test
  void middlewaresRunInOrderAfterCatchAllsAndBeforeHandlers() {
    socket.on("e", Integer.class, number -> log.add("handler " + number));
    socket
        .use(
            (event, arguments, next) -> {
              log.add("first " + event + arguments);
              next.proceed();
            })
        .use(
            (event, arguments, next) -> {
              log.add("second");
              next.proceed();
            })
        .onAny((event, arguments) -> log.add("any"));
    client.send("2[\"e\",1]", "2[\"e\",2]");
    assertEquals(
        List.of(
            "any", "first e[1]", "second", "handler 1", "any", "first e[2]", "second", "handler 2"),
        log);
  }

  @Test
  void aRefusedEventIsReportedAndDroppedAndTheClientIsNotTold() {
    socket.on("e", () -> log.add("handled"));
    socket.use((event, arguments, next) -> next.refuse(new IllegalStateException("refused")));
    client.send("20[\"e\"]");
    assertEquals(List.of(), log);
    assertEquals(List.of("refused"), server.errors);
    assertEquals(List.of(), client.received());
    assertTrue(client.isOpen());
  }

  @Test
  void anEventWhoseMiddlewareAnswersLaterIsHandledThen() {
    List<EventMiddleware.Next> waiting = new ArrayList<>();
    socket.on("e", Integer.class, number -> log.add("handler " + number));
    socket.use(
        (event, arguments, next) -> {
          if (waiting.isEmpty()) {
            waiting.add(next);
          } else {
            next.proceed();
          }
        });
    client.send("2[\"e\",1]", "2[\"e\",2]");
    assertEquals(List.of("handler 2"), log);
    waiting.get(0).proceed();
    waiting.get(0).proceed();
    server.handlers.run();
    assertEquals(List.of("handler 2", "handler 1"), log);
  }

  @Test
  void aMiddlewareThatThrowsDropsTheEvent() {
    socket.on("e", () -> log.add("handled"));
    socket.use(
        (event, arguments, next) -> {
          throw new IllegalStateException("thrown");
        });
    client.send("2[\"e\"]");
    assertEquals(List.of(), log);
    assertEquals(List.of("thrown"), server.errors);
  }

  @Test
  void threeArgumentsOfTypesWithParametersAndOnceWithThem() {
    TypeRef<List<Integer>> numbers = new TypeRef<>() {};
    TypeRef<List<String>> texts = new TypeRef<>() {};
    socket.on("e", numbers, texts, numbers, (a, b, c) -> log.add(a + " " + b + " " + c));
    socket.on("e", numbers, texts, numbers, (a, b, c, ack) -> ack.send(c.get(0)));
    socket.once("o", numbers, (a, ack) -> ack.send(a.get(0)));
    socket.once("o", numbers, texts, (a, b) -> log.add("once " + b.get(0)));
    socket.once("o", numbers, texts, (a, b, ack) -> log.add("once with ack"));
    socket.once("o", JsonNode.class, JsonNode.class, JsonNode.class, (a, b, c) -> log.add("3"));
    socket.once(
        "o", JsonNode.class, JsonNode.class, JsonNode.class, (a, b, c, ack) -> log.add("3 ack"));
    client.send("21[\"e\",[1],[\"x\"],[2]]");
    assertEquals(List.of("[1] [x] [2]"), log);
    assertEquals(List.of("31[2]"), client.received());
    log.clear();
    client.send("22[\"o\",[7],[\"y\"]]", "23[\"o\",[7],[\"y\"]]");
    assertEquals(List.of("once y", "once with ack", "3", "3 ack"), log);
    assertEquals(List.of("32[7]"), client.received());
  }

  @Test
  void whatIsRegisteredIsListed() {
    EventHandler.Plain first = arguments -> {};
    EventHandler.None second = () -> {};
    CatchAll in = (event, arguments) -> {};
    CatchAll out = (event, arguments) -> {};
    assertEquals(List.of(), socket.listenersAny());
    assertEquals(List.of(), socket.listenersAnyOutgoing());
    socket.on("a", first).once("a", second).on("b", second).onAny(in).onAnyOutgoing(out);
    assertEquals(List.of(first, second), socket.listeners("a"));
    assertEquals(List.of(), socket.listeners("c"));
    assertEquals(Set.of("a", "b"), socket.eventNames());
    assertEquals(List.of(in), socket.listenersAny());
    assertEquals(List.of(out), socket.listenersAnyOutgoing());
    socket.off("a", first).offAny(in).offAnyOutgoing(out);
    client.send("2[\"a\"]");
    assertEquals(List.of(), socket.listeners("a"));
    assertEquals(Set.of("b"), socket.eventNames());
    assertEquals(List.of(), socket.listenersAny());
    assertEquals(List.of(), socket.listenersAnyOutgoing());
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Middlewares and connection handlers. Reference: 4.4 and 4.6. */
class NamespaceTest {
  private final SocketFixture server = new SocketFixture();
  private final Namespace root = server.io.of("/");
  private final List<String> log = new ArrayList<>();

  @Test
  void middlewaresRunInOrderForEveryConnect() {
    root.use(
            (socket, next) -> {
              log.add("first");
              next.proceed();
            })
        .use(
            (socket, next) -> {
              log.add("second");
              next.proceed();
            })
        .onConnection(socket -> log.add("connected"));
    SocketFixture.Client client = server.joined();
    client.send("1");
    client.join("/");
    assertEquals(List.of("first", "second", "connected", "first", "second", "connected"), log);
  }

  @Test
  void aRefusalIsToldAndStopsTheOthers() {
    root.use((socket, next) -> next.refuse("not allowed", Map.of("code", 7)))
        .use((socket, next) -> log.add("never"))
        .onConnection(socket -> log.add("never"));
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(
        List.of("4{\"message\":\"not allowed\",\"data\":{\"code\":7}}"), client.received());
    assertEquals(List.of(), log);
    assertTrue(client.isOpen());
  }

  @Test
  void aRefusedClientMayTryAgain() {
    boolean[] refuse = {true};
    root.use(
        (socket, next) -> {
          if (refuse[0]) {
            next.refuse("not yet");
          } else {
            next.proceed();
          }
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"not yet\"}"), client.received());
    refuse[0] = false;
    client.join("/");
  }

  @Test
  void aMiddlewareMayAnswerLater() {
    List<Middleware.Next> waiting = new ArrayList<>();
    root.use((socket, next) -> waiting.add(next));
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of(), client.received());
    waiting.get(0).proceed();
    server.handlers.run();
    assertEquals(1, client.received().size());
    assertEquals(1, root.sockets().size());
  }

  @Test
  void onlyTheFirstVerdictCounts() {
    root.use(
        (socket, next) -> {
          next.proceed();
          next.refuse("too late");
          next.proceed();
        });
    root.onConnection(socket -> log.add("connected"));
    server.joined();
    assertEquals(List.of("connected"), log);
  }

  @Test
  void aMiddlewareThatThrowsRefusesAndIsReported() {
    root.use(
        (socket, next) -> {
          throw new Exception("secret");
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"Internal error\"}"), client.received());
    assertEquals(List.of("secret"), server.errors);
    assertTrue(client.isOpen());
  }

  @Test
  void aMiddlewareThatFailsWithAnErrorRefusesToo() {
    root.use(
        (socket, next) -> {
          throw new StackOverflowError("deep");
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"Internal error\"}"), client.received());
    assertEquals(List.of("deep"), server.errors);
  }

  @Test
  void aRefusalWhoseDataHasNoJsonIsToldWithoutIt() {
    root.use((socket, next) -> next.refuse("no", new SocketPacketEncoderTest.Endless()));
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"no\"}"), client.received());
    assertEquals(1, server.errors.size());
  }

  @Test
  void aMiddlewareThatNeverAnswersLeavesTheConnectUnanswered() {
    root.use((socket, next) -> {});
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of(), client.received());
    server.scheduler.advance(44_996);
    assertTrue(client.isOpen());
    server.scheduler.advance(4);
    assertFalse(client.isOpen());
  }

  @Test
  void whatAMiddlewareEmitsGoesBeforeTheConnectAnswer() {
    root.use(
        (socket, next) -> {
          socket.emit("early");
          next.proceed();
        });
    root.onConnection(socket -> socket.emit("late"));
    SocketFixture.Client client = server.client();
    client.send("0");
    List<String> received = client.received();
    assertEquals("2[\"early\"]", received.get(0));
    assertTrue(received.get(1).startsWith("0{\"sid\":"));
    assertEquals("2[\"late\"]", received.get(2));
  }

  @Test
  void aVerdictAfterTheEndIsIgnored() {
    List<Middleware.Next> waiting = new ArrayList<>();
    root.use((socket, next) -> waiting.add(next));
    root.use(
        (socket, next) -> {
          socket.onDisconnect(reason -> log.add("disconnect"));
          next.proceed();
        });
    root.onConnection(socket -> log.add("connected"));
    SocketFixture.Client client = server.client();
    client.send("0");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    waiting.get(0).proceed();
    server.handlers.run();
    assertEquals(List.of(), log);
    assertEquals(0, root.sockets().size());
  }

  @Test
  void whoNeverJoinedHearsNoDisconnect() {
    root.use(
        (socket, next) -> {
          socket.onDisconnecting(reason -> log.add("disconnecting"));
          socket.onDisconnect(reason -> log.add("disconnect"));
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    assertEquals(List.of(), log);
  }

  @Test
  void roomsJoinedInAMiddlewareAreKept() {
    root.use(
        (socket, next) -> {
          socket.join("r", "s", "t");
          socket.leave("t");
          assertEquals(Set.of("r", "s"), socket.rooms());
          next.proceed();
        });
    SocketFixture.Client client = server.client();
    String id = client.join("/");
    assertEquals(Set.of(id, "r", "s"), server.socket("/").rooms());
    root.to("r").emit("hello");
    assertEquals(List.of("2[\"hello\"]"), client.received());
  }

  @Test
  void roomsJoinedInAMiddlewareAreLeftWhenItRefuses() {
    Socket[] refused = new Socket[1];
    root.use(
        (socket, next) -> {
          refused[0] = socket;
          socket.join("r");
          next.refuse("no");
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    client.received();
    assertEquals(Set.of(), refused[0].rooms());
    root.to("r").emit("hello");
    refused[0].emit("hello");
    assertEquals(List.of(), client.received());
  }

  @Test
  void aClientIsNoMemberBeforeItHasJoined() {
    root.use((socket, next) -> {});
    SocketFixture.Client client = server.client();
    client.send("0");
    root.emit("hello");
    assertEquals(List.of(), client.received());
    assertEquals(0, root.sockets().size());
  }

  @Test
  void anAnswerThatAMiddlewareWaitsForFailsWhenItRefuses() {
    List<CompletableFuture<Arguments>> answers = new ArrayList<>();
    root.use(
        (socket, next) -> {
          answers.add(socket.emitWithAck("question"));
          next.refuse("no");
        });
    server.client().send("0");
    ExecutionException failed = assertThrows(ExecutionException.class, () -> answers.get(0).get());
    assertInstanceOf(DisconnectedException.class, failed.getCause());
  }

  @Test
  void disconnectInAMiddlewareDoesNothing() {
    root.use(
        (socket, next) -> {
          socket.disconnect();
          socket.disconnect(true);
          next.proceed();
        });
    SocketFixture.Client client = server.joined();
    assertTrue(client.isOpen());
    assertTrue(server.socket("/").isConnected());
  }

  @Test
  void theConnectionHandlerSeesASocketThatIsThere() {
    root.onConnection(
        socket -> {
          log.add("connected " + socket.isConnected() + " " + root.sockets().contains(socket));
          log.add(String.valueOf(socket.rooms().equals(Set.of(socket.id()))));
        });
    server.joined();
    assertEquals(List.of("connected true true", "true"), log);
  }

  @Test
  void everyConnectionHandlerRunsAlthoughOneThrows() {
    root.onConnection(
            socket -> {
              throw new AssertionError("first");
            })
        .onConnection(socket -> log.add("second"));
    SocketFixture.Client client = server.joined();
    assertEquals(List.of("second"), log);
    assertEquals(List.of("first"), server.errors);
    assertTrue(client.isOpen());
  }

  @Test
  void eventsThatArriveWhileTheConnectionHandlerRunsWaitForItsEnd() {
    SocketFixture.Client client = server.client();
    root.onConnection(
        socket -> {
          client.post("2[\"e\"]");
          log.add("before");
          socket.on("e", () -> log.add("event"));
          log.add("after");
        });
    client.send("0");
    assertEquals(List.of("before", "after", "event"), log);
  }

  @Test
  void ackIdsAreCountedForTheWholeNamespace() {
    SocketFixture.Client first = server.joined();
    Socket socket = server.socket("/");
    SocketFixture.Client second = server.joined();
    List<CompletableFuture<Arguments>> answers = new ArrayList<>();
    answers.add(socket.emitWithAck("a"));
    root.sockets().stream()
        .filter(other -> other != socket)
        .forEach(other -> answers.add(other.emitWithAck("b")));
    answers.add(socket.emitWithAck("c"));
    assertEquals(List.of("20[\"a\"]", "22[\"c\"]"), first.received());
    assertEquals(List.of("21[\"b\"]"), second.received());
  }

  @Test
  void aMiddlewareMayRefuseByThrowing() {
    root.use(
        (socket, next) -> {
          throw new RefusedException("not you", Map.of("code", 7));
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"not you\",\"data\":{\"code\":7}}"), client.received());
    assertEquals(List.of(), server.errors);
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.TransportName;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One client in the root namespace. Reference: 4.5, 4.7 and 4.8. */
class SocketTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.client();
  private final String id = client.join("/");
  private final Socket socket = server.socket("/");
  private final List<String> log = new ArrayList<>();

  record Point(int x, int y) {}

  // Events in.

  @Test
  void everyFormOfHandlerGetsWhatItAskedFor() {
    socket.on("e", (arguments, ack) -> log.add("any " + arguments + ack.isRequested()));
    socket.on("e", arguments -> log.add("plain " + arguments));
    socket.on("e", () -> log.add("none"));
    socket.on("e", Point.class, point -> log.add("one " + point));
    socket.on("e", new TypeRef<Map<String, Integer>>() {}, map -> log.add("ref " + map.get("y")));
    socket.on("e", Point.class, (point, ack) -> log.add("ack " + point + ack.isRequested()));
    socket.on(
        "e",
        new TypeRef<Map<String, Long>>() {},
        (map, ack) -> log.add("refack " + map.get("x") + ack.isRequested()));
    socket.on("e", Point.class, String.class, (point, text) -> log.add("two " + text));
    socket.on(
        "e",
        Point.class,
        String.class,
        (point, text, ack) -> log.add("twoack " + text + ack.isRequested()));
    client.send("27[\"e\",{\"x\":1,\"y\":2},\"t\"]");
    assertEquals(
        List.of(
            "any [{\"x\":1,\"y\":2},\"t\"]true",
            "plain [{\"x\":1,\"y\":2},\"t\"]",
            "none",
            "one Point[x=1, y=2]",
            "ref 2",
            "ack Point[x=1, y=2]true",
            "refack 1true",
            "two t",
            "twoack ttrue"),
        log);
  }

  @Test
  void argumentsThatAreMissingAreNullAndMoreAreIgnored() {
    socket.on("e", String.class, Point.class, (a, b) -> log.add(a + " " + b));
    client.send("2[\"e\"]", "2[\"e\",null]", "2[\"e\",\"a\",{\"x\":1,\"y\":2},3,[4]]");
    assertEquals(List.of("null null", "null null", "a Point[x=1, y=2]"), log);
    assertEquals(List.of(), server.errors);
  }

  @Test
  void anArgumentOfAnotherTypeIsReportedAndTheSessionLives() {
    socket.on("e", Point.class, point -> log.add("never"));
    client.send("2[\"e\",\"text\"]");
    assertEquals(List.of(), log);
    assertEquals(1, server.errors.size());
    assertTrue(client.isOpen());
  }

  @Test
  void anArgumentOfAnotherTypeInBrokenJsonClosesTheSession() {
    socket.on("e", Point.class, point -> log.add("never"));
    client.send("2[\"e\",\"text\",x]");
    assertEquals(List.of(), log);
    assertFalse(client.isOpen());
  }

  @Test
  void aHandlerIsNotCalledWithAnArgumentThatBrokenJsonFollows() {
    socket.on("e", String.class, text -> log.add("never"));
    client.send("2[\"e\",\"text\",");
    assertEquals(List.of(), log);
    assertFalse(client.isOpen());
  }

  @Test
  void attachmentsArriveInTheHandlersTypes() {
    socket.on("e", byte[].class, ByteBuffer.class, (a, b) -> log.add(a[0] + " " + b.get(0)));
    client.send(
        "52-[\"e\",{\"_placeholder\":true,\"num\":1},{\"num\":0,\"_placeholder\":true}]",
        "bAQ==",
        "bAg==");
    assertEquals(List.of("2 1"), log);
  }

  @Test
  void aNumberMayBeTheNameOfAnEvent() {
    socket.on("5", String.class, text -> log.add(text));
    client.send("2[5,\"x\"]");
    assertEquals(List.of("x"), log);
  }

  @Test
  void whatAHandlerThrowsIsReportedAndTheSessionLives() {
    socket.on(
        "e",
        () -> {
          throw new Exception("checked");
        });
    socket.on(
        "f",
        () -> {
          throw new NullPointerException("unchecked");
        });
    socket.on(
        "g",
        () -> {
          throw new StackOverflowError("error");
        });
    socket.on("h", () -> log.add("alive"));
    client.send("2[\"e\"]", "2[\"f\"]", "2[\"g\"]", "2[\"h\"]");
    client.send("2[\"h\"]");
    assertEquals(List.of("checked", "unchecked", "error"), server.errors);
    assertEquals(List.of("alive", "alive"), log);
    assertTrue(client.isOpen());
  }

  @Test
  void onceHandlesOneEvent() {
    socket.once("e", (arguments, ack) -> log.add("once " + arguments));
    client.send("2[\"e\",1]", "2[\"e\",2]");
    assertEquals(List.of("once [1]"), log);
  }

  @Test
  void offRemovesOneHandlerOrAll() {
    EventHandler.None first = () -> log.add("first");
    socket.on("e", first);
    socket.on("e", () -> log.add("second"));
    socket.on("f", () -> log.add("other"));
    socket.off("e", first);
    client.send("2[\"e\"]");
    socket.off("e");
    client.send("2[\"e\"]", "2[\"f\"]");
    assertEquals(List.of("second", "other"), log);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener"
      })
  void reservedNamesAreRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> socket.emit(name));
    assertThrows(IllegalArgumentException.class, () -> socket.emitWithAck(name));
    assertThrows(IllegalArgumentException.class, () -> socket.asVolatile().emit(name));
    assertThrows(IllegalArgumentException.class, () -> socket.broadcast().emit(name));
    assertThrows(IllegalArgumentException.class, () -> socket.on(name, () -> {}));
    assertEquals(List.of(), client.received());
  }

  // Events out.

  @Test
  void anEventIsSent() {
    assertTrue(socket.emit("hello", 1, "x", null));
    assertTrue(socket.send("text"));
    assertEquals(
        List.of("2[\"hello\",1,\"x\",null]", "2[\"message\",\"text\"]"), client.received());
  }

  @Test
  void receivedArgumentsAreSentOnUnchanged() {
    socket.on("e", arguments -> socket.emit("f", arguments));
    client.send("2[\"e\",1.0,{ \"a\":\"\\u0041\"}]");
    assertEquals(List.of("2[\"f\",1.0,{ \"a\":\"\\u0041\"}]"), client.received());
  }

  @Test
  void whatOneBurstOfHandlersEmitsLeavesInOneWrite() {
    socket.on("e", Integer.class, n -> socket.emit("f", n));
    client.transport.writes();
    client.send("2[\"e\",1]", "2[\"e\",2]", "2[\"e\",3]");
    assertEquals(
        List.of(List.of("42[\"f\",1]", "42[\"f\",2]", "42[\"f\",3]")), client.transport.writes());
  }

  @Test
  void aVolatileEventIsDroppedWhenTheClientCannotTakeIt() {
    client.transport.setWritable(false);
    assertFalse(socket.isWritable());
    assertFalse(socket.asVolatile().emit("v"));
    assertTrue(socket.emit("w"));
    client.transport.setWritable(true);
    assertTrue(socket.asVolatile().emit("x"));
    assertEquals(List.of("2[\"w\"]", "2[\"x\"]"), client.received());
  }

  @Test
  void bufferedBytesAreThoseThatWait() {
    client.transport.setWritable(false);
    socket.emit("abc");
    assertEquals("42[\"abc\"]".length(), socket.bufferedBytes());
  }

  @Test
  void valuesThatHaveNoJsonAreRefusedAndNothingIsSent() {
    assertThrows(
        IllegalArgumentException.class,
        () -> socket.emit("e", new SocketPacketEncoderTest.Endless()));
    assertThrows(
        IllegalArgumentException.class,
        () -> socket.emitWithAck("e", new SocketPacketEncoderTest.Endless()));
    assertEquals(List.of(), client.received());
  }

  // Acks, from the client's question.

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 12, 9007199254740991L})
  void anEventWithAnIdIsAnsweredUnderIt(long ackId) {
    socket.on("e", (arguments, ack) -> ack.send("a", 1));
    client.send("2" + ackId + "[\"e\"]");
    assertEquals(List.of("3" + ackId + "[\"a\",1]"), client.received());
  }

  @Test
  void anAnswerIsSentOnce() {
    socket.on(
        "e",
        (arguments, ack) -> {
          ack.send(1);
          ack.send(2);
          ack.send(arguments);
        });
    client.send("25[\"e\"]");
    assertEquals(List.of("35[1]"), client.received());
  }

  @Test
  void anAnswerThatHasNoJsonMayBeReplaced() {
    socket.on(
        "e",
        (arguments, ack) -> {
          assertThrows(
              IllegalArgumentException.class,
              () -> ack.send(new SocketPacketEncoderTest.Endless()));
          ack.send("instead");
        });
    client.send("25[\"e\"]");
    assertEquals(List.of("35[\"instead\"]"), client.received());
  }

  @Test
  void anEventWithoutAnIdIsNotAnswered() {
    socket.on(
        "e",
        (arguments, ack) -> {
          assertFalse(ack.isRequested());
          ack.send(1);
          ack.send(arguments);
        });
    client.send("2[\"e\"]");
    assertEquals(List.of(), client.received());
    assertEquals(List.of(), server.errors);
  }

  @Test
  void anAnswerMayComeLaterAndPassOnWhatCame() {
    List<Runnable> later = new ArrayList<>();
    socket.on("e", (arguments, ack) -> later.add(() -> ack.send(arguments)));
    client.send("25[\"e\",{\"a\" : 1}]");
    assertEquals(List.of(), client.received());
    later.get(0).run();
    assertEquals(List.of("35[{\"a\" : 1}]"), client.received());
  }

  @Test
  void anAnswerWithBinaryValuesIsABinaryAck() {
    socket.on("e", (arguments, ack) -> ack.send((Object) new byte[] {1}));
    client.send("25[\"e\"]");
    assertEquals(List.of("61-5[{\"_placeholder\":true,\"num\":0}]", "bAQ=="), client.received());
  }

  // Acks, to the client's answer.

  @Test
  void theAnswerOfTheClientCompletesTheFuture() throws Exception {
    CompletableFuture<Arguments> answer = socket.emitWithAck("question", 1);
    assertEquals(List.of("20[\"question\",1]"), client.received());
    client.send("30[\"yes\",2]");
    assertEquals("yes", answer.get().get(0, String.class));
    assertEquals(2, answer.get().size());
  }

  @Test
  void aBinaryAnswerCompletesTheFuture() throws Exception {
    CompletableFuture<Arguments> answer = socket.emitWithAck("question");
    client.send("61-0[{\"_placeholder\":true,\"num\":0}]", "bAQI=");
    byte[] bytes = answer.get().get(0, byte[].class);
    assertEquals(ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(bytes));
  }

  @Test
  void answersArriveInOrderWithEvents() {
    socket.on("e", () -> log.add("event"));
    CompletableFuture<Void> told =
        socket.emitWithAck("question").thenAccept(answer -> log.add("answer"));
    client.send("2[\"e\"]", "30[]", "2[\"e\"]");
    assertTrue(told.isDone());
    assertEquals(List.of("event", "answer", "event"), log);
  }

  @Test
  void aSecondAnswerAndOneToNobodyAreIgnored() {
    CompletableFuture<Void> told =
        socket.emitWithAck("question").thenAccept(answer -> log.add(answer.toString()));
    client.send("30[1]", "30[2]", "377[3]");
    assertTrue(told.isDone());
    assertEquals(List.of("[1]"), log);
    assertTrue(client.isOpen());
  }

  @Test
  void brokenJsonInAnAnswerClosesTheSession() {
    CompletableFuture<Arguments> answer = socket.emitWithAck("question");
    client.send("30[1");
    assertFalse(client.isOpen());
    assertTrue(answer.isCompletedExceptionally());
  }

  @Test
  void anAnswerThatTakesTooLongFails() {
    CompletableFuture<Arguments> answer =
        socket.timeout(Duration.ofSeconds(60)).emitWithAck("question");
    server.scheduler.advance(59_996);
    server.handlers.run();
    assertFalse(answer.isDone());
    server.scheduler.advance(4);
    server.handlers.run();
    ExecutionException failed = assertThrows(ExecutionException.class, answer::get);
    assertInstanceOf(AckTimeoutException.class, failed.getCause());
    client.send("30[]");
    assertTrue(client.isOpen());
  }

  @Test
  void anAnswerThatCannotComeAnyMoreFails() {
    CompletableFuture<Arguments> answer = socket.emitWithAck("question");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    ExecutionException failed = assertThrows(ExecutionException.class, answer::get);
    assertInstanceOf(DisconnectedException.class, failed.getCause());
    assertTrue(socket.emitWithAck("another").isCompletedExceptionally());
  }

  // The end.

  @Test
  void roomsAreThereWhileDisconnectingAndGoneAfterwards() {
    socket.join("r");
    socket.onDisconnecting(reason -> log.add("disconnecting " + socket.rooms().size()));
    socket.onDisconnect(reason -> log.add("disconnect " + socket.rooms().size()));
    client.send("1");
    assertEquals(List.of("disconnecting 2", "disconnect 0"), log);
  }

  @Test
  void joinAfterTheEndDoesNothing() {
    client.send("1");
    socket.join("r");
    assertEquals(Set.of(), socket.rooms());
    assertEquals(0, server.io.of("/").to("r").sockets().size());
  }

  @Test
  void disconnectTellsTheClientAndKeepsTheConnection() {
    socket.onDisconnect((reason, description) -> log.add(reason + " " + description));
    socket.disconnect();
    socket.disconnect();
    server.handlers.run();
    assertEquals(List.of("1"), client.received());
    assertEquals(List.of("server namespace disconnect null"), log);
    assertTrue(client.isOpen());
    assertFalse(socket.isConnected());
  }

  @Test
  void disconnectWithCloseLeavesEveryNamespaceAndClosesTheConnection() {
    server.io.of("/a").onConnection(other -> other.onDisconnect(reason -> log.add("/a " + reason)));
    client.join("/a");
    socket.onDisconnect(reason -> log.add("/ " + reason));
    socket.disconnect(true);
    server.handlers.run();
    assertEquals(List.of("1", "1/a,"), client.received());
    assertEquals(List.of("/ server namespace disconnect", "/a server namespace disconnect"), log);
    assertFalse(client.isOpen());
  }

  @Test
  void disconnectWithCloseOfASocketThatHasLeftDoesNothing() {
    server.io.of("/a");
    client.join("/a");
    client.send("1");
    socket.disconnect(true);
    assertTrue(client.isOpen());
  }

  @Test
  void whatIsEmittedAfterTheEndIsDropped() {
    client.send("1");
    assertFalse(socket.emit("e"));
    assertFalse(socket.asVolatile().emit("e"));
    assertEquals(List.of(), client.received());
  }

  @Test
  void eventsThatCameBeforeTheClientLeftAreHandledBeforeTheDisconnect() {
    socket.on("e", Integer.class, n -> log.add("event " + n));
    socket.onDisconnect(reason -> log.add("disconnect"));
    client.send("2[\"e\",1]", "2[\"e\",2]", "1");
    assertEquals(List.of("event 1", "event 2", "disconnect"), log);
  }

  @Test
  void eventsThatCameBeforeTheConnectionWasLostAreHandledBeforeTheDisconnect() {
    socket.on("e", () -> log.add("event"));
    socket.onDisconnect(reason -> log.add("disconnect"));
    client.post("2[\"e\"]");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    assertEquals(List.of("event", "disconnect"), log);
  }

  @Test
  void eventsThatWaitWhenTheServerLeavesAreDropped() {
    socket.on(
        "e",
        () -> {
          log.add("event");
          socket.disconnect();
        });
    client.send("2[\"e\"]", "2[\"e\"]");
    assertEquals(List.of("event"), log);
    assertTrue(client.isOpen());
  }

  @Test
  void aListenerThatThrowsKeepsNobodyFromLeaving() {
    socket.join("r");
    socket.onDisconnecting(
        reason -> {
          throw new AssertionError("one");
        });
    socket.onDisconnect(
        reason -> {
          throw new IllegalStateException("two");
        });
    socket.onDisconnect(reason -> log.add("left"));
    client.send("1");
    assertEquals(List.of("one", "two"), server.errors);
    assertEquals(List.of("left"), log);
    assertEquals(0, server.io.of("/").to("r").sockets().size());
  }

  @Test
  void theServerLeavesOnceWhateverTheNumberOfThreads() throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      CountDownLatch start = new CountDownLatch(1);
      client.join("/a" + round(round));
      Socket other = server.socket("/a" + round);
      client.received();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                  } catch (InterruptedException interrupted) {
                    return;
                  }
                  other.disconnect();
                });
        thread.start();
        threads.add(thread);
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of("1/a" + round + ","), client.received());
    }
  }

  private int round(int round) {
    server.io.of("/a" + round);
    return round;
  }

  // What is known of the client.

  @Test
  void aSocketKnowsItsClient() {
    assertEquals(id, socket.id());
    assertEquals("/", socket.namespace().name());
    assertEquals(TransportName.WEBSOCKET, socket.transport());
    assertTrue(socket.toString().contains(id));
    socket.data().put("k", 1);
    assertSame(socket.data(), socket.data());
    assertEquals(1, socket.data().get("k"));
  }

  @Test
  void aSocketsIdTellsNothingOfItsSessions() {
    assertNotEquals(client.session.id(), id);
    server.io.of("/other");
    assertNotEquals(id, client.join("/other"));
  }

  @Test
  void theHandshakeIsTheFirstRequestOfTheSession() {
    server.client("EIO=4&a=1&a=2", Map.of("Origin", List.of("http://x"), "Cookie", List.of("c")));
    Handshake[] seen = new Handshake[1];
    server.io.of("/").onConnection(other -> seen[0] = other.handshake());
    server
        .client("EIO=4&a=1&a=2", Map.of("Origin", List.of("http://x"), "Cookie", List.of("c")))
        .send("0");
    assertEquals("2", seen[0].query().get("a"));
    assertEquals(List.of("c"), seen[0].headers().get("cookie"));
    assertEquals("/socket.io/?EIO=4&a=1&a=2", seen[0].url());
    assertEquals("127.0.0.1", seen[0].address());
    assertTrue(seen[0].crossDomain());
    assertFalse(seen[0].secure());
    assertFalse(socket.handshake().crossDomain());
  }

  @Test
  void aSocketIsConnectedWhileDisconnectingAndNotAfterwards() {
    socket.onDisconnecting(
        reason -> {
          log.add("disconnecting " + socket.isConnected());
          socket.disconnect();
          socket.disconnect(true);
        });
    socket.onDisconnect(reason -> log.add("disconnect " + socket.isConnected()));
    client.send("1");
    assertEquals(List.of("disconnecting true", "disconnect false"), log);
    assertTrue(client.isOpen());
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** What a socket takes in, and the answers that it waits for. Reference: 4.5 and 4.7. */
class SocketInboxTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.joined();
  private final Socket socket = server.socket("/");
  private final List<String> log = new ArrayList<>();

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
  void whatOneBurstOfHandlersEmitsLeavesInOneWrite() {
    socket.on("e", Integer.class, n -> socket.emit("f", n));
    client.transport.writes();
    client.send("2[\"e\",1]", "2[\"e\",2]", "2[\"e\",3]");
    assertEquals(
        List.of(List.of("42[\"f\",1]", "42[\"f\",2]", "42[\"f\",3]")), client.transport.writes());
  }

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
}

package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import io.towpath.websocket.Opcode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WebSocket over real connections; the tests of plain and TLS connections extend it. */
abstract class WebSocketConnectionContract {
  private static final int MIB = 1 << 20;

  private EchoServer server;

  /** Returns the keys of the server; null for plain connections. */
  abstract @Nullable SSLContext tls();

  @BeforeEach
  void startAServer() {
    server =
        EchoServer.start(
            tls(),
            builder ->
                builder.towpath(
                    towpath ->
                        towpath
                            .engine(e -> e.maxPayload(9 * MIB).maxOutboundBytes(32 * MIB))
                            .webSocket(w -> w.closeTimeout(Duration.ofSeconds(2)))));
  }

  @AfterEach
  void stopTheServer() {
    server.close();
    assertEquals(0, server.server.sessionCount());
  }

  @Test
  void theOpenPacketComesFirstAndMessagesAreEchoed() {
    try (RawWebSocket webSocket = RawWebSocket.open(server.connect(), EchoServer.WEBSOCKET)) {
      String open = webSocket.receiveText();
      assertTrue(open.matches("0\\{\"sid\":\"[\\w-]{22}\",\"upgrades\":\\[\\],.*\\}"), open);
      assertEquals("4hello", webSocket.send("4hello").receiveText());
      RawWebSocket.Frame binary = webSocket.send(Opcode.BINARY, new byte[] {1, 2, 3, 4}).receive();
      assertEquals(2, binary.opcode());
      assertArrayEquals(new byte[] {1, 2, 3, 4}, binary.payload());
    }
    assertEquals("transport close", server.ended());
  }

  @Test
  void framesThatComeInOnePieceWithTheUpgradeRequestAreRead() throws Exception {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    piece.write(
        RawConnection.head("GET", EchoServer.WEBSOCKET, RawWebSocket.UPGRADE)
            .getBytes(StandardCharsets.ISO_8859_1));
    piece.write(RawWebSocket.text("4first"));
    piece.write(RawWebSocket.text("4second"));
    try (RawConnection connection = server.connect()) {
      connection.send(piece.toByteArray());
      RawWebSocket webSocket = RawWebSocket.opened(connection).begun();
      assertEquals("4first", webSocket.receiveText());
      assertEquals("4second", webSocket.receiveText());
      assertEquals("4third", webSocket.send("4third").receiveText());
    }
  }

  @Test
  void manyBytesBehindTheUpgradeRequestAreRead() throws Exception {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    piece.write(
        RawConnection.head("GET", EchoServer.WEBSOCKET, RawWebSocket.UPGRADE)
            .getBytes(StandardCharsets.ISO_8859_1));
    String message = "4" + "x".repeat(100_000);
    piece.write(RawWebSocket.text(message));
    try (RawConnection connection = server.connect()) {
      connection.send(piece.toByteArray());
      assertEquals(message, RawWebSocket.opened(connection).begun().receiveText());
    }
  }

  @Test
  void aFrameThatComesByteByByteIsRead() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      for (byte b : RawWebSocket.text("4hello")) {
        webSocket.connection().send(new byte[] {b});
      }
      assertEquals("4hello", webSocket.receiveText());
    }
  }

  @Test
  void aBigMessageIsEchoedWhole() {
    byte[] message = EchoServer.pattern(8 * MIB);
    try (RawWebSocket webSocket = server.openWebSocket()) {
      webSocket.send(Opcode.BINARY, message);
      assertArrayEquals(message, webSocket.receive().payload());
    }
  }

  @Test
  void aSlowReaderGetsABigMessageWholeAndWhatFollows() {
    try (RawConnection connection = RawConnection.to(server.server.address(), tls(), 8 << 10)) {
      RawWebSocket webSocket = RawWebSocket.open(connection, EchoServer.WEBSOCKET).begun();
      EngineSession session = EchoServer.next(server.opened);
      webSocket.send("4big " + 8 * MIB).send("4after");
      EchoServer.next(server.received);
      Await.until("the network is full", () -> !session.isWritable());
      assertArrayEquals(EchoServer.pattern(8 * MIB), webSocket.receive().payload());
      assertEquals("4after", webSocket.receiveText());
      Await.until("everything has left", session::isWritable);
    }
  }

  @Test
  void aPingIsAnsweredWhileABigMessageWaits() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      webSocket.send("4big " + 8 * MIB).send(Opcode.PING, new byte[] {7});
      boolean pong = false;
      boolean message = false;
      while (!pong || !message) {
        RawWebSocket.Frame frame = webSocket.receive();
        pong |= frame.opcode() == 10;
        message |= frame.opcode() == 2;
      }
    }
  }

  @Test
  void aSessionThatDoesNotReceiveHoldsBackItsClientAndGoesOnLater() throws Exception {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      EngineSession session = EchoServer.next(server.opened);
      webSocket.send("4pause");
      assertEquals("pause", EchoServer.next(server.received));
      String message = "4" + "x".repeat(8 * MIB);
      Thread writer = new Thread(() -> webSocket.send(message).send("4end"));
      writer.start();
      Await.until("the client is blocked", () -> isBlocked(writer));
      assertTrue(server.received.isEmpty());
      session.setReceiving(true);
      assertEquals(message, webSocket.receiveText());
      assertEquals("4end", webSocket.receiveText());
      writer.join();
    }
  }

  /** Socket writes block in native code, so that only the lack of progress tells. */
  private static boolean isBlocked(Thread writer) {
    for (StackTraceElement frame : writer.getStackTrace()) {
      if (frame.getMethodName().matches("park|poll|write0|socketWrite0")) {
        return true;
      }
    }
    return false;
  }

  @Test
  void receivingMayBeSwitchedByTwoThreadsAtOnceAndGoesOnWhenBothHaveResumedIt() throws Exception {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      EngineSession session = EchoServer.next(server.opened);
      for (int round = 0; round < 200; round++) {
        Runnable pause =
            () -> {
              session.setReceiving(false);
              session.setReceiving(true);
            };
        Thread other = new Thread(pause);
        other.start();
        pause.run();
        other.join();
        assertEquals("4" + round, webSocket.send("4" + round).receiveText());
      }
    }
  }

  @Test
  void messagesOfManyThreadsArriveWholeAndEachThreadsInOrder() throws Exception {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      EngineSession session = EchoServer.next(server.opened);
      Thread[] threads = new Thread[4];
      for (int t = 0; t < threads.length; t++) {
        String name = "t" + t + " ";
        threads[t] =
            new Thread(
                () -> {
                  for (int i = 0; i < 1000; i++) {
                    session.send(MessageBatch.text(name + i));
                  }
                });
        threads[t].start();
      }
      int[] next = new int[threads.length];
      for (int i = 0; i < 1000 * threads.length; i++) {
        String[] words = webSocket.receiveText().substring(2).split(" ", -1);
        int thread = Integer.parseInt(words[0]);
        assertEquals(next[thread]++, Integer.parseInt(words[1]));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  @Test
  void aReaderThatReadsNothingIsCutOffAtItsOutboundBound() {
    RawWebSocket webSocket = server.openWebSocket();
    EngineSession session = EchoServer.next(server.opened);
    byte[] piece = new byte[4 * MIB];
    int accepted = 0;
    while (session.send(MessageBatch.binary(piece))) {
      accepted++;
      assertTrue(accepted < 100, "there is no bound");
    }
    assertEquals("transport error", server.ended());
    assertFalse(session.isOpen());
    assertTrue(accepted >= 8, "the bound is 32 MiB, accepted: " + accepted);
    webSocket.close();
  }

  @Test
  void aResetEndsTheSession() {
    server.openWebSocket().connection().reset();
    assertEquals("transport close", server.ended());
    assertEquals(0, server.server.sessionCount());
  }

  @Test
  void aResetInTheMiddleOfABigMessageEndsTheSession() {
    RawWebSocket webSocket = server.openWebSocket();
    EngineSession session = EchoServer.next(server.opened);
    webSocket.send("4big " + 8 * MIB);
    EchoServer.next(server.received);
    Await.until("the network is full", () -> !session.isWritable());
    webSocket.connection().reset();
    assertEquals("transport close", server.ended());
  }

  @Test
  void aHundredResetsLeaveNoSession() {
    for (int i = 0; i < 100; i++) {
      server.openWebSocket().connection().reset();
    }
    for (int i = 0; i < 100; i++) {
      assertEquals("transport close", server.ended());
    }
    assertEquals(0, server.server.sessionCount());
  }

  @Test
  void aResetOfTheUpgradeRequestItselfLeavesNoSession() {
    for (int i = 0; i < 50; i++) {
      RawConnection connection = server.connect();
      connection.get(EchoServer.WEBSOCKET, RawWebSocket.UPGRADE);
      connection.reset();
    }
    Await.until("no session is left", () -> server.server.sessionCount() == 0);
    try (RawWebSocket webSocket = server.openWebSocket()) {
      assertEquals("4alive", webSocket.send("4alive").receiveText());
    }
  }

  @Test
  void aCloseFrameIsAnsweredAndTheConnectionEnds() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      // 1000
      RawWebSocket.Frame answer =
          webSocket.send(Opcode.CLOSE, new byte[] {0x03, (byte) 0xe8}).receive();
      assertEquals(8, answer.opcode());
      assertArrayEquals(new byte[] {0x03, (byte) 0xe8}, answer.payload());
      webSocket.connection().awaitEnd();
      assertEquals("transport close", server.ended());
    }
  }

  @Test
  void aSessionThatTheServerEndsSaysSoWithACloseFrame() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      EchoServer.next(server.opened).close();
      RawWebSocket.Frame close = webSocket.receive();
      assertEquals(8, close.opcode());
      assertEquals(0, close.payload().length);
      webSocket.send(Opcode.CLOSE, new byte[0]);
      webSocket.connection().awaitEnd();
      assertEquals("forced close", server.ended());
    }
  }

  @Test
  void whatWasSentBeforeTheEndStillArrives() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      EngineSession session = EchoServer.next(server.opened);
      byte[] message = EchoServer.pattern(8 * MIB);
      session.send(MessageBatch.binary(message));
      session.close();
      assertArrayEquals(message, webSocket.receive().payload());
      assertEquals(8, webSocket.receive().opcode());
    }
  }

  @Test
  void aPacketOfUnknownTypeClosesWithoutACode() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      RawWebSocket.Frame close = webSocket.send("abc").receive();
      assertEquals(8, close.opcode());
      assertEquals(0, close.payload().length);
      assertEquals("parse error", server.ended());
    }
  }

  @Test
  void aMessageOverTheLimitCloses1009BeforeItIsRead() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      // A binary frame's header alone: 9 MiB and one byte, masked.
      webSocket
          .connection()
          .send(
              new byte[] {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 0, (byte) 0x90, 0, 1, 1, 2, 3, 4});
      RawWebSocket.Frame close = webSocket.receive();
      assertEquals(8, close.opcode());
      assertEquals(1009, (close.payload()[0] & 0xff) << 8 | close.payload()[1] & 0xff);
      assertEquals("transport error", server.ended());
    }
  }

  @Test
  void anUnmaskedFrameCloses1002() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      webSocket.connection().send(new byte[] {(byte) 0x81, 0x02, '4', 'a'});
      RawWebSocket.Frame close = webSocket.receive();
      assertEquals(1002, (close.payload()[0] & 0xff) << 8 | close.payload()[1] & 0xff);
      assertEquals("transport error", server.ended());
    }
  }

  @Test
  void aClosePacketEndsTheSession() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      assertEquals(8, webSocket.send("1").receive().opcode());
      assertEquals("transport close", server.ended());
    }
  }

  @Test
  void aSecondWebSocketOfASessionIsAcceptedAndThenClosed() {
    try (RawWebSocket first = server.openWebSocket()) {
      String sid = EchoServer.next(server.opened).id();
      try (RawWebSocket second =
          RawWebSocket.open(server.connect(), EchoServer.WEBSOCKET + "&sid=" + sid)) {
        assertEquals(8, second.receive().opcode());
      }
      assertEquals("4still here", first.send("4still here").receiveText());
    }
  }

  @Test
  void anHttp10RequestIsNotUpgraded() {
    try (RawConnection connection = server.connect()) {
      connection.send(
          RawConnection.head("GET", EchoServer.WEBSOCKET, RawWebSocket.UPGRADE)
              .replace("HTTP/1.1", "HTTP/1.0"));
      assertEquals(505, connection.answer().status());
    }
  }

  @Test
  void theFirstOfferedSubprotocolIsChosen() {
    try (RawConnection connection = server.connect()) {
      connection.send(
          RawConnection.head("GET", EchoServer.WEBSOCKET, RawWebSocket.UPGRADE)
              .replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: one, two\r\n\r\n"));
      assertEquals("one", connection.answer(false).header("Sec-WebSocket-Protocol"));
    }
  }

  @Test
  void aClientThatNeverAnswersTheCloseIsCut() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      EchoServer.next(server.opened).close();
      assertEquals(8, webSocket.receive().opcode());
      webSocket.connection().awaitEnd();
    }
  }
}

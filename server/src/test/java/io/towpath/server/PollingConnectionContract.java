package io.towpath.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Long-polling over real connections; the tests of plain and TLS connections extend it. */
abstract class PollingConnectionContract {
  EchoServer server;

  /** The session's target. */
  private String poll;

  private EngineSession session;

  /** Returns the keys of the server; null for plain connections. */
  abstract @Nullable SSLContext tls();

  /** Changes options of the server. */
  TowpathServer.Builder change(TowpathServer.Builder builder) {
    return builder;
  }

  /** Waits until a GET that is parked has become what it is for most of its time. */
  void awaitRest() {}

  @BeforeEach
  void openASession() {
    server =
        EchoServer.start(
            tls(),
            builder -> change(builder).towpath(t -> t.engine(e -> e.maxOutboundBytes(16 << 20))));
    poll = server.openPolling();
    session = EchoServer.next(server.opened);
  }

  @AfterEach
  void stopTheServer() {
    server.close();
    assertEquals(0, server.server.sessionCount());
  }

  /** Parks a GET and waits until the server has it. */
  private RawConnection park() {
    RawConnection connection = server.connect().get(poll);
    Await.until("the GET is parked", session::isWritable);
    awaitRest();
    return connection;
  }

  private void assertSessionLives() {
    try (RawConnection connection = server.connect()) {
      assertEquals("ok", connection.post(poll, "4alive").answer().body());
      assertEquals("4alive", connection.get(poll).answer().body());
    }
  }

  @Test
  void handshakePollAndPostCarryTheReferencesHeaders() {
    try (RawConnection connection = server.connect()) {
      RawConnection.Answer post = connection.post(poll, "4a\u001e4b").answer();
      assertEquals(200, post.status());
      assertEquals("text/html", post.header("Content-Type"));
      assertEquals("no-store", post.header("Cache-Control"));
      assertEquals("ok", post.body());
      RawConnection.Answer get = connection.get(poll).answer();
      assertEquals(200, get.status());
      assertEquals("text/plain; charset=UTF-8", get.header("Content-Type"));
      assertEquals("no-store", get.header("Cache-Control"));
      assertEquals("4a\u001e4b", get.body());
    }
  }

  @Test
  void binaryIsEchoedAsBase64() {
    try (RawConnection connection = server.connect()) {
      connection.post(poll, "bAQIDBA==").answer();
      assertEquals("bAQIDBA==", connection.get(poll).answer().body());
    }
  }

  @Test
  void aParkedGetIsAnsweredByAPostOnAnotherConnection() {
    try (RawConnection parked = park();
        RawConnection other = server.connect()) {
      assertEquals("ok", other.post(poll, "4hello").answer().body());
      assertEquals("4hello", parked.answer().body());
    }
  }

  @Test
  void aParkedGetIsAnsweredByAnyThread() {
    try (RawConnection parked = park()) {
      assertTrue(session.send(MessageBatch.text("from the test's thread")));
      assertEquals("4from the test's thread", parked.answer().body());
      assertSessionLives();
    }
  }

  @Test
  void oneConnectionCarriesAThousandPolls() {
    try (RawConnection parked = server.connect();
        RawConnection other = server.connect()) {
      for (int i = 0; i < 1000; i++) {
        parked.get(poll);
        other.post(poll, "4" + i);
        assertEquals("4" + i, parked.answer().body());
        assertEquals("ok", other.answer().body());
      }
    }
  }

  @Test
  void aClientThatClosesItsParkedGetEndsTheSessionAtOnce() {
    RawConnection parked = park();
    long before = System.nanoTime();
    parked.close();
    assertEquals("transport error", server.ended());
    long millis = (System.nanoTime() - before) / 1_000_000;
    assertTrue(millis < 5000, "took " + millis + " ms; the heartbeat would take 45 s");
    try (RawConnection connection = server.connect()) {
      assertEquals(400, connection.get(poll).answer().status());
    }
  }

  @Test
  void aClientThatResetsItsParkedGetEndsTheSessionAtOnce() {
    park().reset();
    assertEquals("transport error", server.ended());
    assertEquals(0, server.server.sessionCount());
  }

  @Test
  void aRequestThatIsPipelinedBehindAParkedGetIsAnsweredAfterIt() {
    try (RawConnection parked = park();
        RawConnection other = server.connect()) {
      parked.get(poll);
      assertEquals("ok", other.post(poll, "4first").answer().body());
      assertEquals("4first", parked.answer().body());
      assertEquals("ok", other.post(poll, "4second").answer().body());
      assertEquals("4second", parked.answer().body());
    }
  }

  @Test
  void getAndPostPipelinedInOnePieceAreBothAnswered() {
    try (RawConnection connection = server.connect()) {
      connection.post(poll, "4first").answer();
      String post = RawConnection.head("POST", poll, "Content-Length: 7") + "4second";
      connection.send(RawConnection.head("GET", poll) + post + RawConnection.head("GET", poll));
      assertEquals("4first", connection.answer().body());
      assertEquals("ok", connection.answer().body());
      assertEquals("4second", connection.answer().body());
    }
  }

  @Test
  void aSecondGetEndsTheSession() {
    try (RawConnection first = park();
        RawConnection second = server.connect()) {
      assertEquals(400, second.get(poll).answer().status());
      assertEquals("1", first.answer().body());
      assertEquals("transport error", server.ended());
      assertEquals(
          "{\"code\":1,\"message\":\"Session ID unknown\"}", second.get(poll).answer().body());
    }
  }

  @Test
  void aSecondPostEndsTheSessionAndCutsTheFirst() {
    try (RawConnection parked = park();
        RawConnection first = server.connect();
        RawConnection second = server.connect()) {
      first.send(RawConnection.head("POST", poll, "Content-Length: 6") + "4unf");
      // The first body has been looked at when a request after it on the same thread pool is
      // answered; whichever comes first, one of them is the overlap.
      second.send(RawConnection.head("POST", poll, "Content-Length: 6") + "4unf");
      assertEquals("1", parked.answer().body());
      assertEquals("transport error", server.ended());
    }
  }

  @Test
  void aClientThatGivesUpItsPostEndsTheSession() {
    RawConnection connection = server.connect();
    connection.send(RawConnection.head("POST", poll, "Content-Length: 100") + "4unfinished");
    connection.close();
    assertEquals("transport error", server.ended());
  }

  @Test
  void aClosePacketIsAnsweredOkAndTheParkedGetWithANoop() {
    try (RawConnection parked = park();
        RawConnection other = server.connect()) {
      assertEquals("ok", other.post(poll, "1").answer().body());
      assertEquals("6", parked.answer().body());
      assertEquals("transport close", server.ended());
    }
  }

  @Test
  void aBodyThatIsNoPayloadIs400AndEndsTheSession() {
    try (RawConnection connection = server.connect()) {
      assertEquals(400, connection.post(poll, "abc").answer().status());
      assertEquals("parse error", server.ended());
    }
  }

  @Test
  void aBodyOfExactlyTheLimitIsTaken() {
    String message = "4" + "x".repeat(999_999);
    try (RawConnection connection = server.connect()) {
      assertEquals("ok", connection.post(poll, message).answer().body());
      assertEquals(message, connection.get(poll).answer().body());
    }
  }

  @Test
  void aBodyOfOneByteMoreIs413AndTheSessionLives() {
    try (RawConnection connection = server.connect()) {
      RawConnection.Answer answer = connection.post(poll, "4" + "x".repeat(1_000_000)).answer();
      assertEquals(413, answer.status());
      assertEquals("", answer.body());
      assertSessionLives();
      assertEquals("ok", connection.post(poll, "4again").answer().body());
    }
  }

  @Test
  void aChunkedBodyOverTheLimitIs413AndTheSessionLives() {
    try (RawConnection connection = server.connect()) {
      String chunk = "186a0\r\n" + "4".repeat(100_000) + "\r\n";
      connection.send(
          RawConnection.head("POST", poll, "Transfer-Encoding: chunked")
              + chunk.repeat(11)
              + "0\r\n\r\n");
      assertEquals(413, connection.answer().status());
      assertSessionLives();
    }
  }

  @Test
  void aChunkedBodyIsTaken() {
    try (RawConnection connection = server.connect()) {
      connection.send(
          RawConnection.head("POST", poll, "Transfer-Encoding: chunked")
              + "3\r\n4he\r\n3\r\nllo\r\n0\r\n\r\n");
      assertEquals("ok", connection.answer().body());
      assertEquals("4hello", connection.get(poll).answer().body());
    }
  }

  @Test
  void aBodyThatComesByteByByteIsTaken() {
    try (RawConnection connection = server.connect()) {
      for (byte b :
          (RawConnection.head("POST", poll, "Content-Length: 6") + "4hello").getBytes(ISO_8859_1)) {
        connection.send(new byte[] {b});
      }
      assertEquals("ok", connection.answer().body());
      assertEquals("4hello", connection.get(poll).answer().body());
    }
  }

  @Test
  void aClientThatAsksFirstIsToldToContinue() {
    try (RawConnection connection = server.connect()) {
      connection.request("POST", poll, "Content-Length: 6", "Expect: 100-continue");
      assertEquals(100, connection.answer().status());
      connection.send("4hello");
      assertEquals("ok", connection.answer().body());
    }
  }

  @Test
  void anEmptyBodyEndsTheSession() {
    try (RawConnection connection = server.connect()) {
      assertEquals(400, connection.post(poll, "").answer().status());
      assertEquals("parse error", server.ended());
    }
  }

  @Test
  void aBinaryContentTypeIs400AndEndsTheSession() {
    try (RawConnection connection = server.connect()) {
      connection.send(
          RawConnection.head(
                  "POST", poll, "Content-Length: 2", "Content-Type: application/octet-stream")
              + "4a");
      assertEquals(400, connection.answer().status());
      assertEquals("transport error", server.ended());
    }
  }

  @Test
  void aBigMessageArrivesWholeAtASlowReader() {
    try (RawConnection parked = RawConnection.to(server.server.address(), tls(), 8 << 10)) {
      parked.get(poll);
      Await.until("the GET is parked", session::isWritable);
      String message = "0123456789abcdef".repeat(512 << 10);
      assertTrue(session.send(MessageBatch.text(message)));
      assertEquals("4" + message, parked.answer().body());
      assertSessionLives();
    }
  }

  @Test
  void aLargePayloadIsCompressedForWhoAcceptsIt() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.post(poll, "4" + "x".repeat(5000)).answer();
      RawConnection.Answer answer = connection.get(poll, "Accept-Encoding: gzip").answer();
      assertEquals("gzip", answer.header("Content-Encoding"));
      byte[] body = answer.body().getBytes(ISO_8859_1);
      byte[] plain = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
      assertEquals("4" + "x".repeat(5000), new String(plain, ISO_8859_1));
    }
  }

  @Test
  void theHandshakeHasTheKeysOfTheProtocolInTheirOrder() {
    try (RawConnection connection = server.connect()) {
      String body = connection.get(EchoServer.POLLING).answer().body();
      assertTrue(
          body.matches(
              "0\\{\"sid\":\"[\\w-]{22}\",\"upgrades\":\\[\"websocket\"\\],\"pingInterval\":25000,"
                  + "\"pingTimeout\":20000,\"maxPayload\":1000000\\}"),
          body);
    }
  }

  @Test
  void aSessionMovesToWebSocketAndItsPollsAreRefusedAfterwards() {
    RawConnection parked = park();
    try (RawWebSocket webSocket =
        RawWebSocket.open(server.connect(), poll.replace("polling", "websocket"))) {
      assertEquals("3probe", webSocket.send("2probe").receiveText());
      assertEquals("6", parked.answer().body());
      assertEquals("4hello", webSocket.send("5").send("4hello").receiveText());
      assertEquals(400, parked.get(poll).answer().status());
      assertEquals("4again", webSocket.send("4again").receiveText());
    } finally {
      parked.close();
    }
    assertEquals("transport close", server.ended());
  }

  /** The two travel on two connections, and the GET may be read first. */
  @Test
  void aGetThatIsSentAfterTheUpgradeIsRefusedAlsoWhenItOvertakesIt() {
    for (int i = 0; i < 20; i++) {
      try (RawConnection polling = server.connect();
          RawWebSocket webSocket =
              RawWebSocket.open(server.connect(), poll.replace("polling", "websocket"))) {
        assertEquals("3probe", webSocket.send("2probe").receiveText());
        webSocket.send("5");
        assertEquals(400, polling.get(poll).answer().status());
        assertEquals("4hello", webSocket.send("4hello").receiveText());
      }
      assertEquals("transport close", server.ended());
      poll = server.openPolling();
    }
  }

  @Test
  void aGetBetweenProbeAndUpgradeIsAnsweredWithANoop() {
    try (RawConnection polling = server.connect();
        RawWebSocket webSocket =
            RawWebSocket.open(server.connect(), poll.replace("polling", "websocket"))) {
      assertEquals("3probe", webSocket.send("2probe").receiveText());
      assertEquals("6", polling.get(poll).answer().body());
      assertEquals("4hello", webSocket.send("5").send("4hello").receiveText());
    }
    assertEquals("transport close", server.ended());
  }

  @Test
  void aFailedUpgradeLeavesTheSessionAsItWas() {
    try (RawWebSocket webSocket =
        RawWebSocket.open(server.connect(), poll.replace("polling", "websocket"))) {
      webSocket.send("2probe").receive();
      webSocket.connection().reset();
    }
    assertSessionLives();
  }

  @Test
  void manyAbortedClientsLeaveNoSession() {
    park().reset();
    for (int i = 0; i < 50; i++) {
      RawConnection connection = server.connect();
      String other = EchoServer.openPolling(connection);
      EngineSession opened = EchoServer.next(server.opened);
      connection.get(other);
      Await.until("the GET is parked", opened::isWritable);
      connection.reset();
    }
    String[] reasons = new String[51];
    Arrays.setAll(reasons, i -> server.ended());
    assertTrue(
        Arrays.stream(reasons).allMatch("transport error"::equals), Arrays.toString(reasons));
    assertEquals(0, server.server.sessionCount());
    assertNull(server.opened.poll());
  }
}

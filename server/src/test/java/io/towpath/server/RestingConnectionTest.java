package io.towpath.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import io.undertow.server.HttpHandler;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Connections that HTTP has given away because nothing happened on them, and gets back. */
class RestingConnectionTest {
  private static EchoServer start(UnaryOperator<TowpathServer.Builder> change) {
    return EchoServer.start(null, builder -> change.apply(builder.ioThreads(1).restMillis(1)));
  }

  private static EchoServer start() {
    return start(builder -> builder);
  }

  private static void awaitRest(EchoServer server) {
    Await.until("a connection rests", () -> server.server.resting() > 0);
  }

  /** Parks a GET and waits until it rests. */
  private static EngineSession park(
      EchoServer server, RawConnection connection, String target, String... headers) {
    connection.get(target, headers);
    EngineSession session = EchoServer.next(server.opened);
    Await.until("the GET is parked", session::isWritable);
    awaitRest(server);
    return session;
  }

  @Test
  void aConnectionWithoutARequestComesToRestAndTakesTheNextRequest() {
    try (EchoServer server = start();
        RawConnection connection = server.connect()) {
      String session = EchoServer.openPolling(connection);
      awaitRest(server);
      assertEquals("ok", connection.post(session, "4a").answer().body());
      awaitRest(server);
      assertEquals("4a", connection.get(session).answer().body());
    }
  }

  @Test
  void aParkedGetComesToRestAndIsAnswered() {
    try (EchoServer server = start();
        RawConnection connection = server.connect()) {
      EngineSession session = park(server, connection, EchoServer.openPolling(connection));
      assertTrue(session.send(MessageBatch.text("hello")));
      assertEquals("4hello", connection.answer().body());
    }
  }

  @Test
  void theAnswerHasTheHeadersOfTheOriginAndOfTheApplication() {
    try (EchoServer server =
            start(
                builder ->
                    builder
                        .cors(CorsPolicy.everybody())
                        .towpath(
                            t ->
                                t.http(
                                    http ->
                                        http.headers(
                                            (request, headers) ->
                                                headers.set("X-Url", request.url())))));
        RawConnection connection = server.connect()) {
      String target = EchoServer.openPolling(connection);
      EngineSession session =
          park(
              server,
              connection,
              target,
              "Origin: http://elsewhere.example",
              "User-Agent: a;MSIE 9");
      assertTrue(session.send(MessageBatch.text("hello")));
      RawConnection.Answer answer = connection.answer();
      assertEquals("*", answer.header("Access-Control-Allow-Origin"));
      assertEquals(target, answer.header("X-Url"));
      assertEquals("0", answer.header("X-XSS-Protection"));
      assertEquals("no-store", answer.header("Cache-Control"));
      assertEquals("4hello", answer.body());
    }
  }

  @Test
  void theAnswerIsCompressedForWhoAcceptsIt() throws Exception {
    try (EchoServer server = start();
        RawConnection connection = server.connect()) {
      EngineSession session =
          park(server, connection, EchoServer.openPolling(connection), "Accept-Encoding: gzip");
      assertTrue(session.send(MessageBatch.text("x".repeat(5000))));
      RawConnection.Answer answer = connection.answer();
      assertEquals("gzip", answer.header("Content-Encoding"));
      byte[] body = answer.body().getBytes(ISO_8859_1);
      byte[] plain = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
      assertEquals("4" + "x".repeat(5000), new String(plain, ISO_8859_1));
    }
  }

  @Test
  void halfARequestIsNotForgotten() {
    try (EchoServer server = start();
        RawConnection connection = server.connect();
        RawConnection later = server.connect()) {
      String session = EchoServer.openPolling(connection);
      connection.send("GET " + session.substring(0, 20));
      EchoServer.openPolling(later);
      // By then all connections of the I/O thread have been looked at.
      awaitRest(server);
      connection.send(session.substring(20) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertEquals("ok", later.post(session, "4a").answer().body());
      assertEquals("4a", connection.answer().body());
    }
  }

  @Test
  void aConnectionThatTheApplicationHasSeenStaysWithHttp() {
    AtomicBoolean closed = new AtomicBoolean();
    HttpHandler application =
        exchange -> {
          exchange.getConnection().addCloseListener(connection -> closed.set(true));
          exchange.endExchange();
        };
    try (EchoServer server = start(builder -> builder.handler(application));
        RawConnection seen = server.connect();
        RawConnection later = server.connect()) {
      assertEquals(200, seen.get("/page").answer().status());
      EchoServer.openPolling(seen);
      // Each look is at all connections of the I/O thread.
      for (int i = 0; i < 2; i++) {
        EchoServer.openPolling(later);
        awaitRest(server);
      }
      assertFalse(closed.get());
    }
  }

  @Test
  void aConnectionAtRestIsUpgraded() {
    try (EchoServer server = start();
        RawConnection connection = server.connect()) {
      EchoServer.openPolling(connection);
      awaitRest(server);
      try (RawWebSocket webSocket = RawWebSocket.open(connection, EchoServer.WEBSOCKET).begun()) {
        assertEquals("4hello", webSocket.send("4hello").receiveText());
      }
    }
  }

  @Test
  void aConnectionAtRestIsClosedAfterTheTimeForConnectionsWithoutARequest() {
    try (EchoServer server = start(builder -> builder.keepAliveMillis(200));
        RawConnection connection = server.connect()) {
      EchoServer.openPolling(connection);
      awaitRest(server);
      connection.awaitEnd();
    }
  }

  @Test
  void aParkedGetAtRestIsToldOfTheEndOfTheServer() {
    try (EchoServer server = start();
        RawConnection connection = server.connect()) {
      park(server, connection, EchoServer.openPolling(connection));
      server.server.stop();
      assertEquals("1", connection.answer().body());
      assertEquals(0, connection.read(1).length);
    }
  }

  @Test
  void aConnectionThatHttpIsClosingStaysWithHttp() {
    try (EchoServer server = start();
        RawConnection closing = server.connect()) {
      assertEquals(200, closing.get(EchoServer.POLLING, "Connection: close").answer().status());
      try (RawConnection later = server.connect()) {
        EchoServer.openPolling(later);
        awaitRest(server);
      }
      // Each look is at all connections, so the first would rest by now.
      Await.until("nothing rests", () -> server.server.resting() == 0);
    }
  }

  @Test
  void aRequestThatBeginsAfterARestHasToArriveInTime() {
    try (EchoServer server = start(builder -> builder.headerTimeout(Duration.ofMillis(100)));
        RawConnection connection = server.connect()) {
      EchoServer.openPolling(connection);
      awaitRest(server);
      connection.send("GET /");
      connection.awaitEnd();
      assertEquals(0, server.server.resting());
    }
  }

  @Test
  void theNextRequestMayBeCutAnywhereAroundARest() {
    try (EchoServer server = start()) {
      try (RawConnection connection = server.connect()) {
        String target = EchoServer.openPolling(connection);
        EngineSession session = EchoServer.next(server.opened);
        String post = RawConnection.head("POST", target, "Content-Length: 3") + "4ab";
        for (int cut = 0; cut <= post.length(); cut++) {
          connection.get(target);
          Await.until("the GET is parked", session::isWritable);
          awaitRest(server);
          connection.send(post.substring(0, cut));
          assertTrue(session.send(MessageBatch.text("cut at " + cut)));
          connection.send(post.substring(cut));
          assertEquals("4cut at " + cut, connection.answer().body());
          assertEquals("ok", connection.answer().body());
          assertEquals("4ab", connection.get(target).answer().body());
        }
      }
      Await.until("nothing rests", () -> server.server.resting() == 0);
    }
  }

  @Test
  void aLongAnswerAfterARestReachesASlowReaderWhole() {
    try (EchoServer server = start();
        RawConnection connection = RawConnection.to(server.server.address(), null, 4096)) {
      String target = EchoServer.openPolling(connection);
      EngineSession session = EchoServer.next(server.opened);
      connection.get(target);
      Await.until("the GET is parked", session::isWritable);
      awaitRest(server);
      String text = "x".repeat(2_000_000);
      assertTrue(session.send(MessageBatch.text(text)));
      connection.post(target, "4ab");
      assertEquals("4" + text, connection.answer().body());
      assertEquals("ok", connection.answer().body());
    }
  }
}

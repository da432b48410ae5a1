package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.engine.TransportName;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The error replies of Engine.IO, byte for byte as the reference sends them. */
class ErrorReplyTest {
  private final EchoServer server = EchoServer.start();

  @AfterEach
  void noRefusedRequestLeavesASession() {
    server.close();
    assertEquals(0, server.server.sessionCount());
  }

  private RawConnection.Answer plain(String method, String query, String... headers) {
    try (RawConnection connection = server.connect()) {
      return connection.request(method, "/socket.io/" + query, headers).answer();
    }
  }

  private RawConnection.Answer upgrade(String query, String... headers) {
    try (RawConnection connection = server.connect()) {
      RawConnection.Answer answer =
          connection
              .get("/socket.io/" + query, headers.length > 0 ? headers : RawWebSocket.UPGRADE)
              .answer();
      if ("close".equals(answer.header("Connection"))) {
        connection.awaitEnd();
      }
      return answer;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET  | ''                                       | 400 | 0 | Transport unknown
          GET  | ?EIO=4                                   | 400 | 0 | Transport unknown
          GET  | ?EIO=4&transport=                        | 400 | 0 | Transport unknown
          GET  | ?EIO=4&transport=abc                     | 400 | 0 | Transport unknown
          GET  | ?EIO=4&transport=webtransport            | 400 | 0 | Transport unknown
          GET  | ?EIO=4&transport=polling&transport=abc   | 400 | 0 | Transport unknown
          GET  | ?EIO=4&transport=polling&sid=abc         | 400 | 1 | Session ID unknown
          GET  | ?EIO=4&transport=polling&sid=__proto__   | 400 | 1 | Session ID unknown
          GET  | ?EIO=4&transport=polling&sid=%2e%2e%2f   | 400 | 1 | Session ID unknown
          POST | ?EIO=4&transport=polling&sid=abc         | 400 | 1 | Session ID unknown
          GET  | ?EIO=4&transport=websocket&sid=abc       | 400 | 1 | Session ID unknown
          POST | ?EIO=4&transport=polling                 | 400 | 2 | Bad handshake method
          PUT  | ?EIO=4&transport=polling                 | 400 | 2 | Bad handshake method
          DELETE | ?EIO=4&transport=polling&sid=          | 400 | 2 | Bad handshake method
          OPTIONS | ?EIO=4&transport=polling              | 400 | 2 | Bad handshake method
          GET  | ?EIO=4&transport=websocket               | 400 | 3 | Bad request
          GET  | ?transport=polling                       | 400 | 5 | Unsupported protocol version
          GET  | ?EIO=abc&transport=polling               | 400 | 5 | Unsupported protocol version
          GET  | ?EIO=3&transport=polling                 | 400 | 5 | Unsupported protocol version
          GET  | ?EIO=4&EIO=3&transport=polling           | 400 | 5 | Unsupported protocol version
          """)
  void aPlainRequestIsRefusedWithCodeAndMessageInJson(
      String method, String query, int status, int code, String message) {
    RawConnection.Answer answer = plain(method, query);
    assertEquals(status, answer.status());
    assertEquals("application/json", answer.header("Content-Type"));
    assertEquals("{\"code\":" + code + ",\"message\":\"" + message + "\"}", answer.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                     | Transport unknown
          ?EIO=4                                 | Transport unknown
          ?EIO=4&transport=abc                   | Transport unknown
          ?EIO=4&transport=websocket&sid=abc     | Session ID unknown
          ?EIO=4&transport=polling               | Bad request
          ?transport=websocket                   | Unsupported protocol version
          ?EIO=3&transport=websocket             | Unsupported protocol version
          """)
  void anUpgradeIsRefusedWith400AndTheBareMessageBeforeAny101(String query, String message) {
    RawConnection.Answer answer = upgrade(query);
    assertEquals(400, answer.status());
    assertEquals("text/html", answer.header("Content-Type"));
    assertEquals("close", answer.header("Connection"));
    assertEquals(String.valueOf(message.length()), answer.header("Content-Length"));
    assertEquals(message, answer.body());
  }

  @Test
  void aForeignOriginIs403InJsonOnAPlainRequestAnd400InTextOnAnUpgrade() {
    RawConnection.Answer plain =
        plain("GET", "?EIO=4&transport=polling", "Origin: https://evil.example");
    assertEquals(403, plain.status());
    assertEquals("{\"code\":4,\"message\":\"Forbidden\"}", plain.body());
    RawConnection.Answer upgrade =
        upgrade(
            "?EIO=4&transport=websocket",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Origin: https://evil.example");
    assertEquals(400, upgrade.status());
    assertEquals("Forbidden", upgrade.body());
  }

  @Test
  void aWrongWebSocketVersionIs426AndNamesTheRightOne() {
    RawConnection.Answer answer =
        upgrade(
            "?EIO=4&transport=websocket",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 7",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    assertEquals(426, answer.status());
    assertEquals("13", answer.header("Sec-WebSocket-Version"));
  }

  @Test
  void anUpgradeWithoutAKeyIs400() {
    RawConnection.Answer answer =
        upgrade(
            "?EIO=4&transport=websocket",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13");
    assertEquals(400, answer.status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "HEAD", "OPTIONS"})
  void aMethodThatMeansNothingToASessionIs500AndTheSessionLives(String method) {
    String session = server.openPolling();
    try (RawConnection connection = server.connect()) {
      assertEquals(
          500, connection.request(method, session).answer(!method.equals("HEAD")).status());
      assertEquals("ok", connection.post(session, "4still here").answer().body());
    }
  }

  @Test
  void anotherEioThanTheSessionsIsABadRequestAndTheSessionLives() {
    String session = server.openPolling();
    RawConnection.Answer answer =
        plain("GET", session.replace("/socket.io/", "").replace("EIO=4", "EIO=3"));
    assertEquals("{\"code\":3,\"message\":\"Bad request\"}", answer.body());
    try (RawConnection connection = server.connect()) {
      assertEquals("ok", connection.post(session, "4still here").answer().body());
    }
  }

  @Test
  void aPollOfASessionOnWebSocketIsABadRequest() {
    try (RawWebSocket webSocket = server.openWebSocket()) {
      String sid = EchoServer.next(server.opened).id();
      RawConnection.Answer answer = plain("GET", "?EIO=4&transport=polling&sid=" + sid);
      assertEquals("{\"code\":3,\"message\":\"Bad request\"}", answer.body());
      assertEquals("4x", webSocket.send("4x").receiveText());
    }
  }

  @Test
  void anOfferOfHttp2InTheClearIsPassedOver() {
    RawConnection.Answer answer =
        plain(
            "GET",
            "?EIO=4&transport=polling",
            "Upgrade: h2c",
            "Connection: Upgrade, HTTP2-Settings",
            "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA");
    assertEquals(200, answer.status());
  }

  @Test
  void aTransportThatIsSwitchedOffIsUnknown() {
    try (EchoServer pollingOnly =
            EchoServer.start(
                null,
                builder ->
                    builder.towpath(
                        towpath ->
                            towpath.engine(
                                engine -> engine.transports(Set.of(TransportName.POLLING)))));
        RawConnection connection = pollingOnly.connect()) {
      RawConnection.Answer answer =
          connection.get(EchoServer.WEBSOCKET, RawWebSocket.UPGRADE).answer();
      assertEquals("Transport unknown", answer.body());
    }
  }

  @Test
  void aPathOutsideIsNotFoundAlsoWithoutTheTrailingSlash() {
    try (RawConnection connection = server.connect()) {
      assertEquals(404, connection.get("/").answer().status());
      assertEquals(404, connection.get("/socket.io?EIO=4&transport=polling").answer().status());
      assertEquals(404, connection.get("/other", RawWebSocket.UPGRADE).answer().status());
    }
  }

  @Test
  void anythingBelowThePathBelongsToTheEngine() {
    try (RawConnection connection = server.connect()) {
      RawConnection.Answer answer =
          connection.get("/socket.io/any/thing?EIO=4&transport=polling").answer();
      assertEquals(200, answer.status());
    }
  }

  @Test
  void theBoundOnSessionsRefusesOneMoreOverEitherTransport() {
    try (EchoServer small =
            EchoServer.start(
                null,
                builder -> builder.towpath(towpath -> towpath.engine(e -> e.maxSessions(2))));
        RawConnection connection = small.connect()) {
      small.openPolling();
      RawWebSocket second = small.openWebSocket();
      RawConnection.Answer answer = connection.get(EchoServer.POLLING).answer();
      assertEquals(503, answer.status());
      assertEquals("{\"code\":3,\"message\":\"Too many sessions\"}", answer.body());
      try (RawConnection third = small.connect()) {
        RawConnection.Answer refused =
            third.get(EchoServer.WEBSOCKET, RawWebSocket.UPGRADE).answer();
        assertEquals(503, refused.status());
        assertEquals("Too many sessions", refused.body());
      }
      assertEquals(2, small.server.sessionCount());
      second.connection().reset();
      assertEquals("transport close", small.ended());
      assertEquals(200, connection.get(EchoServer.POLLING).answer().status());
    }
  }

  @Test
  void aHeadOf32KiBIsReadAndALongerOneIs400() {
    try (RawConnection connection = server.connect()) {
      String head = RawConnection.head("GET", EchoServer.POLLING, "X-Long: ");
      String most = "x".repeat((32 << 10) - head.length());
      assertEquals(200, connection.get(EchoServer.POLLING, "X-Long: " + most).answer().status());
    }
    try (RawConnection connection = server.connect()) {
      String more = "x".repeat(33 << 10);
      assertEquals(400, connection.get(EchoServer.POLLING, "X-Long: " + more).answer().status());
    }
  }

  @Test
  void errorsCarryNoHeadersThatTheReferenceDoesNotSend() {
    RawConnection.Answer answer = plain("GET", "");
    assertNull(answer.header("Cache-Control"));
    assertNull(answer.header("Access-Control-Allow-Origin"));
  }
}

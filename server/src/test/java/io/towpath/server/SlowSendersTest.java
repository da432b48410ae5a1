package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Clients that send, but never enough. */
class SlowSendersTest {
  private static EchoServer start(Duration bodies, Duration headers) {
    return EchoServer.start(
        null,
        builder ->
            builder
                .headerTimeout(headers)
                .towpath(towpath -> towpath.http(http -> http.bodyTimeout(bodies))));
  }

  @Test
  void aBodyThatDoesNotCompleteInTimeCutsTheConnectionAndEndsTheSession() {
    try (EchoServer server = start(Duration.ofMillis(100), Duration.ofSeconds(10))) {
      String session = server.openPolling();
      try (RawConnection connection = server.connect()) {
        connection.send(RawConnection.head("POST", session, "Content-Length: 100") + "4");
        connection.awaitEnd();
        assertEquals("transport error", server.ended());
      }
    }
  }

  @Test
  void aBodyThatCompletesInTimeIsTakenAndTheConnectionLivesOn() {
    try (EchoServer server = start(Duration.ofSeconds(10), Duration.ofSeconds(10));
        RawConnection connection = server.connect()) {
      String session = server.openPolling();
      connection.send(RawConnection.head("POST", session, "Content-Length: 2") + "4");
      connection.send("a");
      assertEquals("ok", connection.answer().body());
      assertEquals("4a", connection.get(session).answer().body());
    }
  }

  @Test
  void theRestOfABodyThatIsTooLargeHasADeadlineToo() {
    try (EchoServer server = start(Duration.ofSeconds(1), Duration.ofSeconds(10))) {
      String session = server.openPolling();
      try (RawConnection connection = server.connect()) {
        connection.send(RawConnection.head("POST", session, "Content-Length: 1000001") + "4");
        assertEquals(413, connection.answer().status());
        connection.awaitEnd();
      }
      try (RawConnection connection = server.connect()) {
        assertEquals("ok", connection.post(session, "4alive").answer().body());
      }
    }
  }

  @Test
  void soHasTheBodyForASessionThatDoesNotExist() {
    try (EchoServer server = start(Duration.ofSeconds(1), Duration.ofSeconds(10));
        RawConnection connection = server.connect()) {
      String nobody = EchoServer.POLLING + "&sid=nobody";
      connection.send(RawConnection.head("POST", nobody, "Content-Length: 100") + "4");
      assertEquals(400, connection.answer().status());
      connection.awaitEnd();
    }
  }

  @Test
  void aRefusedBodyThatComesInTimeLeavesTheConnectionUsable() {
    try (EchoServer server = start(Duration.ofSeconds(10), Duration.ofSeconds(10));
        RawConnection connection = server.connect()) {
      String nobody = EchoServer.POLLING + "&sid=nobody";
      connection.send(RawConnection.head("POST", nobody, "Content-Length: 2") + "4");
      connection.send("a");
      assertEquals(400, connection.answer().status());
      assertEquals(200, connection.get(EchoServer.POLLING).answer().status());
    }
  }

  @Test
  void aRequestWhoseHeadersDoNotCompleteInTimeIsCut() {
    try (EchoServer server = start(Duration.ofSeconds(10), Duration.ofMillis(100));
        RawConnection connection = server.connect()) {
      connection.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-");
      connection.awaitEnd();
      assertEquals(200, server.connect().get(EchoServer.POLLING).answer().status());
    }
  }
}

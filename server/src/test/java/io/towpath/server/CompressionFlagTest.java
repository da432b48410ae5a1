package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Applications that know better say of a message that it is not to be compressed. */
class CompressionFlagTest {
  private static final String LONG = "x".repeat(5000);

  private TowpathServer server;

  @BeforeEach
  void start() {
    server =
        TowpathServer.builder()
            .port(0)
            .drain(Duration.ZERO)
            .towpath(towpath -> towpath.perMessageDeflate(true))
            .build();
    server.onConnection(
        socket -> {
          socket.on("packed", () -> socket.emit("x", LONG));
          socket.on("plain", () -> socket.compress(false).emit("x", LONG));
          socket.on("plain to all", () -> server.of("/").compress(false).emit("x", LONG));
          socket.on("packed to all", () -> server.emit("x", LONG));
          socket.on(
              "plain question",
              () -> {
                var unused =
                    socket
                        .compress(false)
                        .timeout(Duration.ofSeconds(9))
                        .emitWithAck("x", LONG)
                        .exceptionally(late -> null);
              });
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private RawConnection connect() {
    return RawConnection.to(server.address(), null);
  }

  @Test
  void overPollingTheAnswerIsAsLongAsTheMessage() {
    try (RawConnection connection = connect()) {
      String poll = EchoServer.openPolling(connection);
      connection.post(poll, "40").answer();
      assertTrue(connection.get(poll).answer().body().startsWith("40"));
      for (String event : List.of("plain", "plain to all", "plain question")) {
        connection.post(poll, "42[\"" + event + "\"]").answer();
        RawConnection.Answer answer = connection.get(poll, "Accept-Encoding: gzip").answer();
        assertNull(answer.header("Content-Encoding"), event);
        assertTrue(answer.body().endsWith(LONG + "\"]"), event);
      }
      for (String event : List.of("packed", "packed to all")) {
        connection.post(poll, "42[\"" + event + "\"]").answer();
        RawConnection.Answer answer = connection.get(poll, "Accept-Encoding: gzip").answer();
        assertEquals("gzip", answer.header("Content-Encoding"), event);
      }
    }
  }

  @Test
  void overWebSocketItsFrameHasNotTheBitOfCompression() {
    List<String> headers = new ArrayList<>(List.of(RawWebSocket.UPGRADE));
    headers.add("Sec-WebSocket-Extensions: permessage-deflate");
    RawConnection connection = connect();
    connection.get(EchoServer.WEBSOCKET, headers.toArray(String[]::new));
    try (RawWebSocket webSocket = RawWebSocket.opened(connection).begun()) {
      assertTrue(webSocket.send("40").receiveText().startsWith("40"));
      for (String event : List.of("plain", "plain to all", "plain question")) {
        assertTrue(
            webSocket.send("42[\"" + event + "\"]").receiveText().endsWith(LONG + "\"]"), event);
      }
      for (String event : List.of("packed", "packed to all")) {
        webSocket.send("42[\"" + event + "\"]");
        byte[] head = connection.read(2);
        assertEquals((byte) 0xc1, head[0], event);
        connection.read(head[1]);
      }
    }
  }
}

package io.towpath.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.socket.DisconnectReason;
import io.towpath.websocket.Opcode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an upgrade takes over from HTTP on a server of its own, without TLS. */
class UpgradableConnectionTest {
  private final CompletableFuture<DisconnectReason> ended = new CompletableFuture<>();
  private final TowpathServer server =
      TowpathServer.builder().port(0).ioThreads(1).drain(Duration.ofMillis(500)).build();

  @BeforeEach
  void start() {
    server.onConnection(socket -> socket.onDisconnect(ended::complete));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private RawConnection connect() {
    return RawConnection.to(server.address(), null);
  }

  private static RawWebSocket joined(RawWebSocket webSocket) {
    String answer = webSocket.begun().send("40").receiveText();
    assertTrue(answer.startsWith("40{\"sid\":"), answer);
    return webSocket;
  }

  @Test
  void framesThatComeTogetherWithTheRequestAreRead() {
    RawConnection connection = connect();
    ByteArrayOutputStream together = new ByteArrayOutputStream();
    together.writeBytes(
        RawConnection.head("GET", EchoServer.WEBSOCKET, RawWebSocket.UPGRADE).getBytes(ISO_8859_1));
    together.writeBytes(RawWebSocket.frame(Opcode.PING, new byte[] {1, 2}));
    together.writeBytes(RawWebSocket.text("40"));
    connection.send(together.toByteArray());
    try (RawWebSocket webSocket = RawWebSocket.opened(connection)) {
      String received = "";
      byte[] pong = null;
      while (pong == null || !received.contains("40{\"sid\":")) {
        RawWebSocket.Frame frame = webSocket.receive();
        if (frame.opcode() == Opcode.PONG.code()) {
          pong = frame.payload();
        } else {
          received += frame.text();
        }
      }
      assertArrayEquals(new byte[] {1, 2}, pong);
    }
  }

  @Test
  void theAnswerLeavesInOneWriteWithTheFirstPacket() throws IOException {
    byte[] request =
        RawConnection.head("GET", EchoServer.WEBSOCKET, RawWebSocket.UPGRADE).getBytes(ISO_8859_1);
    // Two writes may arrive together now and then, but not every time.
    for (int i = 0; i < 30; i++) {
      try (Socket socket = new Socket("localhost", server.address().getPort())) {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request);
        byte[] bytes = new byte[4096];
        int count = socket.getInputStream().read(bytes);
        String first = new String(bytes, 0, count, ISO_8859_1);
        assertTrue(first.startsWith("HTTP/1.1 101 Switching Protocols\r\n"), first);
        assertTrue(first.contains("0{\"sid\":"), first);
      }
    }
  }

  @Test
  void aConnectionThatHasServedOtherRequestsIsUpgraded() {
    RawConnection connection = connect();
    assertEquals(404, connection.get("/none").answer().status());
    assertEquals(404, connection.get("/none").answer().status());
    try (RawWebSocket webSocket = joined(RawWebSocket.open(connection, EchoServer.WEBSOCKET))) {
      RawWebSocket.Frame answer = webSocket.send(Opcode.PING, new byte[0]).receive();
      assertEquals(Opcode.PONG.code(), answer.opcode());
      assertEquals(1, server.sessionCount());
    }
  }

  @Test
  void aLostConnectionEndsItsSocket() throws Exception {
    joined(RawWebSocket.open(connect(), EchoServer.WEBSOCKET)).close();
    assertEquals(DisconnectReason.TRANSPORT_CLOSE, ended.get(10, TimeUnit.SECONDS));
    assertEquals(0, server.sessionCount());
  }

  @Test
  void theServerEndsTheConnectionAfterTheLastWordOfBoth() throws Exception {
    try (RawWebSocket webSocket = joined(RawWebSocket.open(connect(), EchoServer.WEBSOCKET))) {
      webSocket.send(Opcode.CLOSE, new byte[] {3, (byte) 0xe8});
      RawWebSocket.Frame close = webSocket.receive();
      assertEquals(Opcode.CLOSE.code(), close.opcode());
      assertArrayEquals(new byte[] {3, (byte) 0xe8}, close.payload());
      assertNull(webSocket.receiveOrEnd());
    }
    assertEquals(DisconnectReason.TRANSPORT_CLOSE, ended.get(10, TimeUnit.SECONDS));
  }

  @Test
  void whatAPeerSendsAfterItsCloseFrameDoesNotCostItTheAnswer() {
    try (RawWebSocket webSocket = joined(RawWebSocket.open(connect(), EchoServer.WEBSOCKET))) {
      ByteArrayOutputStream together = new ByteArrayOutputStream();
      together.writeBytes(RawWebSocket.frame(Opcode.CLOSE, new byte[] {3, (byte) 0xe8}));
      together.writeBytes(new byte[64 << 10]);
      webSocket.connection().send(together.toByteArray());
      assertEquals(Opcode.CLOSE.code(), webSocket.receive().opcode());
    }
  }

  @Test
  void aConnectionWithoutARequestEndsWithTheServer() {
    RawConnection connection = connect();
    assertEquals(404, connection.get("/none").answer().status());
    server.stop();
    assertEquals(0, connection.read(1).length);
  }
}

package io.towpath.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.towpath.websocket.FrameEncoder;
import io.towpath.websocket.Opcode;
import io.towpath.websocket.Role;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A WebSocket over a {@link RawConnection}: masked frames out, whatever comes in. */
final class RawWebSocket implements AutoCloseable {
  static final String[] UPGRADE = {
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
  };

  private final RawConnection connection;

  /** A frame of the server. */
  record Frame(int opcode, byte[] payload) {
    String text() {
      return new String(payload, UTF_8);
    }
  }

  private RawWebSocket(RawConnection connection) {
    this.connection = connection;
  }

  /** Sends the opening handshake and expects that it is accepted. */
  static RawWebSocket open(RawConnection connection, String target) {
    connection.get(target, UPGRADE);
    return opened(connection);
  }

  /** Expects the answer to an opening handshake that has been sent. */
  static RawWebSocket opened(RawConnection connection) {
    RawConnection.Answer answer = connection.answer(false);
    assertEquals(101, answer.status(), answer.toString());
    // The example of RFC 6455 section 1.3.
    assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", answer.header("Sec-WebSocket-Accept"));
    return new RawWebSocket(connection);
  }

  static byte[] frame(Opcode opcode, byte[] payload) {
    ByteBuffer frame = new FrameEncoder(Role.CLIENT, () -> 0x37fa213d).frame(opcode, true, payload);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  static byte[] text(String text) {
    return frame(Opcode.TEXT, text.getBytes(UTF_8));
  }

  @CanIgnoreReturnValue
  RawWebSocket send(String text) {
    connection.send(text(text));
    return this;
  }

  @CanIgnoreReturnValue
  RawWebSocket send(Opcode opcode, byte[] payload) {
    connection.send(frame(opcode, payload));
    return this;
  }

  /** Reads the next frame; a server's frame is whole and not masked. */
  Frame receive() {
    Frame frame = receiveOrEnd();
    if (frame == null) {
      throw new AssertionError("the connection has ended");
    }
    return frame;
  }

  /** Reads the next frame; null at the end of the connection. */
  @Nullable Frame receiveOrEnd() {
    byte[] head = connection.read(2);
    if (head.length < 2) {
      return null;
    }
    assertEquals(0x80, head[0] & 0xf0, "FIN set, no reserved bit");
    assertEquals(0, head[1] & 0x80, "not masked");
    long length = head[1] & 0x7f;
    if (length == 126) {
      length = ByteBuffer.wrap(connection.read(2)).getShort() & 0xffff;
    } else if (length == 127) {
      length = ByteBuffer.wrap(connection.read(8)).getLong();
    }
    return new Frame(head[0] & 0x0f, connection.read((int) length));
  }

  String receiveText() {
    Frame frame = receive();
    assertEquals(1, frame.opcode(), "a text frame");
    return frame.text();
  }

  /** Reads the open packet. */
  @CanIgnoreReturnValue
  RawWebSocket begun() {
    String open = receiveText();
    assertEquals('0', open.charAt(0), open);
    return this;
  }

  RawConnection connection() {
    return connection;
  }

  @Override
  public void close() {
    connection.close();
  }
}

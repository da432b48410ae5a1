package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.Scheduler;
import io.towpath.websocket.ByteLink;
import io.towpath.websocket.CloseStatus;
import io.towpath.websocket.Ending;
import io.towpath.websocket.FrameEncoder;
import io.towpath.websocket.Opcode;
import io.towpath.websocket.Role;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketListener;
import io.towpath.websocket.WebSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client for tests, over any {@link ByteLink}: the product's own connection in the
 * client's role, and, to misbehave, frames and bytes by hand. Records what arrives as text: a text
 * message as it is, a binary one as {@code b} and base64. Any thread.
 */
public final class WebSocketTestClient implements WebSocketListener {
  private final ByteLink link;
  private final WebSocketConnection connection;
  private final FrameEncoder encoder;

  @GuardedBy("this")
  private final List<String> received = new ArrayList<>();

  @GuardedBy("this")
  private final List<String> pongs = new ArrayList<>();

  @GuardedBy("this")
  private @Nullable Ending ending;

  /** Creates and starts a client; its masking keys are those of a fixed seed. */
  public WebSocketTestClient(ByteLink link, Scheduler scheduler) {
    Random keys = new Random(42);
    this.link = link;
    this.encoder = new FrameEncoder(Role.CLIENT, keys::nextInt);
    WebSocketOptions options =
        WebSocketOptions.builder()
            .maxMessageBytes(64 * 1024 * 1024)
            .maxFragments(1 << 20)
            .maxPendingControlFrames(1 << 16)
            .build();
    this.connection = WebSocketConnection.client(link, scheduler, options, null, keys::nextInt);
    connection.start(this);
  }

  /** Returns the connection, to do with it what a well-behaved client does. */
  public WebSocketConnection connection() {
    return connection;
  }

  /** Sends a text message. */
  public void sendText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    connection.sendText(bytes, 0, bytes.length);
  }

  /**
   * Sends Engine.IO packets that arrive together; {@code b} and base64 goes as a binary message.
   */
  public void sendPackets(String... packets) {
    List<byte[]> frames = new ArrayList<>();
    for (String packet : packets) {
      boolean binary = packet.startsWith("b");
      byte[] payload =
          binary
              ? Base64.getDecoder().decode(packet.substring(1))
              : packet.getBytes(StandardCharsets.UTF_8);
      frames.add(bytesOf(frame(binary ? Opcode.BINARY : Opcode.TEXT, true, payload)));
    }
    sendRaw(concat(frames));
  }

  /** Sends one frame, masked, whether it is allowed here or not. */
  public void sendFrame(Opcode opcode, boolean fin, byte[] payload) {
    sendRaw(bytesOf(frame(opcode, fin, payload)));
  }

  /** Sends bytes as they are, given in hex; spaces do not matter. */
  public void sendHex(String hex) {
    sendRaw(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  /** Sends bytes as they are. The link must take all of them at once. */
  public void sendRaw(byte[] bytes) {
    if (!link.write(ByteBuffer.wrap(bytes))) {
      throw new AssertionError("the link does not take the bytes");
    }
  }

  /** Closes with a Close frame. */
  public void close(CloseStatus status) {
    connection.close(status);
  }

  /** Returns the messages that have arrived since the last call, in order. */
  public synchronized List<String> received() {
    List<String> messages = List.copyOf(received);
    received.clear();
    return messages;
  }

  /** Returns the payloads of the pongs that have arrived since the last call, as text. */
  public synchronized List<String> pongs() {
    List<String> payloads = List.copyOf(pongs);
    pongs.clear();
    return payloads;
  }

  /** Returns how the connection has ended, or null while it lives. */
  public synchronized @Nullable Ending ending() {
    return ending;
  }

  @Override
  public synchronized void onText(byte[] bytes, int offset, int length) {
    received.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
  }

  @Override
  public synchronized void onBinary(byte[] bytes) {
    received.add("b" + Base64.getEncoder().encodeToString(bytes));
  }

  @Override
  public synchronized void onPong(byte[] payload) {
    pongs.add(new String(payload, StandardCharsets.UTF_8));
  }

  @Override
  public synchronized void onClosed(Ending how) {
    ending = how;
  }

  private ByteBuffer frame(Opcode opcode, boolean fin, byte[] payload) {
    return encoder.frame(opcode, fin, payload);
  }

  private static byte[] bytesOf(ByteBuffer frame) {
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  private static byte[] concat(List<byte[]> parts) {
    ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
    parts.forEach(all::put);
    return all.array();
  }
}

package io.towpath.websocket;

import io.towpath.testkit.MemoryLink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The other end of a connection under test, played by hand: sends frames, or bytes that are none,
 * and writes down what it gets as text: {@code TEXT 48656c6c6f}, {@code CLOSE 03e8}, long payloads
 * as their length, and {@code end} or {@code failed} for the end of the connection.
 */
final class RawPeer implements FrameDecoder.Frames {
  /** Hears of everything and does nothing. */
  static class Silent implements ByteLink.Events {
    @Override
    public void onReadable(ByteBuffer bytes) {
      bytes.position(bytes.limit());
    }

    @Override
    public void onReadEnd() {}

    @Override
    public void onWritable() {}

    @Override
    public void onEnd() {}

    @Override
    public void onFailed(String description) {}
  }

  private static final int LONG = 200;

  final List<String> frames = new ArrayList<>();

  private final MemoryLink link;
  private final Role tested;
  private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
  private String header = "";

  /**
   * Starts the peer.
   *
   * @param link the peer's end
   * @param tested the role of the connection at the other end
   */
  RawPeer(MemoryLink link, Role tested) {
    this.link = link;
    this.tested = tested;
    FrameDecoder decoder =
        new FrameDecoder(
            tested == Role.SERVER ? Role.CLIENT : Role.SERVER, Integer.MAX_VALUE, true, this);
    link.start(
        new Silent() {
          @Override
          public void onReadable(ByteBuffer bytes) {
            decoder.decode(bytes);
          }

          @Override
          public void onEnd() {
            frames.add("end");
          }

          @Override
          public void onFailed(String description) {
            frames.add("failed");
          }
        });
  }

  /** Sends frames that arrive together, each given as a header without mask and a payload. */
  void send(String... headersAndPayloads) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < headersAndPayloads.length; i += 2) {
      all.writeBytes(Hex.frameFor(tested, headersAndPayloads[i], headersAndPayloads[i + 1]));
    }
    sendBytes(all.toByteArray());
  }

  /** Sends bytes as they are. */
  void sendBytes(byte[] bytes) {
    if (!link.write(ByteBuffer.wrap(bytes))) {
      throw new AssertionError("the link does not take the bytes");
    }
  }

  /** Returns what was written down since the last call. */
  List<String> got() {
    List<String> got = List.copyOf(frames);
    frames.clear();
    return got;
  }

  @Override
  public void onFrame(Opcode opcode, boolean fin, boolean rsv1, long length) {
    header = opcode + (fin ? "" : "+") + (rsv1 ? "*" : "");
    payload.reset();
  }

  @Override
  public void onPayload(ByteBuffer bytes, int length) {
    byte[] chunk = new byte[length];
    bytes.get(chunk);
    payload.writeBytes(chunk);
  }

  @Override
  public void onFrameEnd() {
    boolean isLong = payload.size() > LONG;
    String text = isLong ? payload.size() + " bytes" : Hex.of(payload.toByteArray());
    frames.add((header + " " + text).strip());
  }
}

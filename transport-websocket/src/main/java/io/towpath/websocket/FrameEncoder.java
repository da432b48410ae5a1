package io.towpath.websocket;

import java.nio.ByteBuffer;
import java.util.function.IntSupplier;

/**
 * Turns frames into bytes, RFC 6455 section 5.2: a header in its shortest form, then payload in as
 * many pieces as the output has room for. The client's role masks each frame with a key of its own.
 * Holds the state of one frame under way; one thread at a time.
 */
public final class FrameEncoder {
  /** The longest header, in bytes: two, eight of length and four of mask. */
  public static final int MAX_HEADER_BYTES = 14;

  /** A server's, which changes nothing in itself, so that one does for all connections. */
  private static final FrameEncoder SERVER = new FrameEncoder(Role.SERVER, () -> 0);

  private final boolean masked;
  private final IntSupplier keys;

  /** The masking key of the frame under way; 0 for a server. */
  private int key;

  /** Payload bytes of the frame under way that have been written. */
  private int written;

  /**
   * Creates an encoder.
   *
   * @param role which end this is
   * @param keys where a client's masking keys come from; they must be unpredictable (section 10.3)
   *     and are never asked for by a server
   */
  public FrameEncoder(Role role, IntSupplier keys) {
    this.masked = role == Role.CLIENT;
    this.keys = keys;
  }

  /**
   * Returns an encoder for one connection.
   *
   * @param keys where a client's masking keys come from
   */
  static FrameEncoder of(Role role, IntSupplier keys) {
    return role == Role.SERVER ? SERVER : new FrameEncoder(role, keys);
  }

  /**
   * Writes the header of a frame; its payload follows with {@link #payload}.
   *
   * @param fin whether this is the last frame of its message
   * @param rsv1 whether the message is compressed (RFC 7692 section 6)
   * @param length bytes of payload, 0 or more
   * @param out has room for at least {@link #MAX_HEADER_BYTES}
   */
  public void header(Opcode opcode, boolean fin, boolean rsv1, int length, ByteBuffer out) {
    out.put((byte) ((fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode.code()));
    int mask = masked ? 0x80 : 0;
    if (length < 126) {
      out.put((byte) (mask | length));
    } else if (length < 0x10000) {
      out.put((byte) (mask | 126)).put((byte) (length >>> 8)).put((byte) length);
    } else {
      out.put((byte) (mask | 127)).putLong(length);
    }
    if (masked) {
      key = keys.getAsInt();
      out.putInt(key);
      written = 0;
    }
  }

  /**
   * Writes the next bytes of the payload, as many as the output has room for.
   *
   * @param out a big-endian buffer
   * @return how many bytes were written
   */
  public int payload(byte[] bytes, int offset, int length, ByteBuffer out) {
    int chunk = Math.min(length, out.remaining());
    int from = out.position();
    out.put(bytes, offset, chunk);
    if (masked) {
      Masking.apply(out, from, from + chunk, key, written);
      written += chunk;
    }
    return chunk;
  }

  /** Returns a whole frame in a buffer of its own, ready to be read. For tests and tools. */
  public ByteBuffer frame(Opcode opcode, boolean fin, byte[] payload) {
    ByteBuffer out = ByteBuffer.allocate(MAX_HEADER_BYTES + payload.length);
    header(opcode, fin, false, payload.length, out);
    payload(payload, 0, payload.length, out);
    return out.flip();
  }
}

package io.towpath.websocket;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Turns bytes into frames: a push parser that takes whatever has arrived and keeps nothing but the
 * header under way. Checks every rule of a frame's header (RFC 6455 section 5.2) before anything is
 * reserved for its payload, unmasks payload in the buffer that it came in, and hands it on.
 *
 * <p>Serves both roles: a server's decoder demands masked frames, a client's refuses them. After a
 * {@link ProtocolViolation} it must be stopped. Confined to one thread.
 */
final class FrameDecoder {
  /** What a frame's receiver is told, in this order for each frame. */
  interface Frames {
    /**
     * A header has been read and obeys the rules of headers.
     *
     * @param fin whether this is the last frame of its message
     * @param rsv1 the bit that marks a compressed message; only set if the decoder allows it
     * @param length bytes of payload, at most the frame limit
     * @throws ProtocolViolation if the frame may not come here, or not in this size
     */
    void onFrame(Opcode opcode, boolean fin, boolean rsv1, long length);

    /**
     * Payload has arrived, unmasked. The receiver takes exactly {@code length} bytes from the
     * buffer's position on; at least 1.
     *
     * @throws ProtocolViolation if they are not acceptable
     */
    void onPayload(ByteBuffer bytes, int length);

    /**
     * The frame is complete.
     *
     * @throws ProtocolViolation if what is now complete is not acceptable
     */
    void onFrameEnd();
  }

  /** What the next bytes are. */
  private enum State {
    HEADER,
    LENGTH,
    MASK,
    PAYLOAD,
    /** Nothing counts any more; whatever comes is skipped. */
    STOPPED
  }

  private static final int MAX_CONTROL_PAYLOAD = 125;
  private static final int TWO_BYTE_LENGTH = 126;
  private static final int EIGHT_BYTE_LENGTH = 127;

  private final boolean masked;
  private final boolean compressionAllowed;
  private final long maxFrameBytes;
  private final Frames frames;

  private State state = State.HEADER;

  /** Header bytes of the state under way, most significant first. */
  private long number;

  /** How many bytes the state under way still needs, before PAYLOAD. */
  private int missing = 2;

  /** The opcode of the frame under way; null until its first byte has been read. */
  private @Nullable Opcode opcode;

  private boolean fin;
  private boolean rsv1;

  /** The length of the frame under way; valid from MASK on. */
  private long length;

  /** Payload bytes of the frame under way that have been handed on. */
  private long taken;

  /** The masking key of the frame under way, first byte highest. */
  private int key;

  /**
   * Creates a decoder.
   *
   * @param role which end this is
   * @param maxFrameBytes the longest payload of one frame, 0 or more
   * @param compressionAllowed whether RSV1 may be set on the first frame of a message
   */
  FrameDecoder(Role role, long maxFrameBytes, boolean compressionAllowed, Frames frames) {
    this.masked = role == Role.SERVER;
    this.maxFrameBytes = maxFrameBytes;
    this.compressionAllowed = compressionAllowed;
    this.frames = frames;
  }

  /** Returns whether the bytes so far end between two frames. */
  boolean isBetweenFrames() {
    return state == State.HEADER && missing == 2;
  }

  /**
   * Ignores everything from here on: after a Close frame, or a violation, nothing that follows may
   * be processed (RFC 6455 sections 5.5.1 and 7.1.7). May be called from within {@link Frames}.
   */
  void stop() {
    state = State.STOPPED;
  }

  /**
   * Takes all bytes of the buffer.
   *
   * @param bytes what has arrived; payload in it is unmasked in place
   * @throws ProtocolViolation at the first byte that breaks a rule
   */
  void decode(ByteBuffer bytes) {
    while (true) {
      if (state == State.STOPPED) {
        bytes.position(bytes.limit());
        return;
      }
      if (state == State.PAYLOAD) {
        if (taken < length && !bytes.hasRemaining()) {
          return;
        }
        payload(bytes);
      } else {
        if (!bytes.hasRemaining()) {
          return;
        }
        number = number << 8 | (bytes.get() & 0xFF);
        missing--;
        if (opcode == null) {
          firstByte((int) number);
        } else if (missing == 0) {
          step();
        }
      }
    }
  }

  /** RFC 6455 section 5.2: FIN, RSV1 to RSV3, opcode. Checked before the length is even read. */
  private void firstByte(int bits) {
    Opcode of = Opcode.of(bits);
    if (of == null) {
      throw violation("reserved opcode");
    }
    opcode = of;
    fin = (bits & 0x80) != 0;
    rsv1 = (bits & 0x40) != 0;
    if ((bits & 0x30) != 0) {
      throw violation("reserved bit set");
    }
    // RFC 7692 section 6: RSV1 stands on the first frame of a compressed message only.
    if (rsv1 && (!compressionAllowed || of.isControl() || of == Opcode.CONTINUATION)) {
      throw violation("reserved bit set");
    }
    if (of.isControl() && !fin) {
      throw violation("fragmented control frame");
    }
  }

  private void step() {
    switch (state) {
      case HEADER -> secondByte((int) number & 0xFF);
      case LENGTH -> longLength();
      case MASK -> {
        key = (int) number;
        begin();
      }
      case PAYLOAD, STOPPED -> throw new AssertionError(state);
    }
  }

  /** RFC 6455 section 5.2: MASK and the short form of the length; section 5.1: who masks. */
  private void secondByte(int bits) {
    boolean hasMask = (bits & 0x80) != 0;
    if (hasMask != masked) {
      throw violation(masked ? "frame is not masked" : "frame is masked");
    }
    int shortLength = bits & 0x7F;
    if (current().isControl() && shortLength > MAX_CONTROL_PAYLOAD) {
      throw violation("control frame too long");
    }
    length = shortLength;
    if (shortLength == TWO_BYTE_LENGTH) {
      next(State.LENGTH, 2);
    } else if (shortLength == EIGHT_BYTE_LENGTH) {
      next(State.LENGTH, 8);
    } else {
      afterLength();
    }
  }

  /** RFC 6455 section 5.2: the minimal number of bytes must be used, the highest bit must be 0. */
  private void longLength() {
    boolean eightBytes = length == EIGHT_BYTE_LENGTH;
    if (eightBytes && number < 0) {
      throw violation("negative frame length");
    }
    if (number < (eightBytes ? 0x10000 : TWO_BYTE_LENGTH)) {
      throw violation("frame length not in its shortest form");
    }
    length = number;
    afterLength();
  }

  private void afterLength() {
    if (length > maxFrameBytes) {
      throw new ProtocolViolation(CloseCode.TOO_BIG, "Max payload size exceeded");
    }
    if (masked) {
      next(State.MASK, 4);
    } else {
      begin();
    }
  }

  private void begin() {
    taken = 0;
    state = State.PAYLOAD;
    frames.onFrame(current(), fin, rsv1, length);
  }

  private void payload(ByteBuffer bytes) {
    int chunk = (int) Math.min(bytes.remaining(), length - taken);
    if (chunk > 0) {
      int from = bytes.position();
      if (masked && key != 0) {
        Masking.apply(bytes, from, from + chunk, key, (int) taken);
      }
      taken += chunk;
      frames.onPayload(bytes, chunk);
    }
    if (taken == length && state == State.PAYLOAD) {
      next(State.HEADER, 2);
      opcode = null;
      frames.onFrameEnd();
    }
  }

  private void next(State newState, int bytes) {
    state = newState;
    missing = bytes;
    number = 0;
  }

  private Opcode current() {
    if (opcode == null) {
      throw new AssertionError("no frame under way");
    }
    return opcode;
  }

  private static ProtocolViolation violation(String rule) {
    return new ProtocolViolation(CloseCode.PROTOCOL_ERROR, rule);
  }
}

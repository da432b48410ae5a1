package io.towpath.websocket;

import org.jspecify.annotations.Nullable;

/** What a frame is. RFC 6455 section 5.2; the other ten of the sixteen values are reserved. */
public enum Opcode {
  /** A further fragment of the message that is under way. */
  CONTINUATION(0x0),
  /** A text message, or its first fragment. */
  TEXT(0x1),
  /** A binary message, or its first fragment. */
  BINARY(0x2),
  /** The sender will send nothing more. */
  CLOSE(0x8),
  /** Asks for a pong with the same payload. */
  PING(0x9),
  /** Answers a ping, or says "still here" unasked. */
  PONG(0xA);

  private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[16];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  /** Returns the four bits on the wire. */
  public int code() {
    return code;
  }

  /** Returns whether this is a control frame: never fragmented, at most 125 bytes of payload. */
  public boolean isControl() {
    return code >= 0x8;
  }

  /**
   * Returns the opcode of the low four bits of {@code bits}, or null if that value is reserved;
   * never fails.
   */
  public static @Nullable Opcode of(int bits) {
    return BY_CODE[bits & 0xF];
  }
}

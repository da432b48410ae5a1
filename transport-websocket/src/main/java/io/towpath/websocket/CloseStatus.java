package io.towpath.websocket;

import io.towpath.engine.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a Close frame says, RFC 6455 section 5.5.1.
 *
 * @param code the status code; {@link CloseCode#NO_STATUS} if the frame is empty, {@link
 *     CloseCode#ABNORMAL} if there was no frame
 * @param reason the words after the code; for logs, not for machines
 */
public record CloseStatus(int code, String reason) {
  /** An empty Close frame. */
  public static final CloseStatus NONE = new CloseStatus(CloseCode.NO_STATUS.code(), "");

  /** No Close frame at all. */
  public static final CloseStatus LOST = new CloseStatus(CloseCode.ABNORMAL.code(), "");

  /** The longest reason: what a control frame holds after the code, in bytes of UTF-8. */
  public static final int MAX_REASON_BYTES = 123;

  /**
   * Reads the payload of a Close frame.
   *
   * @throws ProtocolViolation 1002 for a single byte or a code that may not travel, 1007 for a
   *     reason that is not UTF-8
   */
  static CloseStatus decode(byte[] payload) {
    if (payload.length == 0) {
      return NONE;
    }
    if (payload.length == 1) {
      throw new ProtocolViolation(CloseCode.PROTOCOL_ERROR, "half a close code");
    }
    int code = (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
    if (!CloseCode.mayTravel(code)) {
      throw new ProtocolViolation(CloseCode.PROTOCOL_ERROR, "close code not allowed");
    }
    if (!Utf8.isValid(payload, 2, payload.length)) {
      throw new ProtocolViolation(CloseCode.INVALID_PAYLOAD, "close reason is not UTF-8");
    }
    return new CloseStatus(
        code, new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
  }

  /**
   * Returns the payload of a Close frame that says this; empty for {@link #NONE}.
   *
   * @throws IllegalArgumentException if the code may not travel, or the reason is longer than
   *     {@link #MAX_REASON_BYTES}, or there is a reason without a code
   */
  byte[] encode() {
    byte[] words = reason.getBytes(StandardCharsets.UTF_8);
    if (code == CloseCode.NO_STATUS.code() && words.length == 0) {
      return words;
    }
    if (!CloseCode.mayTravel(code)) {
      throw new IllegalArgumentException("close code may not be sent: " + code);
    }
    if (words.length > MAX_REASON_BYTES) {
      throw new IllegalArgumentException("close reason too long: " + words.length + " bytes");
    }
    return ByteBuffer.allocate(2 + words.length).putShort((short) code).put(words).array();
  }
}

package io.towpath.websocket;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts fragments together to messages, with control frames in between (RFC 6455 section 5.4), and
 * checks text as it comes. Memory follows the bytes that have really arrived, not those that a
 * header announces: a message that comes in one piece goes into an array of its size, without
 * another copy; a longer one into an array that doubles, so that at most three times the message
 * limit is held for a moment. Confined to one thread.
 */
final class MessageAssembler implements FrameDecoder.Frames {
  /** What the receiver of messages is told. Arrays are handed over. */
  interface Messages {
    /** A text message: checked UTF-8. The array may be longer than the message. */
    void onText(byte[] bytes, int offset, int length);

    /** A binary message. */
    void onBinary(byte[] bytes);

    /** A ping; its payload wants to be repeated in a pong. */
    void onPing(byte[] payload);

    /** A pong, asked for or not. */
    void onPong(byte[] payload);

    /** A Close frame, unchecked; the last thing that counts. */
    void onClose(byte[] payload);
  }

  private static final byte[] NO_BYTES = {};

  /** The first array for a message that comes in pieces. */
  private static final int FIRST_ROOM = 4096;

  private final int maxMessageBytes;
  private final int maxFragments;
  private final Messages messages;
  private final Utf8 utf8 = new Utf8();

  /** TEXT or BINARY while a message is under way, else null. */
  private @Nullable Opcode message;

  /** Frames of the message under way. */
  private int fragments;

  /** The message under way; its first {@link #size} bytes count. */
  private byte[] buffer = NO_BYTES;

  private int size;

  /** Bytes of the data frame under way that are still to come. */
  private int frameLeft;

  /** Whether the data frame under way is the last of its message. */
  private boolean last;

  /** The control frame under way, else null. */
  private @Nullable Opcode control;

  private byte[] controlPayload = NO_BYTES;
  private int controlSize;

  MessageAssembler(int maxMessageBytes, int maxFragments, Messages messages) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxFragments = maxFragments;
    this.messages = messages;
  }

  /** Returns whether a message has begun and not ended. */
  boolean isAssembling() {
    return message != null;
  }

  /** Returns how many bytes are reserved for the message under way. */
  int reservedBytes() {
    return buffer.length;
  }

  @Override
  public void onFrame(Opcode opcode, boolean fin, boolean rsv1, long length) {
    if (opcode.isControl()) {
      control = opcode;
      controlPayload = length == 0 ? NO_BYTES : new byte[(int) length];
      controlSize = 0;
      return;
    }
    if (opcode == Opcode.CONTINUATION) {
      if (message == null) {
        throw new ProtocolViolation(CloseCode.PROTOCOL_ERROR, "continuation without a message");
      }
      fragments++;
    } else {
      if (message != null) {
        throw new ProtocolViolation(CloseCode.PROTOCOL_ERROR, "message inside a message");
      }
      message = opcode;
      fragments = 1;
      size = 0;
      utf8.reset();
    }
    if (fragments > maxFragments) {
      throw new ProtocolViolation(CloseCode.POLICY_VIOLATION, "too many fragments");
    }
    if (length > maxMessageBytes - size) {
      throw new ProtocolViolation(CloseCode.TOO_BIG, "Max payload size exceeded");
    }
    frameLeft = (int) length;
    last = fin;
  }

  @Override
  public void onPayload(ByteBuffer bytes, int length) {
    if (control != null) {
      bytes.get(controlPayload, controlSize, length);
      controlSize += length;
      return;
    }
    makeRoom(length);
    bytes.get(buffer, size, length);
    // RFC 6455 section 8.1; failing here rather than at the end of the frame is what makes it fast.
    if (message == Opcode.TEXT && !utf8.accept(buffer, size, length)) {
      throw notUtf8();
    }
    size += length;
    frameLeft -= length;
  }

  @Override
  public void onFrameEnd() {
    if (control != null) {
      Opcode opcode = control;
      byte[] payload = controlPayload;
      control = null;
      controlPayload = NO_BYTES;
      onControl(opcode, payload);
    } else if (last) {
      onMessage();
    }
  }

  private void onControl(Opcode opcode, byte[] payload) {
    if (opcode == Opcode.PING) {
      messages.onPing(payload);
    } else if (opcode == Opcode.PONG) {
      messages.onPong(payload);
    } else {
      messages.onClose(payload);
    }
  }

  private void onMessage() {
    boolean text = message == Opcode.TEXT;
    if (text && !utf8.isComplete()) {
      throw notUtf8();
    }
    byte[] bytes = buffer;
    message = null;
    buffer = NO_BYTES;
    if (text) {
      messages.onText(bytes, 0, size);
    } else {
      messages.onBinary(bytes.length == size ? bytes : Arrays.copyOf(bytes, size));
    }
  }

  /**
   * Makes room for bytes that are here. Once the last frame has begun the size of the message is
   * known, and the array is never longer; before, it doubles, so that many small fragments cost no
   * more copying than a few large ones.
   */
  private void makeRoom(int length) {
    int needed = size + length;
    if (needed <= buffer.length) {
      return;
    }
    int most = last ? size + frameLeft : maxMessageBytes;
    int room = Math.max(FIRST_ROOM, (int) Math.min(2L * buffer.length, most));
    int capacity = Math.max(needed, Math.min(room, most));
    buffer = size == 0 ? new byte[capacity] : Arrays.copyOf(buffer, capacity);
  }

  private static ProtocolViolation notUtf8() {
    return new ProtocolViolation(CloseCode.INVALID_PAYLOAD, "text is not UTF-8");
  }
}

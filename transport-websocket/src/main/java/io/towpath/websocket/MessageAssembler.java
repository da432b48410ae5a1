package io.towpath.websocket;

import io.towpath.engine.Utf8;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts fragments together to messages, with control frames in between (RFC 6455 section 5.4), and
 * checks text as it comes. Memory follows the bytes that have really arrived, not those that a
 * header announces: a message that comes in one piece goes into an array of its size, without
 * another copy; a longer one into an array that grows, of at most four times what has come, so that
 * with the copying at most three times the message limit is held for a moment. Confined to one
 * thread.
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

  /** Null if messages are never compressed. */
  private final @Nullable PerMessageDeflate deflate;

  /**
   * Null until a text has a character that is not all here, or of four bytes, or wrong; then kept.
   */
  private @Nullable Utf8 utf8;

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

  /** Whether the message under way is compressed. */
  private boolean compressed;

  /** Bytes that have come of the compressed message under way, before inflating. */
  private long compressedBytes;

  /** The control frame under way, else null. */
  private @Nullable Opcode control;

  private byte[] controlPayload = NO_BYTES;
  private int controlSize;

  MessageAssembler(
      int maxMessageBytes,
      int maxFragments,
      @Nullable PerMessageDeflate deflate,
      Messages messages) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxFragments = maxFragments;
    this.deflate = deflate;
    this.messages = messages;
  }

  /**
   * Returns the most bytes that a message of the limit can take when it is compressed and does not
   * shrink: blocks that are stored, and a flush for every fragment.
   */
  static long compressedLimit(int messageBytes, int fragments) {
    return messageBytes + messageBytes / 1024 + 64 + 16L * fragments;
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
      compressed = rsv1;
      compressedBytes = 0;
      fragments = 1;
      size = 0;
      if (utf8 != null) {
        utf8.reset();
      }
    }
    if (fragments > maxFragments) {
      throw new ProtocolViolation(CloseCode.POLICY_VIOLATION, "too many fragments");
    }
    if (compressed) {
      // What it inflates to is counted while it does.
      compressedBytes += length;
      if (compressedBytes > compressedLimit(maxMessageBytes, fragments)) {
        throw tooBig();
      }
    } else if (length > maxMessageBytes - size) {
      throw tooBig();
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
    frameLeft -= length;
    if (compressed) {
      int from = bytes.position();
      bytes.position(from + length);
      inflate(deflate(), bytes.slice(from, length));
    } else {
      makeRoom(length);
      bytes.get(buffer, size, length);
      added(length);
    }
  }

  /** RFC 6455 section 8.1; text is checked as it comes, not only when its frame is complete. */
  private void added(int length) {
    if (message == Opcode.TEXT && !accept(size, size + length)) {
      throw notUtf8();
    }
    size += length;
  }

  private boolean accept(int from, int end) {
    int start = from;
    Utf8 check = utf8;
    if (check == null) {
      start = Utf8.skipWhole(buffer, from, end);
      if (start == end) {
        return true;
      }
      check = new Utf8();
      utf8 = check;
    }
    return check.accept(buffer, start, end - start);
  }

  /** Inflates all of the input; stops as soon as the message is a byte longer than allowed. */
  private void inflate(PerMessageDeflate inflater, ByteBuffer input) {
    ByteBuffer next = input;
    int room;
    int count;
    do {
      if (size == buffer.length) {
        int most = maxMessageBytes + 1;
        int wanted = (int) Math.min(most, Math.max(FIRST_ROOM, 2L * buffer.length));
        buffer = size == 0 ? new byte[wanted] : Arrays.copyOf(buffer, wanted);
      }
      room = buffer.length - size;
      count = inflater.inflate(next, buffer, size, room);
      next = null;
      added(count);
      if (size > maxMessageBytes) {
        throw tooBig();
      }
    } while (count == room);
  }

  private PerMessageDeflate deflate() {
    if (deflate == null) {
      throw new AssertionError("compressed message without negotiation");
    }
    return deflate;
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
    if (compressed) {
      inflate(deflate(), deflate().tail());
      deflate().end(buffer, size);
    }
    boolean text = message == Opcode.TEXT;
    if (text && utf8 != null && !utf8.isComplete()) {
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
   * known, and the array is at most that and at most four times what has come; before, it doubles,
   * so that many small fragments cost no more copying than a few large ones.
   */
  private void makeRoom(int length) {
    int needed = size + length;
    if (needed <= buffer.length) {
      return;
    }
    int most = last ? needed + frameLeft : maxMessageBytes;
    long room = last ? 4L * needed : Math.max(FIRST_ROOM, 2L * buffer.length);
    int capacity = Math.max(needed, (int) Math.min(room, most));
    buffer = size == 0 ? new byte[capacity] : Arrays.copyOf(buffer, capacity);
  }

  private static ProtocolViolation tooBig() {
    return new ProtocolViolation(CloseCode.TOO_BIG, "Max payload size exceeded");
  }

  private static ProtocolViolation notUtf8() {
    return new ProtocolViolation(CloseCode.INVALID_PAYLOAD, "text is not UTF-8");
  }
}

package io.towpath.websocket;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait to be written, first in, first out: a ring of parallel arrays, so that
 * queueing makes no object per message. Confined to whoever holds the writer's lock.
 */
final class FrameQueue {
  private static final byte[] @Nullable [] NO_PAYLOADS = new byte[0] @Nullable [];
  private static final int[] NO_RANGES = {};
  private static final Opcode[] NO_OPCODES = {};

  private static final int FIRST_SLOTS = 8;

  /** A ring longer than this is given up when it has run empty. */
  private static final int KEPT_SLOTS = 64;

  /** Payloads by slot; null in a free slot. Its length is a power of two, or 0 before first use. */
  private byte[] @Nullable [] payloads = NO_PAYLOADS;

  /**
   * Offset and length of the payload, two numbers for each slot; all bits of the length are turned
   * if the message is not to be compressed.
   */
  private int[] ranges = NO_RANGES;

  private Opcode[] opcodes = NO_OPCODES;

  /** The slot of the oldest message in the arrays. */
  private int head;

  /** How many messages are in the arrays. */
  private int size;

  /**
   * A message that came when nothing waited, before all others; null if there is none. Most
   * connections never have more than one and so never own the arrays.
   */
  private byte @Nullable [] single;

  private int singleOffset;

  /** As in {@link #ranges}. */
  private int singleLength;

  private Opcode singleOpcode = Opcode.TEXT;

  boolean isEmpty() {
    return size == 0 && single == null;
  }

  /**
   * Adds a message.
   *
   * @param compressible whether it may be compressed
   */
  void add(Opcode opcode, byte[] payload, int offset, int length, boolean compressible) {
    if (isEmpty()) {
      single = payload;
      singleOffset = offset;
      singleLength = compressible ? length : ~length;
      singleOpcode = opcode;
      return;
    }
    if (size == opcodes.length) {
      grow();
    }
    int slot = (head + size) & (opcodes.length - 1);
    payloads[slot] = payload;
    ranges[2 * slot] = offset;
    ranges[2 * slot + 1] = compressible ? length : ~length;
    opcodes[slot] = opcode;
    size++;
  }

  /** Returns the kind of the oldest message; only if there is one. */
  Opcode opcode() {
    return single != null ? singleOpcode : opcodes[head];
  }

  /** Returns where the payload of the oldest message starts. */
  int offset() {
    return single != null ? singleOffset : ranges[2 * head];
  }

  /** Returns how long the payload of the oldest message is, in bytes. */
  int length() {
    int length = range();
    return length < 0 ? ~length : length;
  }

  /** Returns whether the oldest message may be compressed. */
  boolean compressible() {
    return range() >= 0;
  }

  private int range() {
    return single != null ? singleLength : ranges[2 * head + 1];
  }

  /** Removes the oldest message and returns the array that holds its payload. */
  byte[] remove() {
    byte[] alone = single;
    if (alone != null) {
      single = null;
      return alone;
    }
    byte[] payload = payloads[head];
    if (size == 0 || payload == null) {
      throw new AssertionError("empty queue");
    }
    payloads[head] = null;
    head = (head + 1) & (opcodes.length - 1);
    size--;
    if (size == 0 && opcodes.length > KEPT_SLOTS) {
      clear();
    }
    return payload;
  }

  /** Drops everything, and the memory with it. */
  void clear() {
    single = null;
    payloads = NO_PAYLOADS;
    ranges = NO_RANGES;
    opcodes = NO_OPCODES;
    head = 0;
    size = 0;
  }

  private void grow() {
    int slots = Math.max(FIRST_SLOTS, 2 * opcodes.length);
    int toEnd = opcodes.length - head;
    byte[] @Nullable [] newPayloads = Arrays.copyOfRange(payloads, head, head + slots);
    int[] newRanges = Arrays.copyOfRange(ranges, 2 * head, 2 * (head + slots));
    Opcode[] newOpcodes = Arrays.copyOfRange(opcodes, head, head + slots);
    System.arraycopy(payloads, 0, newPayloads, toEnd, head);
    System.arraycopy(ranges, 0, newRanges, 2 * toEnd, 2 * head);
    System.arraycopy(opcodes, 0, newOpcodes, toEnd, head);
    payloads = newPayloads;
    ranges = newRanges;
    opcodes = newOpcodes;
    head = 0;
  }
}

package io.towpath.websocket;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait to be written, first in, first out: a ring of parallel arrays, so that
 * queueing makes no object per message. Confined to whoever holds the writer's lock.
 */
final class FrameQueue {
  private static final int FIRST_SLOTS = 8;

  /** A ring longer than this is given up when it has run empty. */
  private static final int KEPT_SLOTS = 64;

  /** Payloads by slot; null in a free slot. Its length is a power of two, or 0 before first use. */
  private byte[] @Nullable [] payloads = new byte[0] @Nullable [];

  /**
   * Offset and length of the payload, two numbers for each slot; all bits of the length are turned
   * if the message is not to be compressed.
   */
  private int[] ranges = {};

  private Opcode[] opcodes = {};

  /** The slot of the oldest message. */
  private int head;

  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Adds a message.
   *
   * @param compressible whether it may be compressed
   */
  void add(Opcode opcode, byte[] payload, int offset, int length, boolean compressible) {
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
    return opcodes[head];
  }

  /** Returns where the payload of the oldest message starts. */
  int offset() {
    return ranges[2 * head];
  }

  /** Returns how long the payload of the oldest message is, in bytes. */
  int length() {
    int length = ranges[2 * head + 1];
    return length < 0 ? ~length : length;
  }

  /** Returns whether the oldest message may be compressed. */
  boolean compressible() {
    return ranges[2 * head + 1] >= 0;
  }

  /** Removes the oldest message and returns the array that holds its payload. */
  byte[] remove() {
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
    payloads = new byte[0] @Nullable [];
    ranges = new int[0];
    opcodes = new Opcode[0];
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

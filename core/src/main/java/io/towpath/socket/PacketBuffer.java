package io.towpath.socket;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Growing bytes that a packet's JSON is written into, and the attachments met on the way. Buffers
 * are recycled in a few slots chosen by thread, which serves platform and virtual threads alike.
 * Not thread safe while in use.
 */
final class PacketBuffer extends OutputStream {
  private static final int INITIAL_BYTES = 512;
  private static final int LARGEST_KEPT = 64 << 10;
  private static final AtomicReferenceArray<PacketBuffer> KEPT = new AtomicReferenceArray<>(64);

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;
  private List<byte[]> attachments = List.of();

  private PacketBuffer() {}

  static PacketBuffer take() {
    PacketBuffer kept = KEPT.getAndSet(slot(), null);
    return kept != null ? kept : new PacketBuffer();
  }

  void giveBack() {
    length = 0;
    attachments = List.of();
    if (bytes.length <= LARGEST_KEPT) {
      KEPT.lazySet(slot(), this);
    }
  }

  private static int slot() {
    return (int) Thread.currentThread().getId() & 63;
  }

  @Override
  public void write(int b) {
    ensure(1);
    bytes[length++] = (byte) b;
  }

  @Override
  public void write(byte[] source, int offset, int count) {
    ensure(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  /** Appends characters that are all ASCII. */
  void ascii(String text) {
    ensure(text.length());
    for (int i = 0; i < text.length(); i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
  }

  /**
   * Appends text in quotes if JSON holds it as it is.
   *
   * @return false if it does not; what has been appended is undefined then
   */
  boolean quotePlain(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (PlainElements.plainEnd(utf8, 0, utf8.length) < utf8.length || hidesSurrogate(text, utf8)) {
      return false;
    }
    ensure(utf8.length + 2);
    bytes[length++] = '"';
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
    bytes[length++] = '"';
    return true;
  }

  /** Whether a question mark stands for half a surrogate pair, which has no form in UTF-8. */
  private static boolean hidesSurrogate(String text, byte[] ascii) {
    for (int i = 0; i < ascii.length; i++) {
      if (ascii[i] == '?' && text.charAt(i) != '?') {
        return true;
      }
    }
    return false;
  }

  /** Drops what was appended after a length. */
  void truncate(int to) {
    length = to;
  }

  /** Adds an attachment and returns its number. */
  int attach(byte[] attachment) {
    if (attachments.isEmpty()) {
      attachments = new ArrayList<>(2);
    }
    attachments.add(attachment);
    return attachments.size() - 1;
  }

  List<byte[]> attachments() {
    return attachments;
  }

  int length() {
    return length;
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, length);
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      int needed = Math.addExact(length, more);
      bytes = Arrays.copyOf(bytes, Math.max(needed, bytes.length * 2));
    }
  }
}

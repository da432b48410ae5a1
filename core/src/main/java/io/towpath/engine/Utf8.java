package io.towpath.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks that bytes are UTF-8 as they come in, in pieces of any size, and refuses at the first byte
 * that cannot belong to it; or a whole text at once. Strict as RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF. (The JDK's decoder waits one byte longer on {@code ed a0}.)
 * Confined to one thread.
 */
public final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final long HIGH_BITS = 0x8080808080808080L;

  /** How many continuation bytes the character under way still needs; 0 between characters. */
  private int due;

  /** The lowest value of the next continuation byte; 0x80 except after E0 and F0. */
  private int low = 0x80;

  /** The highest value of the next continuation byte; 0xBF except after ED and F4. */
  private int high = 0xBF;

  /** Begins a text. */
  public Utf8() {}

  /** Returns whether the bytes from {@code from} up to, not including, {@code to} are UTF-8. */
  public static boolean isValid(byte[] bytes, int from, int to) {
    int start = skipWhole(bytes, from, to);
    if (start == to) {
      return true;
    }
    Utf8 rest = new Utf8();
    return rest.accept(bytes, start, to - start) && rest.isComplete();
  }

  /** Forgets a character under way; a new text begins. */
  public void reset() {
    due = 0;
    low = 0x80;
    high = 0xBF;
  }

  /** Returns whether the text may end here: no character is under way. */
  public boolean isComplete() {
    return due == 0;
  }

  /**
   * Takes the next bytes of the text.
   *
   * @return false as soon as one of them is wrong; this object must then be reset
   */
  public boolean accept(byte[] bytes, int offset, int length) {
    int i = offset;
    int end = offset + length;
    while (i < end) {
      if (due == 0) {
        i = skipWhole(bytes, i, end);
        if (i < end && !lead(bytes[i++] & 0xFF)) {
          return false;
        }
      } else {
        int next = bytes[i++] & 0xFF;
        if (next < low || next > high) {
          return false;
        }
        low = 0x80;
        high = 0xBF;
        due--;
      }
    }
    return true;
  }

  /**
   * Skips characters of up to three bytes that are all here and in order, quickly; stops at
   * anything else, for {@link #accept} to look at.
   *
   * @param end the index behind the last byte
   * @return the index of the first byte that was not skipped
   */
  public static int skipWhole(byte[] bytes, int from, int end) {
    int i = from;
    while (i < end) {
      int first = bytes[i];
      if (first >= 0) {
        i = skipAscii(bytes, i, end);
      } else if (first >= (byte) 0xC2 && first <= (byte) 0xDF) {
        if (i + 1 >= end || bytes[i + 1] >= (byte) 0xC0) {
          return i;
        }
        i += 2;
      } else if (first >= (byte) 0xE0 && first <= (byte) 0xEF) {
        if (i + 2 >= end || !isThree(first, bytes[i + 1], bytes[i + 2])) {
          return i;
        }
        i += 3;
      } else {
        return i;
      }
    }
    return i;
  }

  /** Bytes are signed here: a continuation byte, 80 to BF, is one below C0. */
  private static boolean isThree(int first, byte second, byte third) {
    return second < (byte) 0xC0
        && third < (byte) 0xC0
        && !(first == (byte) 0xE0 && second < (byte) 0xA0)
        && !(first == (byte) 0xED && second > (byte) 0x9F);
  }

  private static int skipAscii(byte[] bytes, int from, int end) {
    int i = from;
    while (i <= end - 8 && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
      i += 8;
    }
    while (i < end && bytes[i] >= 0) {
      i++;
    }
    return i;
  }

  /** Takes the first byte of a character of two to four bytes. RFC 3629 section 4. */
  private boolean lead(int first) {
    if (first < 0xC2 || first > 0xF4) {
      return false;
    }
    if (first < 0xE0) {
      due = 1;
    } else if (first < 0xF0) {
      due = 2;
      if (first == 0xE0) {
        low = 0xA0;
      } else if (first == 0xED) {
        high = 0x9F;
      }
    } else {
      due = 3;
      if (first == 0xF0) {
        low = 0x90;
      } else if (first == 0xF4) {
        high = 0x8F;
      }
    }
    return true;
  }
}

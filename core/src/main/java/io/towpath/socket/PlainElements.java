package io.towpath.socket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the plain elements at the front of a JSON array: ASCII text without escapes, small integers
 * and literals, with no blanks between them. Most events hold nothing else, and need no parser. It
 * decides nothing: at whatever is not plain, valid or not, a parser starts over. Confined to one
 * thread; short-lived.
 */
final class PlainElements {
  /** What the next element is. */
  enum Kind {
    TEXT,
    NULL,
    /** A small integer, true or false. */
    OTHER,
    /** The end of the array, with nothing after it. */
    END,
    /** Something that needs a parser. */
    NOT_PLAIN
  }

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final int MAX_NUMBER = 9;

  private final byte[] bytes;
  private final int end;
  private final int maxText;
  private final int maxNumber;

  /** Where the separator before the next element stands, or the first element. */
  private int at;

  /** How many elements have been taken. */
  private int taken;

  /** The next element after {@link #look}: its text without quotes, and what follows it. */
  private int start;

  private int stop;
  private int next;

  /**
   * Begins after the opening bracket.
   *
   * @param maxText longest text, in characters
   * @param maxNumber longest number, in characters
   */
  PlainElements(byte[] bytes, int from, int end, int maxText, int maxNumber) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    this.maxText = maxText;
    this.maxNumber = Math.min(maxNumber, MAX_NUMBER);
  }

  /** Returns how many elements have been taken. */
  int taken() {
    return taken;
  }

  /** Looks at the next element. */
  Kind look() {
    int i = at;
    if (i < end && bytes[i] == ']') {
      return i + 1 == end ? Kind.END : Kind.NOT_PLAIN;
    }
    if (taken > 0) {
      if (i == end || bytes[i] != ',') {
        return Kind.NOT_PLAIN;
      }
      i++;
    }
    if (i == end) {
      return Kind.NOT_PLAIN;
    }
    byte first = bytes[i];
    if (first == '"') {
      return text(i + 1);
    }
    if (first == 'n') {
      return literal(i, "null") ? Kind.NULL : Kind.NOT_PLAIN;
    }
    boolean plain =
        first == 't'
            ? literal(i, "true")
            : first == 'f' ? literal(i, "false") : integer(i, first == '-' ? i + 1 : i);
    return plain ? Kind.OTHER : Kind.NOT_PLAIN;
  }

  private Kind text(int from) {
    int quote = plainEnd(bytes, from, end);
    if (quote == end || bytes[quote] != '"' || quote - from > maxText) {
      return Kind.NOT_PLAIN;
    }
    start = from;
    stop = quote;
    next = quote + 1;
    return Kind.TEXT;
  }

  private boolean literal(int from, String word) {
    int length = word.length();
    if (end - from < length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[from + i] != word.charAt(i)) {
        return false;
      }
    }
    next = from + length;
    return endsHere(next);
  }

  private boolean integer(int from, int digits) {
    int i = digits;
    while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
      i++;
    }
    boolean leadingZero = i - digits > 1 && bytes[digits] == '0';
    next = i;
    return i > digits && i - from <= maxNumber && !leadingZero && endsHere(i);
  }

  private boolean endsHere(int i) {
    return i < end && (bytes[i] == ',' || bytes[i] == ']');
  }

  /** Takes the element that {@link #look} has seen. */
  void take() {
    at = next;
    taken++;
  }

  /** Returns the text that {@link #look} has seen. */
  String text() {
    return new String(bytes, start, stop - start, StandardCharsets.ISO_8859_1);
  }

  /** Returns where the text begins that {@link #look} has seen. */
  int textStart() {
    return start;
  }

  /** Returns how long the text is that {@link #look} has seen. */
  int textLength() {
    return stop - start;
  }

  /**
   * Returns the index of the first byte that JSON text does not hold as it is: not ASCII, a control
   * character, a quote or a backslash; {@code to} if there is none. Eight bytes at a time.
   */
  static int plainEnd(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long word = (long) LONGS.get(bytes, i);
      long quotes = word ^ ONES * '"';
      long backslashes = word ^ ONES * '\\';
      // The highest bit of a byte is set if it is not ASCII, or below a space, or equal.
      long found =
          word | word - ONES * ' ' | quotes - ONES & ~quotes | backslashes - ONES & ~backslashes;
      if ((found & HIGHS) != 0) {
        break;
      }
    }
    for (; i < to; i++) {
      byte b = bytes[i];
      if (b < ' ' || b == '"' || b == '\\') {
        break;
      }
    }
    return i;
  }
}

package io.towpath.benchmarks;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The inflating half of RFC 7692, with context takeover. Confined to the loop's thread. */
final class Inflating {
  private static final int LARGEST = 1 << 16;

  /** What section 7.2.2 appends before inflating. */
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private final Inflater inflater = new Inflater(true);
  private final byte[] bytes = new byte[LARGEST];

  /** Returns what holds the last message. */
  byte[] bytes() {
    return bytes;
  }

  /** Inflates a message; returns its length. */
  int inflate(byte[] compressed, int start, int length) {
    try {
      inflater.setInput(compressed, start, length);
      int end = inflater.inflate(bytes);
      inflater.setInput(TAIL);
      end += inflater.inflate(bytes, end, LARGEST - end);
      if (inflater.getRemaining() > 0) {
        throw new LoadFailure("a message of more than 64 KiB");
      }
      return end;
    } catch (DataFormatException broken) {
      throw new LoadFailure("a message that cannot be inflated");
    }
  }
}

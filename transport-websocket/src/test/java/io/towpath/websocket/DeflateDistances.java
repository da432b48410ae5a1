package io.towpath.websocket;

import java.util.Arrays;

/**
 * Reads a deflate stream as RFC 1951 describes it, only to find how far back its references reach.
 * The JDK's inflater accepts any distance and cannot be asked.
 */
final class DeflateDistances {
  private static final int[] LENGTH_EXTRA = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
  };
  private static final int[] CODE_LENGTH_ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  private final byte[] stream;
  private int bit;
  private int furthest;

  private DeflateDistances(byte[] stream) {
    this.stream = stream;
  }

  /** Returns the largest distance in the stream, which ends with a final block; 0 if none. */
  static int furthest(byte[] stream) {
    DeflateDistances reader = new DeflateDistances(stream);
    boolean last;
    do {
      last = reader.bits(1) == 1;
      reader.block(reader.bits(2));
    } while (!last);
    return reader.furthest;
  }

  private int bits(int count) {
    int value = 0;
    for (int i = 0; i < count; i++, bit++) {
      value |= (stream[bit >> 3] >> (bit & 7) & 1) << i;
    }
    return value;
  }

  private void block(int type) {
    switch (type) {
      case 0 -> {
        bit = (bit + 7) & ~7;
        int length = bits(16);
        bit += 16 + 8 * length;
      }
      case 1 -> {
        int[] literals = new int[288];
        for (int i = 0; i < 288; i++) {
          literals[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        }
        int[] distances = new int[30];
        Arrays.fill(distances, 5);
        symbols(literals, distances);
      }
      case 2 -> dynamic();
      default -> throw new AssertionError("no such block");
    }
  }

  private void dynamic() {
    int literalCodes = bits(5) + 257;
    int distanceCodes = bits(5) + 1;
    int lengthCodes = bits(4) + 4;
    int[] lengths = new int[19];
    for (int i = 0; i < lengthCodes; i++) {
      lengths[CODE_LENGTH_ORDER[i]] = bits(3);
    }
    int[] all = new int[literalCodes + distanceCodes];
    int at = 0;
    while (at < all.length) {
      int symbol = symbol(lengths);
      if (symbol < 16) {
        all[at++] = symbol;
        continue;
      }
      int value = symbol == 16 ? all[at - 1] : 0;
      int times = symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
      for (int i = 0; i < times; i++) {
        all[at++] = value;
      }
    }
    symbols(Arrays.copyOf(all, literalCodes), Arrays.copyOfRange(all, literalCodes, all.length));
  }

  private void symbols(int[] literals, int[] distances) {
    while (true) {
      int symbol = symbol(literals);
      if (symbol == 256) {
        return;
      }
      if (symbol > 256) {
        bits(LENGTH_EXTRA[symbol - 257]);
        int code = symbol(distances);
        int extra = Math.max(0, code / 2 - 1);
        int base = code < 4 ? code + 1 : ((2 + code % 2) << extra) + 1;
        furthest = Math.max(furthest, base + bits(extra));
      }
    }
  }

  /** Section 3.2.2: reads one symbol of the canonical code that these lengths stand for. */
  private int symbol(int[] lengths) {
    int code = 0;
    int first = 0;
    for (int length = 1; length <= 15; length++) {
      code |= bits(1);
      int count = 0;
      for (int each : lengths) {
        count += each == length ? 1 : 0;
      }
      if (code - first < count) {
        return nth(lengths, length, code - first);
      }
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new AssertionError("no such code");
  }

  private static int nth(int[] lengths, int length, int n) {
    int seen = 0;
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] == length && seen++ == n) {
        return symbol;
      }
    }
    throw new AssertionError("no such symbol");
  }
}

package io.towpath.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** How long answers took, each in a box of one microsecond up to two seconds. One thread. */
final class Latencies {
  private final int[] boxes = new int[2_000_000];
  private long count;

  void add(long nanos) {
    boxes[(int) Math.min(boxes.length - 1, Math.max(0, nanos / 1_000))]++;
    count++;
  }

  /** Returns the latency in microseconds that a part of all answers did not exceed. */
  double quantile(double part) {
    long wanted = (long) Math.ceil(part * count);
    long seen = 0;
    for (int box = 0; box < boxes.length; box++) {
      seen += boxes[box];
      if (seen >= wanted) {
        return box + 1;
      }
    }
    throw new LoadFailure("no answer");
  }

  long count() {
    return count;
  }

  void clear() {
    Arrays.fill(boxes, 0);
    count = 0;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "p50 %.0f us, p99 %.0f us, p99.9 %.0f us of %,d",
        quantile(0.5),
        quantile(0.99),
        quantile(0.999),
        count);
  }
}

package io.towpath.server;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what no event tells. */
final class Await {
  private Await() {}

  /** Returns as soon as a condition holds; fails after ten seconds. */
  static void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within ten seconds: " + what);
      }
      LockSupport.parkNanos(100_000);
    }
  }
}

package io.towpath.testkit.resume;

import io.towpath.engine.Scheduler;
import io.towpath.testkit.FakeScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What everybody in one schedule shares: the time, the dice, and what went wrong. */
final class World {
  final FakeScheduler scheduler = new FakeScheduler();
  final List<String> violations = new ArrayList<>();

  /** Null unless the schedule is told. */
  private final @Nullable List<String> trace;

  private final SplittableRandom dice;

  World(long seed, boolean traced) {
    this.dice = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 1);
    this.trace = traced ? new ArrayList<>() : null;
  }

  long now() {
    return scheduler.now();
  }

  /** Rolls whether something of a probability happens. */
  boolean happens(double probability) {
    return dice.nextDouble() < probability;
  }

  double between(double low, double high) {
    return low + (high - low) * dice.nextDouble();
  }

  /** Rolls a number from low to high, both included. */
  int number(int low, int high) {
    return dice.nextInt(low, high + 1);
  }

  Scheduler.Task after(double millis, Runnable action) {
    return scheduler.schedule(Math.round(Math.max(0, millis)), action);
  }

  Scheduler.Task after(long millis, Runnable action) {
    return scheduler.schedule(Math.max(0, millis), action);
  }

  void log(String event) {
    if (trace != null) {
      trace.add(String.format("%7d %s", now(), event));
    }
  }

  void violation(String what) {
    if (violations.size() < 5) {
      violations.add(now() + ": " + what);
    }
    log("!! " + what);
  }

  List<String> trace() {
    return trace == null ? List.of() : trace;
  }
}

package io.towpath.testkit.resume;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The network's temper: what goes wrong, how often, and until when; rolled once for each schedule.
 * After {@link #honestAt} everything arrives. Probabilities are those of the protocol's model.
 */
final class Network {
  /** A connection that a blackout can stall or silence. */
  interface Stallable {
    /** Nothing arrives before that time. */
    void stall(double until);

    /** Nothing arrives any more. */
    void silence();
  }

  private record Blackout(double from, double to) {}

  final World world;
  final double delayMax;
  final double cutMean;
  final boolean doomed;
  private final double refuse;
  private final double hang;
  private final double mute;
  private final double cut;
  private final double requestLost;
  private final double answerLost;
  private final double requestDelay;
  private final double duplicate;
  private final double buffered;
  private final double bufferedLate;
  private final double streamCut;
  private final double halfOpen;
  private final double jitter;
  private final double unnoticed;
  private final double partial;
  private final double latency;
  private final List<Blackout> blackouts = new ArrayList<>();
  private final Set<Stallable> open = new LinkedHashSet<>();
  private double honestAt;

  Network(World world) {
    this.world = world;
    honestAt = world.happens(.1) ? 0 : world.between(5e3, 150e3);
    latency = world.happens(.3) ? world.between(100, 400) : world.between(2, 60);
    refuse = maybe(.4, world.happens(.5) ? 1 : world.between(0, 1));
    hang = maybe(.2, world.between(0, 1));
    mute = maybe(.3, world.between(0, .8));
    cut = maybe(.6, world.between(.2, 1));
    cutMean = world.between(50, 15_000);
    requestLost = maybe(.4, world.between(0, .4));
    answerLost = maybe(.4, world.between(0, .4));
    requestDelay = maybe(.5, world.between(0, .4));
    delayMax = world.between(2e3, 120e3);
    duplicate = maybe(.4, world.between(0, .6));
    buffered = maybe(.3, world.between(0, 1));
    bufferedLate = maybe(.3, world.between(0, .8));
    streamCut = maybe(.5, world.between(.2, 1));
    halfOpen = maybe(.4, world.between(0, .7));
    jitter = world.between(0, 1);
    unnoticed = world.between(0, .6);
    partial = maybe(.4, world.between(0, .5));
    if (world.happens(.35) && honestAt > 0) {
      for (int left = world.number(1, 2); left > 0; left--) {
        double from = world.between(0, honestAt);
        double span = world.happens(.15) ? world.between(30e3, 110e3) : world.between(500, 25e3);
        blackouts.add(new Blackout(from, from + span));
      }
    }
    for (Blackout blackout : blackouts) {
      honestAt = Math.max(honestAt, blackout.to);
      world.after(blackout.from, () -> begin(blackout));
    }
    doomed = world.happens(.08);
  }

  private double maybe(double chance, double value) {
    return world.happens(chance) ? value : 0;
  }

  private void begin(Blackout blackout) {
    world.log("-- blackout until " + Math.round(blackout.to));
    for (Stallable connection : List.copyOf(open)) {
      if (world.happens(.5)) {
        connection.stall(blackout.to);
      } else {
        connection.silence();
      }
    }
  }

  double honestAt() {
    return honestAt;
  }

  /** Returns whether one blackout lasts so long that a session may end over it. */
  boolean hasLongBlackout(double millis) {
    return blackouts.stream().anyMatch(blackout -> blackout.to - blackout.from > millis);
  }

  boolean isHostile() {
    return world.now() < honestAt;
  }

  boolean isDark() {
    double now = world.now();
    return blackouts.stream().anyMatch(blackout -> now >= blackout.from && now < blackout.to);
  }

  void add(Stallable connection) {
    open.add(connection);
  }

  void remove(Stallable connection) {
    open.remove(connection);
  }

  private boolean rolls(double probability) {
    return isHostile() && world.happens(probability);
  }

  boolean refuses() {
    return rolls(refuse);
  }

  boolean hangs() {
    return rolls(hang);
  }

  boolean mutes() {
    return rolls(mute);
  }

  boolean cuts() {
    return rolls(cut);
  }

  boolean losesRequest() {
    return rolls(requestLost);
  }

  boolean losesAnswer() {
    return rolls(answerLost);
  }

  boolean duplicates() {
    return rolls(duplicate);
  }

  boolean buffers() {
    return rolls(buffered);
  }

  boolean buffersLate() {
    return rolls(bufferedLate);
  }

  boolean cutsStream() {
    return rolls(streamCut);
  }

  boolean leavesHalfOpen() {
    return rolls(halfOpen);
  }

  boolean breaksBody() {
    return rolls(partial);
  }

  /** The extra time that a request or an answer takes: mostly none. */
  double lag() {
    return rolls(requestDelay) ? world.between(0, delayMax) : 0;
  }

  /** How long something is on its way. */
  double delay() {
    double spread = isHostile() ? jitter : .1;
    return latency * (1 + spread * 3 * world.between(0, 1));
  }

  double timeToCut() {
    return -Math.log(1 - world.between(0, 1)) * cutMean;
  }

  /** The client learns of a failure soon, late or never. */
  void tellFailure(Runnable told) {
    if (!rolls(unnoticed)) {
      world.after(delay() + world.between(0, 2000), told);
    }
  }
}

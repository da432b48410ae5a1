package io.towpath.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.Scheduler;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one connection, kept as times. There is at most one timer for all of them, set
 * for the earliest that was known; when that one is moved or cleared meanwhile, the timer goes off
 * for nothing and is set again. So a deadline that is moved with every write costs no timer for
 * each. Any thread; no lock is held while time is asked for or an expiry is told.
 */
final class Deadlines {
  /** What must happen in time. */
  enum Kind {
    /** The network takes some of the bytes that wait. */
    WRITE(0),
    /** The closing handshake, and the end of the link, are done. */
    CLOSE(1),
    /** The message under way is complete. */
    ASSEMBLY(2),
    /** The compressor that is kept is used again. */
    COMPRESSOR(3);

    private final int slot;

    Kind(int slot) {
      this.slot = slot;
    }
  }

  /** Is told, on a thread of the scheduler, that something has not happened in time. */
  interface Expiry {
    /** The deadline has passed; it is cleared. */
    void onExpired(Kind kind);
  }

  private static final long NEVER = Long.MAX_VALUE;
  private static final Kind[] KINDS = Kind.values();

  private final Scheduler scheduler;
  private final Expiry expiry;
  private final Object lock = new Object();

  /** Milliseconds of the scheduler's clock by slot, or NEVER. */
  @GuardedBy("lock")
  private final long[] times = {NEVER, NEVER, NEVER, NEVER};

  @GuardedBy("lock")
  private Scheduler.@Nullable Task timer;

  /** When the timer goes off, or NEVER if there is none. */
  @GuardedBy("lock")
  private long timerTime = NEVER;

  @GuardedBy("lock")
  private boolean stopped;

  Deadlines(Scheduler scheduler, Expiry expiry) {
    this.scheduler = scheduler;
    this.expiry = expiry;
  }

  /** Sets, or moves, a deadline. */
  void set(Kind kind, Duration fromNow) {
    long time = scheduler.now() + fromNow.toMillis();
    synchronized (lock) {
      times[kind.slot] = time;
    }
    setTimer();
  }

  /** Clears a deadline. */
  void clear(Kind kind) {
    synchronized (lock) {
      times[kind.slot] = NEVER;
    }
  }

  /** Clears all deadlines for good. */
  void stop() {
    Scheduler.Task task;
    synchronized (lock) {
      stopped = true;
      Arrays.fill(times, NEVER);
      task = timer;
      timer = null;
    }
    if (task != null) {
      task.cancel();
    }
  }

  private void setTimer() {
    long now = scheduler.now();
    long delay;
    Scheduler.Task old;
    synchronized (lock) {
      long earliest = NEVER;
      for (long time : times) {
        earliest = Math.min(earliest, time);
      }
      if (stopped || timerTime <= earliest) {
        return;
      }
      timerTime = earliest;
      delay = earliest - now;
      old = timer;
    }
    if (old != null) {
      old.cancel();
    }
    Scheduler.Task task = scheduler.schedule(delay, this::onTimer);
    boolean late;
    synchronized (lock) {
      late = stopped;
      timer = late ? null : task;
    }
    if (late) {
      task.cancel();
    }
  }

  private void onTimer() {
    long now = scheduler.now();
    synchronized (lock) {
      timerTime = NEVER;
    }
    for (Kind kind : KINDS) {
      if (hasExpired(kind, now)) {
        expiry.onExpired(kind);
      }
    }
    setTimer();
  }

  private boolean hasExpired(Kind kind, long now) {
    synchronized (lock) {
      if (stopped || now < times[kind.slot]) {
        return false;
      }
      times[kind.slot] = NEVER;
      return true;
    }
  }
}

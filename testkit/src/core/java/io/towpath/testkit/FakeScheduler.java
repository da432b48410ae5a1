package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler whose time moves by hand. Actions run on the thread that calls {@link #advance} or
 * {@link #runDue}, in the order of their times; those of one time in the order in which they were
 * scheduled. Any thread may schedule; one thread at a time moves the time.
 */
public final class FakeScheduler implements Scheduler {
  @GuardedBy("this")
  private final PriorityQueue<Entry> tasks =
      new PriorityQueue<>(
          Comparator.<Entry>comparingLong(entry -> entry.time)
              .thenComparingLong(entry -> entry.number));

  @GuardedBy("this")
  private long now;

  @GuardedBy("this")
  private long scheduled;

  private volatile boolean mayWait = true;

  /** Creates a scheduler whose time is 0. */
  public FakeScheduler() {}

  @Override
  public synchronized long now() {
    return now;
  }

  @Override
  public boolean mayWait() {
    return mayWait;
  }

  /** Sets what {@link #mayWait} says; true at first. */
  public void setMayWait(boolean may) {
    mayWait = may;
  }

  @Override
  public synchronized Task schedule(long delayMillis, Runnable action) {
    Entry entry = new Entry(now + Math.max(0, delayMillis), scheduled++, action);
    tasks.add(entry);
    return entry;
  }

  /**
   * Moves the time forward and runs what becomes due on the way, each action at its own time;
   * actions that these schedule run too when they fall into the span.
   *
   * @param millis milliseconds to move, 0 or more
   */
  public void advance(long millis) {
    long end = now() + millis;
    for (Entry due = next(end); due != null; due = next(end)) {
      due.action.run();
    }
    synchronized (this) {
      now = end;
    }
  }

  /** Runs what is due now, without moving the time. */
  public void runDue() {
    advance(0);
  }

  /** Returns how many actions are still to run; 0 means that nothing was left behind. */
  public synchronized int pending() {
    return tasks.size();
  }

  private synchronized @Nullable Entry next(long end) {
    Entry first = tasks.peek();
    if (first == null || first.time > end) {
      return null;
    }
    now = Math.max(now, first.time);
    return tasks.poll();
  }

  private void remove(Entry entry) {
    synchronized (this) {
      tasks.remove(entry);
    }
  }

  /** One scheduled action. */
  private final class Entry implements Task {
    final long time;
    final long number;
    final Runnable action;

    Entry(long time, long number, Runnable action) {
      this.time = time;
      this.number = number;
      this.action = action;
    }

    @Override
    public void cancel() {
      remove(this);
    }
  }
}

package io.towpath.socket;

import io.towpath.engine.EngineSession;
import io.towpath.engine.Scheduler;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Looks after sessions whose output is held back while a burst of handlers runs, so that a handler
 * that blocks never delays what was emitted before it by more than a few milliseconds. Ticks only
 * while bursts run. Any thread.
 */
final class BurstWatch {
  private static final int TICK_MILLIS = 5;
  private static final int SLOTS = 64;

  private final Scheduler scheduler;
  private final AtomicReferenceArray<@Nullable EngineSession> running =
      new AtomicReferenceArray<>(SLOTS);
  private final AtomicBoolean armed = new AtomicBoolean();

  /** What the last tick saw; touched by ticks only, which never overlap. */
  private final @Nullable EngineSession[] seen = new EngineSession[SLOTS];

  BurstWatch(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * Holds back a session's output. Returns a ticket for {@link #leave}; negative if there was no
   * room, and nothing is held.
   */
  int enter(EngineSession session) {
    int slot = (int) Thread.currentThread().getId() & (SLOTS - 1);
    if (!running.compareAndSet(slot, null, session)) {
      return -1;
    }
    session.cork();
    if (!armed.get() && armed.compareAndSet(false, true)) {
      scheduler.schedule(TICK_MILLIS, this::tick);
    }
    return slot;
  }

  /** Ends a burst and writes what it has emitted. */
  void leave(int ticket, EngineSession session) {
    if (ticket >= 0) {
      running.set(ticket, null);
      session.uncork();
    }
  }

  private void tick() {
    boolean busy = false;
    for (int i = 0; i < SLOTS; i++) {
      EngineSession session = running.get(i);
      if (session != null) {
        busy = true;
        if (session == seen[i]) {
          session.flush();
        }
      }
      seen[i] = session;
    }
    if (!busy) {
      armed.set(false);
      for (int i = 0; i < SLOTS && !busy; i++) {
        busy = running.get(i) != null;
      }
      if (!busy || !armed.compareAndSet(false, true)) {
        return;
      }
    }
    scheduler.schedule(TICK_MILLIS, this::tick);
  }
}

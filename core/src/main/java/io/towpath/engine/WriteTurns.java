package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions that wait for one I/O thread to write what a {@link FanOut} has queued for them, each at
 * most once. What comes for a session that is waiting already leaves in the same write, so that
 * many broadcasts at a time cost little more than one. After a turn the thread looks at its
 * connections again before it goes on. Any thread.
 */
final class WriteTurns implements Runnable {
  /** After so many sessions the I/O thread gets to its connections; half a millisecond or so. */
  static final int SESSIONS_PER_TURN = 64;

  /** A queue that has been longer than this is given up when it has run empty. */
  private static final int KEPT_SESSIONS = 1_024;

  private static final Logger log = LoggerFactory.getLogger(WriteTurns.class);

  private final Executor thread;

  /** Whose turn it is; touched by the one turn that runs. */
  private final @Nullable EngineSession[] turn = new EngineSession[SESSIONS_PER_TURN];

  /** Bounded by the sessions that there are, because each is here once. */
  @GuardedBy("this")
  private ArrayDeque<EngineSession> waiting = new ArrayDeque<>();

  /** The most that have waited since the queue was new. */
  @GuardedBy("this")
  private int most;

  /** Whether a turn is under way, or somebody has yet to ask for it. */
  @GuardedBy("this")
  private boolean busy;

  /** Creates the line of an I/O thread; see {@link Transport#ioThread}. */
  WriteTurns(Executor thread) {
    this.thread = thread;
  }

  /**
   * Adds a session that is not here.
   *
   * @return whether the caller has to call {@link #start}, when it has added all that it has
   */
  synchronized boolean add(EngineSession session) {
    waiting.add(session);
    most = Math.max(most, waiting.size());
    if (busy) {
      return false;
    }
    busy = true;
    return true;
  }

  /** Asks the I/O thread for a turn. */
  void start() {
    // If it has ended, so have its connections: who waits finds that out here.
    while (!isAsked() && turn()) {}
  }

  private boolean isAsked() {
    try {
      thread.execute(this);
      return true;
    } catch (RejectedExecutionException stopped) {
      return false;
    }
  }

  /** One turn; called by the I/O thread, which looks at its connections before the next one. */
  @Override
  public void run() {
    if (turn()) {
      start();
    }
  }

  /** Writes for some sessions; returns whether others may wait. */
  private boolean turn() {
    int left = SESSIONS_PER_TURN;
    while (left > 0) {
      int count = take(left);
      if (count == 0) {
        return false;
      }
      left -= count;
      for (int i = 0; i < count; i++) {
        EngineSession session = turn[i];
        turn[i] = null;
        if (session != null) {
          write(session);
        }
      }
    }
    return true;
  }

  /** Takes some of those that wait; if there are none, this was the last turn for now. */
  private synchronized int take(int limit) {
    int count = 0;
    EngineSession next;
    while (count < limit && (next = waiting.poll()) != null) {
      turn[count++] = next;
    }
    if (count == 0) {
      busy = false;
      if (most > KEPT_SESSIONS) {
        waiting = new ArrayDeque<>();
      }
      most = 0;
    }
    return count;
  }

  /** Writes what waits for a session. */
  static void write(EngineSession session) {
    try {
      session.pump.takeTurn();
    } catch (RuntimeException unexpected) {
      // One listener's fault must not cost the others their turn.
      log.error("a session could not be written", unexpected);
    }
  }
}

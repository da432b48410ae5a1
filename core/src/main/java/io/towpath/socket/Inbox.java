package io.towpath.socket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.EngineSession;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the handlers of one socket: they run one at a time and in order, on the handler
 * threads, and a hop to them costs one wake-up for a whole burst. What they emit leaves in one
 * write at the end of the burst. Knows nothing of what it holds. Any thread.
 */
abstract class Inbox implements Runnable {
  /** After so many rounds another socket's handlers get their turn. */
  private static final int ROUNDS = 8;

  private final EngineSession session;
  private final Surroundings surroundings;

  /**
   * What the inboxes of a server share.
   *
   * @param executor runs the handlers
   * @param options the bounds
   */
  record Surroundings(Executor executor, BurstWatch watch, SocketOptions options) {}

  /** Null while nothing waits, so that an idle socket owns no queue. */
  @GuardedBy("this")
  private @Nullable ArrayDeque<Object> waiting;

  @GuardedBy("this")
  private boolean running;

  /** The thread that handles now; null while nobody does, or a turn is waited for. */
  @GuardedBy("this")
  private @Nullable Thread runner;

  /** Whether the executor has called back on the spot. */
  @GuardedBy("this")
  private boolean anotherTurn;

  /** Events in {@link #waiting}; as many again may be in the batch that is being handled. */
  @GuardedBy("this")
  private int messages;

  /** What those events hold. */
  @GuardedBy("this")
  private long bytes;

  /** Whether this inbox has paused the session's reading. */
  @GuardedBy("this")
  private boolean paused;

  Inbox(EngineSession session, Surroundings surroundings) {
    this.session = session;
    this.surroundings = surroundings;
  }

  /** Handles something that was added; must not throw. One call at a time, in order. */
  abstract void handle(Object item);

  /**
   * Adds something to be handled; {@link #wake} must follow, at the latest at the end of the burst.
   *
   * @param size the memory that it holds, in bytes; 0 for what counts against no bound
   */
  void add(Object item, int size) {
    synchronized (this) {
      if (waiting == null) {
        waiting = new ArrayDeque<>();
      }
      waiting.add(item);
      if (size == 0) {
        return;
      }
      messages++;
      bytes += size;
      SocketOptions options = surroundings.options;
      if (paused || messages < options.maxInboxMessages() && bytes < options.maxInboxBytes()) {
        return;
      }
      paused = true;
    }
    session.setReceiving(false);
  }

  /**
   * Handles something on the calling thread if nothing else is waiting or being handled; what comes
   * meanwhile waits for it. Only for what runs none of the application's code.
   *
   * @return false if it has to be added instead
   */
  boolean handleHere(Object item) {
    synchronized (this) {
      if (running || waiting != null) {
        return false;
      }
      running = true;
    }
    handle(item);
    synchronized (this) {
      running = false;
    }
    wake();
    return true;
  }

  /** Makes sure that what was added will be handled. */
  void wake() {
    synchronized (this) {
      if (running || waiting == null) {
        return;
      }
      running = true;
    }
    if (!execute()) {
      run();
    }
  }

  /** Returns false if the executor has been shut down by its owner: what is left runs here. */
  private boolean execute() {
    try {
      surroundings.executor.execute(this);
      return true;
    } catch (RejectedExecutionException shuttingDown) {
      return false;
    }
  }

  /** Handles what waits; called by the executor. */
  @Override
  public void run() {
    synchronized (this) {
      if (runner == Thread.currentThread()) {
        // An executor that runs tasks on the spot was asked for another turn: no deeper than this.
        anotherTurn = true;
        return;
      }
      runner = Thread.currentThread();
    }
    boolean mine = true;
    while (mine) {
      if (handleRounds()) {
        return;
      }
      mine = !execute() || takeTurn();
    }
  }

  /** Whether the executor has given the turn that was asked for to this very thread. */
  private synchronized boolean takeTurn() {
    boolean onTheSpot = runner == Thread.currentThread() && anotherTurn;
    if (onTheSpot) {
      anotherTurn = false;
    } else if (runner == Thread.currentThread()) {
      runner = null;
    }
    return onTheSpot;
  }

  /** Handles some of what waits; returns whether nothing is left. */
  private boolean handleRounds() {
    int ticket = surroundings.watch.enter(session);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        ArrayDeque<Object> batch;
        synchronized (this) {
          batch = waiting;
          waiting = null;
          messages = 0;
          bytes = 0;
          if (batch == null) {
            running = false;
            runner = null;
            return true;
          }
        }
        Object item;
        while ((item = batch.poll()) != null) {
          handle(item);
        }
        settle();
      }
      return false;
    } finally {
      surroundings.watch.leave(ticket, session);
    }
  }

  private void settle() {
    synchronized (this) {
      SocketOptions options = surroundings.options;
      if (!paused
          || messages > options.maxInboxMessages() / 2
          || bytes > options.maxInboxBytes() / 2) {
        return;
      }
      paused = false;
    }
    session.setReceiving(true);
  }
}

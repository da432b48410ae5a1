package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.EngineSession.State;
import java.util.List;

/**
 * The way of messages out of a session: they are queued, and whoever finds the transport writable
 * and nobody writing writes until the queue is empty. So messages leave one at a time and in order,
 * whichever threads send them, and only here.
 *
 * <p>Threads: any. Has no state of its own: {@link Outflow} and the session decide under the
 * session's lock, which is not held while this acts.
 */
final class Pump {
  /** How often a thread that waits for room looks again, beside being told. */
  private static final long ROOM_PAUSE_MILLIS = 50;

  private final EngineSession session;

  Pump(EngineSession session) {
    this.session = session;
  }

  // Into the queue.

  /** Queues a message and writes what can be written; see {@link EngineSession#send}. */
  boolean send(MessageBatch message, boolean droppable) {
    return enqueue(message, droppable, false);
  }

  /** Queues a message of a fan-out, for the session's turn if it is small; see {@link FanOut}. */
  boolean send(MessageBatch message, boolean droppable, FanOut fanOut) {
    WriteTurns turns = session.current.turns;
    boolean waits;
    synchronized (session.lock) {
      Outflow outflow = session.outflow;
      // So little that no bound is near. What may be replaced leaves at once, if it can.
      if (turns != null
          && session.state == State.OPEN
          && !outflow.isCorked()
          && message.key() == null
          && session.canWrite()
          && outflow.bytes() + message.size() <= session.sessions.maxTurnBytes()
          && outflow.add(message)) {
        if (!outflow.awaitTurn()) {
          return true;
        }
        waits = false;
      } else {
        turns = null;
        waits = outflow.policy() == SlowConsumer.BLOCK;
      }
    }
    if (turns != null) {
      fanOut.add(session, turns);
      return true;
    }
    if (waits) {
      fanOut.end();
    }
    return send(message, droppable);
  }

  /** Writes what a fan-out has queued. */
  void takeTurn() {
    synchronized (session.lock) {
      session.outflow.takeTurn();
    }
    run();
  }

  private boolean enqueue(MessageBatch message, boolean droppable, boolean flushed) {
    boolean added;
    boolean late;
    boolean wait;
    synchronized (session.lock) {
      Outflow outflow = session.outflow;
      if (session.state != State.OPEN) {
        return false;
      }
      if (droppable && !session.canWrite()) {
        return false;
      }
      late = outflow.awaitsTurn() && !flushed && !outflow.hasRoomFor(message);
      added = !late && outflow.add(message);
      if (added && outflow.isSeenTo()) {
        return true;
      }
      wait = outflow.policy() == SlowConsumer.BLOCK;
    }
    if (late) {
      // What waits for its turn could have left: it must not be why there is no room.
      flush();
      return enqueue(message, droppable, true);
    }
    if (added) {
      run();
      return true;
    }
    if (wait && session.sessions.wheel().mayWait()) {
      return enqueueWaiting(message);
    }
    session.overflow();
    return false;
  }

  /** Waits until there is room, while what corks hold back leaves too: else none might come. */
  private boolean enqueueWaiting(MessageBatch message) {
    synchronized (session.lock) {
      session.outflow.beginWait();
    }
    boolean added = false;
    try {
      while (!added) {
        run();
        synchronized (session.lock) {
          if (session.state != State.OPEN) {
            return false;
          }
          added = session.outflow.add(message);
          if (!added) {
            // Looks again by itself: room under the bound for all peers is made elsewhere.
            session.lock.wait(ROOM_PAUSE_MILLIS);
          }
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      synchronized (session.lock) {
        session.outflow.endWait();
      }
    }
    run();
    return true;
  }

  // Out of the queue.

  /** Lets out what has been queued since the session was made; before this nothing is written. */
  void start() {
    synchronized (session.lock) {
      session.outflow.endWrite();
    }
    run();
  }

  /** Holds back writing until {@link #uncork}. */
  void cork() {
    synchronized (session.lock) {
      session.outflow.cork();
    }
  }

  /** Takes back a cork and writes what it has held back. */
  void uncork() {
    boolean due;
    synchronized (session.lock) {
      due = session.outflow.uncork();
    }
    if (due) {
      run();
    }
  }

  /** Takes back the cork of a burst, so that what the burst has caused leaves in one write. */
  void endBurst(Carrier from) {
    boolean due;
    synchronized (session.lock) {
      due = session.outflow.endBurst(from) && !session.outflow.isEmpty();
    }
    if (due) {
      run();
    }
  }

  /** Writes what may be written, unless corks hold it back. */
  void run() {
    run(false);
  }

  /** Writes what may be written, although corks hold it back. */
  void flush() {
    run(true);
  }

  private void run(boolean despiteCorks) {
    while (true) {
      Carrier to;
      List<? extends Outgoing> batch;
      boolean closing = false;
      synchronized (session.lock) {
        State state = session.state;
        Outflow outflow = session.outflow;
        to = session.current;
        if (outflow.isWriting() || to.closing || state == State.CLOSED) {
          return;
        }
        if (state == State.OPEN && !despiteCorks && outflow.isHeldBack()) {
          return;
        }
        batch = session.take(to);
        if (!batch.isEmpty()) {
          outflow.beginWrite();
        } else if (state == State.CLOSING && session.closesWith(to)) {
          to.closing = true;
          closing = true;
        } else {
          return;
        }
      }
      if (closing) {
        // Nothing follows on this transport; an upgrade that is completed now closes the new one.
        session.closeLast(to);
        return;
      }
      to.transport.send(batch);
      boolean drained;
      boolean replaced;
      synchronized (session.lock) {
        session.outflow.endWrite();
        replaced = to != session.current;
        if (!replaced && to.transport.isWritable()) {
          session.written();
        }
        drained = takeDrain();
      }
      if (drained) {
        session.listener.onDrain();
      }
      if (replaced) {
        // The switch left this to us: what the old transport was given had to leave first.
        session.letGo(to);
      }
    }
  }

  /** The current transport takes something again: what it was given is written. */
  void onWritable() {
    boolean drained;
    synchronized (session.lock) {
      session.written();
      drained = takeDrain();
    }
    run();
    session.currentIsWritable();
    if (drained) {
      session.listener.onDrain();
    }
  }

  /** Tells the listener that there is room again, if somebody waits for it. */
  void tellDrain() {
    boolean drained;
    synchronized (session.lock) {
      drained = takeDrain();
    }
    if (drained) {
      session.listener.onDrain();
    }
  }

  /** Returns whether somebody has to be told now that there is room again. */
  @GuardedBy("session.lock")
  private boolean takeDrain() {
    boolean due =
        session.outflow.isDrainDue()
            && session.state == State.OPEN
            && session.isWritten()
            && session.current.transport.isWritable();
    if (due) {
      session.outflow.drained();
    }
    return due;
  }
}

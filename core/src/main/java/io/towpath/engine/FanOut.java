package io.towpath.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message on its way to many sessions. It is queued for each at once, so that its place in
 * their order is fixed; a few are written by the caller, in {@link #end}, and many by the I/O
 * threads of their transports, which are asked once each, see {@link WriteTurns}. Who emits faster
 * than they write does a part of the writing: no more than {@link #MAX_WAITING_BYTES} wait for a
 * turn. Used by one thread.
 */
public final class FanOut {
  /**
   * Not more than this waits for a session's turn, which fills one write; past it the caller
   * writes.
   */
  static final int MAX_WAITING_BYTES = 16 << 10;

  /** So many are written faster than another thread is woken for them. */
  static final int FEW = 8;

  private final @Nullable EngineSession[] few = new EngineSession[FEW];
  private final @Nullable WriteTurns[] turnsOfFew = new WriteTurns[FEW];

  /**
   * How many wait in {@link #few}; one more than there is room for when all wait for their turns.
   */
  private int count;

  /** Which I/O threads have to be asked; null while none has. */
  private @Nullable List<WriteTurns> asked;

  /** Creates a fan-out without receivers. */
  public FanOut() {}

  /**
   * Queues a message for a session; {@link #end} must follow, whatever happens.
   *
   * @param droppable whether it is dropped if the transport cannot take it now
   * @return as {@link EngineSession#send}
   */
  public boolean send(EngineSession session, MessageBatch message, boolean droppable) {
    return session.pump.send(message, droppable, this);
  }

  /** Sees to it that a session gets its turn. Called without any lock. */
  void add(EngineSession session, WriteTurns turns) {
    if (count < FEW) {
      few[count] = session;
      turnsOfFew[count++] = turns;
      return;
    }
    if (count == FEW) {
      count++;
      for (int i = 0; i < FEW; i++) {
        join(few[i], turnsOfFew[i]);
        few[i] = null;
      }
    }
    join(session, turns);
  }

  private void join(@Nullable EngineSession session, @Nullable WriteTurns turns) {
    if (session != null && turns != null && turns.add(session)) {
      if (asked == null) {
        asked = new ArrayList<>(4);
      }
      asked.add(turns);
    }
  }

  /** Lets everything leave. */
  public void end() {
    List<WriteTurns> toStart = asked;
    int toWrite = Math.min(count, FEW);
    asked = null;
    count = 0;
    for (int i = 0; i < toWrite; i++) {
      EngineSession session = few[i];
      few[i] = null;
      if (session != null) {
        WriteTurns.write(session);
      }
    }
    if (toStart != null) {
      toStart.forEach(WriteTurns::start);
    }
  }
}

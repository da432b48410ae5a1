package io.towpath.engine;

/**
 * What waits to leave one session, and who lets it out: one writer at a time, whom corks hold back;
 * threads that wait for room; one who waits to be told of it. Decides; {@link Pump} acts. It is the
 * queue itself, because there are many sessions and each object counts.
 *
 * <p>Not thread safe: guarded by the lock of its session.
 */
final class Outflow extends OutboundQueue {
  /** Whether somebody writes; at first, whether the session has yet to begin. */
  private boolean writing = true;

  /** Whether a {@link FanOut} has queued something that this session's turn will write. */
  private boolean awaitsTurn;

  /** How many bursts hold back the writer, so that it writes once for all of them. */
  private int corks;

  /** How many threads wait for room in the queue. */
  private int blocked;

  /** Whether somebody was told that the session is not writable and waits for a drain. */
  private boolean drainWanted;

  Outflow(EngineSessions sessions) {
    super(sessions);
  }

  // The writer.

  /** Returns whether somebody writes, who will look again for what has come meanwhile. */
  boolean isWriting() {
    return writing;
  }

  /** Somebody writes from now on. */
  void beginWrite() {
    writing = true;
  }

  /** Nobody writes any more. */
  void endWrite() {
    writing = false;
  }

  // The corks.

  /** Returns whether writing is put off. Not while threads wait for room: none might come then. */
  boolean isHeldBack() {
    return corks > 0 && blocked == 0;
  }

  /** Returns whether there is a cork, or a writer: one of them sees to what is queued now. */
  boolean isSeenTo() {
    return corks > 0 || writing;
  }

  boolean isCorked() {
    return corks > 0;
  }

  void cork() {
    corks++;
  }

  /** Takes back a cork; returns whether something waits that none holds back any more. */
  boolean uncork() {
    corks--;
    return corks <= 0 && !isEmpty();
  }

  /** A transport has brought a message: there is one cork for all of its burst. */
  void beginBurst(Carrier from) {
    if (!from.bursting) {
      from.bursting = true;
      corks++;
    }
  }

  /** Takes back the cork of a burst; returns whether there was one. */
  boolean endBurst(Carrier from) {
    boolean ended = from.bursting;
    if (ended) {
      from.bursting = false;
      corks--;
    }
    return ended;
  }

  // The turn.

  /** Returns whether something is queued that this session's turn will write. */
  boolean awaitsTurn() {
    return awaitsTurn;
  }

  /** Begins to wait for the session's turn; returns false if that has begun already. */
  boolean awaitTurn() {
    boolean begins = !awaitsTurn;
    awaitsTurn = true;
    return begins;
  }

  /** The session's turn has come. */
  void takeTurn() {
    awaitsTurn = false;
  }

  // Who waits for room.

  /** Returns whether threads wait for room, and have to be told of it. */
  boolean isAwaited() {
    return blocked > 0;
  }

  /** A thread begins to wait for room. */
  void beginWait() {
    blocked++;
  }

  /** A thread has ceased to wait for room. */
  void endWait() {
    blocked--;
  }

  /** Somebody was told that the session is not writable. */
  void wantDrain() {
    drainWanted = true;
  }

  /** Returns whether somebody waits for a drain and nothing waits here any more. */
  boolean isDrainDue() {
    return drainWanted && isEmpty();
  }

  /** Whoever waited for a drain is about to be told. */
  void drained() {
    drainWanted = false;
  }
}

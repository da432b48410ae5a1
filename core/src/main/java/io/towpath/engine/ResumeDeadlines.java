package io.towpath.engine;

/**
 * When what is due in a resumable session, beside its heartbeat: the end of the window, of a silent
 * long-poll, of the wait for an acknowledgement to be sent, and of that for the last ones to come.
 *
 * <p>Pure; not thread safe: guarded by the lock of its session.
 */
final class ResumeDeadlines {
  /** How long an acknowledgement may wait on WebSocket. */
  static final long ACK_MILLIS = 200;

  /**
   * How long a closing session waits for the client's acknowledgements before it says goodbye: a
   * client that has been told may not acknowledge any more.
   */
  static final long GOODBYE_MILLIS = 2_000;

  private final long window;
  private final long pingTimeout;

  private long windowEnd = DeadlineWheel.NEVER;

  /** When a long-poll without a parked GET is dead. */
  private long idleEnd = DeadlineWheel.NEVER;

  private long ackAt = DeadlineWheel.NEVER;
  private long goodbyeAt = DeadlineWheel.NEVER;

  ResumeDeadlines(EngineOptions options) {
    this.window = options.resume().window();
    this.pingTimeout = options.pingTimeout();
  }

  /** Returns when something is due. */
  long next() {
    return Math.min(Math.min(windowEnd, idleEnd), Math.min(ackAt, goodbyeAt));
  }

  /** A sign of life has come. */
  void beat(boolean poll, long now) {
    idleEnd = poll ? now + pingTimeout : DeadlineWheel.NEVER;
  }

  /** A transport carries the session; on WebSocket what came on the former one is acknowledged. */
  void attached(boolean webSocket, long now) {
    windowEnd = DeadlineWheel.NEVER;
    ackAt = webSocket ? now + ACK_MILLIS : DeadlineWheel.NEVER;
  }

  /** No transport carries the session. */
  void detached(long now) {
    windowEnd = now + window;
    idleEnd = DeadlineWheel.NEVER;
    ackAt = DeadlineWheel.NEVER;
  }

  /** Something has come that is to be acknowledged; returns whether its time begins to run. */
  boolean oweAck(long now) {
    boolean begins = ackAt == DeadlineWheel.NEVER;
    ackAt = begins ? now + ACK_MILLIS : ackAt;
    return begins;
  }

  /** All is acknowledged. */
  void acknowledged() {
    ackAt = DeadlineWheel.NEVER;
  }

  /** The session is being closed. */
  void closing(long now) {
    goodbyeAt = now + GOODBYE_MILLIS;
  }

  /** Returns whether the window is over. */
  boolean isWindowOver(long now) {
    return now >= windowEnd;
  }

  /** Returns whether an acknowledgement is due, once. */
  boolean takeAck(long now) {
    boolean due = now >= ackAt;
    ackAt = due ? DeadlineWheel.NEVER : ackAt;
    return due;
  }

  /** Returns whether the goodbye no longer waits, once. */
  boolean takeGoodbye(long now) {
    boolean due = now >= goodbyeAt;
    goodbyeAt = due ? DeadlineWheel.NEVER : goodbyeAt;
    return due;
  }

  /**
   * Returns whether a long-poll has been silent for too long.
   *
   * @param excused whether a GET is parked, or nothing is read, so that it may be silent
   */
  boolean isIdle(boolean excused, long now) {
    if (now >= idleEnd && excused) {
      idleEnd = now + pingTimeout;
    }
    return now >= idleEnd;
  }
}

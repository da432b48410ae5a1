package io.towpath.engine;

/**
 * When the next ping is due, and until when its pong may take. Revision 4: the server asks.
 * Revision 3: the client does, and has to within interval and timeout.
 *
 * <p>Pure; not thread safe: guarded by the lock of its session.
 */
final class Heartbeat {
  private final boolean revision3;
  private final EngineOptions options;

  private long nextPingAt = DeadlineWheel.NEVER;
  private long pongDeadline = DeadlineWheel.NEVER;

  /**
   * Whether the wait for the pong has been extended by other traffic; once for each ping, as the
   * reference does.
   */
  private boolean extended;

  Heartbeat(EngineOptions options, boolean revision3) {
    this.revision3 = revision3;
    this.options = options;
  }

  /**
   * A sign of life has come. Revision 4: the next ping is due after the interval. Revision 3: the
   * client's own is.
   *
   * @return when something is due
   */
  long restart(long now) {
    nextPingAt = revision3 ? DeadlineWheel.NEVER : now + options.pingInterval();
    pongDeadline = revision3 ? now + patience() : DeadlineWheel.NEVER;
    return next();
  }

  /** Nothing is due any more. */
  void stop() {
    nextPingAt = DeadlineWheel.NEVER;
    pongDeadline = DeadlineWheel.NEVER;
  }

  /** Returns when something is due. */
  long next() {
    return Math.min(nextPingAt, pongDeadline);
  }

  /** Returns whether a ping has to be sent now, and begins to wait for its pong. */
  boolean takePing(long now) {
    if (now < nextPingAt || pongDeadline != DeadlineWheel.NEVER) {
      return false;
    }
    extended = false;
    // Counted from when the ping was due, so that a poll at the end of the timeout finds it over;
    // but a timer that was very late leaves the peer half the timeout at least.
    long timeout = options.pingTimeout();
    pongDeadline = Math.max(nextPingAt, now - timeout / 2) + timeout;
    nextPingAt = DeadlineWheel.NEVER;
    return true;
  }

  /** Returns whether the pong is overdue. */
  boolean isMissed(long now) {
    return now >= pongDeadline;
  }

  /** Returns whether a pong is waited for that has not been extended. */
  boolean mayExtend() {
    return !revision3 && pongDeadline != DeadlineWheel.NEVER && !extended;
  }

  /** Other traffic has come while a pong is waited for. */
  void extendOnce(long now) {
    extended = true;
    pongDeadline = now + options.pingTimeout();
  }

  /** Waits for the pong, if one is waited for, as long as at first. */
  void excuse(long now) {
    if (pongDeadline != DeadlineWheel.NEVER) {
      pongDeadline = now + patience();
    }
  }

  /** How long the peer may be silent once something is expected of it. */
  private long patience() {
    return options.pingTimeout() + (revision3 ? options.pingInterval() : 0);
  }
}

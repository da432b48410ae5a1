package io.towpath.socket;

import io.towpath.engine.DeadlineWheel;

/**
 * The two things that a session may take too long for: joining its first namespace, and sending the
 * attachments that a packet has announced. Their time does not run while no transport carries the
 * session, because its client can do neither then.
 *
 * <p>Guarded by the router's lock, which callers hold; times are in milliseconds of the wheel.
 */
final class SessionDeadlines extends DeadlineWheel.Entry {
  private static final long NEVER = DeadlineWheel.NEVER;

  private final NamespaceRouter router;

  // Guarded by the router, all three.

  private long connect = NEVER;
  private long attachments = NEVER;

  /** Since when no transport carries the session; NEVER while one does. */
  private long pausedSince = NEVER;

  SessionDeadlines(NamespaceRouter router) {
    this.router = router;
  }

  /** Expects the first namespace to be joined by then. */
  void expectConnect(long deadline) {
    connect = deadline;
  }

  /** A namespace has been joined. */
  void connected() {
    connect = NEVER;
  }

  /** Expects the attachments of a packet to be there by then. */
  void expectAttachments(long deadline) {
    attachments = deadline;
  }

  /** The attachments are there. */
  void attached() {
    attachments = NEVER;
  }

  /** Whether nothing is expected and no time stands still. */
  boolean isIdle() {
    return connect == NEVER && attachments == NEVER && pausedSince == NEVER;
  }

  /** No transport carries the session any more. */
  void pause(long now) {
    pausedSince = now;
  }

  /** A transport carries the session again; returns when to look, or NEVER. */
  long resume(long now) {
    connect = later(connect, now - pausedSince);
    attachments = later(attachments, now - pausedSince);
    pausedSince = NEVER;
    return next();
  }

  private static long later(long deadline, long millis) {
    return deadline == NEVER ? deadline : deadline + millis;
  }

  private long next() {
    return Math.min(connect, attachments);
  }

  @Override
  protected long onDeadline(long now) {
    synchronized (router) {
      if (pausedSince != NEVER) {
        return NEVER;
      }
      if (now < next()) {
        return next();
      }
    }
    router.overdue();
    return NEVER;
  }
}

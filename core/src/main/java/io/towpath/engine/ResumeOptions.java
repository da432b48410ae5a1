package io.towpath.engine;

import java.time.Duration;

/**
 * Options of resumable sessions, which only clients get that ask for them. Immutable; any thread.
 *
 * @param enabled whether there are any; if not, every session is a classic one. Default true
 * @param window milliseconds that a session without a transport waits for its client; raised to the
 *     ping interval and timeout and 10 s if it is less. Default 60 s
 * @param buffer bytes that may be kept for such a session; a new message past it ends the session,
 *     or what {@link SlowConsumer} says. Each message counts 64 bytes more than it has. Half of it
 *     may be on its way unacknowledged. Default 1 MiB
 * @param detachedBytes bytes that all sessions without a transport may hold together; past it the
 *     largest of the address that holds most ends. Default an eighth of the heap, at least 16 MiB
 * @param offersPerMinute how many transports a client may offer to one session within a minute.
 *     Default 120
 */
public record ResumeOptions(
    boolean enabled, long window, long buffer, long detachedBytes, int offersPerMinute) {
  private static final ResumeOptions DEFAULTS =
      new ResumeOptions(
          true, 60_000, 1 << 20, Math.max(16L << 20, Runtime.getRuntime().maxMemory() / 8), 120);

  /** Checks the numbers. */
  public ResumeOptions {
    if (window <= 0 || buffer <= 0 || detachedBytes <= 0 || offersPerMinute <= 0) {
      throw new IllegalArgumentException("resume: every bound must be more than zero");
    }
  }

  /** Returns the defaults. */
  public static ResumeOptions defaults() {
    return DEFAULTS;
  }

  /** Returns these options with resumable sessions switched on or off. */
  public ResumeOptions withEnabled(boolean newEnabled) {
    return new ResumeOptions(newEnabled, window, buffer, detachedBytes, offersPerMinute);
  }

  /** Returns these options with another window. */
  public ResumeOptions withWindow(Duration newWindow) {
    return new ResumeOptions(enabled, newWindow.toMillis(), buffer, detachedBytes, offersPerMinute);
  }

  /** Returns these options with another buffer, in bytes. */
  public ResumeOptions withBuffer(long bytes) {
    return new ResumeOptions(enabled, window, bytes, detachedBytes, offersPerMinute);
  }

  /** Returns these options with another budget for all detached sessions, in bytes. */
  public ResumeOptions withDetachedBytes(long bytes) {
    return new ResumeOptions(enabled, window, buffer, bytes, offersPerMinute);
  }

  /** Returns these options with another rate of offers. */
  public ResumeOptions withOffersPerMinute(int offers) {
    return new ResumeOptions(enabled, window, buffer, detachedBytes, offers);
  }
}

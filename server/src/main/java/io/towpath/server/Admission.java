package io.towpath.server;

import org.jspecify.annotations.Nullable;

/**
 * Whether a request may open a session, as the application decides it. Immutable; any thread.
 *
 * @param allowed whether it may
 * @param message what a refused client is told in the reply of status 403 and code 4; null for
 *     {@code Forbidden}
 */
public record Admission(boolean allowed, @Nullable String message) {
  /** The client may come in. */
  public static final Admission ALLOWED = new Admission(true, null);

  /** The client is refused with {@code Forbidden}. */
  public static final Admission REFUSED = new Admission(false, null);

  /** Returns a refusal with a message for the client. */
  public static Admission refused(String message) {
    return new Admission(false, message);
  }
}

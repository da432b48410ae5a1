package io.towpath.socket;

import org.jspecify.annotations.Nullable;

/**
 * A middleware throws it to refuse a client with a message and data: the same as {@link
 * Middleware.Next#refuse(String, Object)}, for code that is far from there. It is not reported as
 * an error. Has no stack trace.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Object data;

  /** Creates a refusal with a message for the client. */
  public RefusedException(String message) {
    this(message, null);
  }

  /**
   * Creates a refusal.
   *
   * @param message what the client gets as the message of its {@code connect_error}
   * @param data what it gets as its data, written as JSON; null for none
   */
  public RefusedException(String message, @Nullable Object data) {
    super(message, null, false, false);
    this.data = data;
  }

  /** Returns the data for the client, or null. */
  public @Nullable Object data() {
    return data;
  }
}

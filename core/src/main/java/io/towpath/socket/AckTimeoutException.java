package io.towpath.socket;

/** No answer to an event came in time. */
public final class AckTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates the failure, in the reference's words. */
  public AckTimeoutException() {
    super("operation has timed out", null, false, false);
  }
}

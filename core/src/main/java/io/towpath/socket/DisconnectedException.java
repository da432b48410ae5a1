package io.towpath.socket;

/**
 * The socket left before an event was answered. (The reference leaves such answers pending for
 * ever.)
 */
public final class DisconnectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates the failure, in the words of the reference's client. */
  public DisconnectedException() {
    super("socket has been disconnected", null, false, false);
  }
}

package io.towpath.websocket;

/**
 * The peer broke a rule. Carries the code of the Close frame that tells it so; the reason names the
 * rule in plain words, repeats nothing that the peer sent, and travels in that frame. Has no stack
 * trace: a peer must not make us pay for one.
 */
public final class ProtocolViolation extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final CloseCode code;

  /**
   * Creates the violation.
   *
   * @param reason ASCII, at most 123 characters, so that it fits into a Close frame
   */
  public ProtocolViolation(CloseCode code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  /** Returns the code to close with. */
  public CloseCode code() {
    return code;
  }

  /** Returns which rule was broken. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}

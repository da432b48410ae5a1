package io.towpath.engine;

/**
 * Bytes that are no valid packet. The message says which rule they break, in words that may be
 * logged; it never repeats what the peer sent. Has no stack trace: a peer must not make us pay for
 * one.
 */
public final class PacketException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates the refusal. */
  public PacketException(String rule) {
    super(rule, null, false, false);
  }
}

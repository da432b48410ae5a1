package io.towpath.websocket;

/**
 * What two ends have agreed on, RFC 7692 section 7.1.
 *
 * @param serverNoContextTakeover whether each message of the server stands alone
 * @param clientNoContextTakeover whether each message of the client stands alone
 * @param serverMaxWindowBits how far back a server's message may refer, as a power of two: 8 to 15
 * @param clientMaxWindowBits how far back a client's message may refer, as a power of two: 8 to 15
 */
public record DeflateParameters(
    boolean serverNoContextTakeover,
    boolean clientNoContextTakeover,
    int serverMaxWindowBits,
    int clientMaxWindowBits) {

  /** The largest window of deflate. */
  public static final int MAX_WINDOW_BITS = 15;

  /** The smallest window that may be asked for. */
  public static final int MIN_WINDOW_BITS = 8;

  /**
   * Checks the windows.
   *
   * @throws IllegalArgumentException if one is not from 8 to 15
   */
  public DeflateParameters {
    check(serverMaxWindowBits);
    check(clientMaxWindowBits);
  }

  private static void check(int bits) {
    if (bits < MIN_WINDOW_BITS || bits > MAX_WINDOW_BITS) {
      throw new IllegalArgumentException("window bits must be 8 to 15: " + bits);
    }
  }

  /** Returns whether messages that {@code sender} compresses may refer to its earlier ones. */
  boolean takeover(Role sender) {
    return !(sender == Role.SERVER ? serverNoContextTakeover : clientNoContextTakeover);
  }

  /** Returns how far back, in bytes, a message that {@code sender} compresses may refer. */
  int window(Role sender) {
    return 1 << (sender == Role.SERVER ? serverMaxWindowBits : clientMaxWindowBits);
  }
}

package io.towpath.engine;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Makes and checks ids of sessions and sockets. An id is a secret: who has it has the session. Any
 * thread.
 *
 * <p>16 random bytes in URL-safe base64 make 22 characters; the reference has 12 random bytes and a
 * counter in 20.
 */
public final class SessionId {
  /** Longest id that is looked up, in characters. */
  public static final int MAX_LENGTH = 64;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private SessionId() {}

  /** Returns a new id of 128 random bits. */
  public static String next() {
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    return ENCODER.encodeToString(random);
  }

  /** Returns whether a text could be an id: 1 to 64 letters, digits, underscores or hyphens. */
  public static boolean isWellFormed(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean fits =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || c == '_'
              || c == '-';
      if (!fits) {
        return false;
      }
    }
    return true;
  }
}

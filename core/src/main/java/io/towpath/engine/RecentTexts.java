package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * Remembers short texts that come again and again, such as the addresses and URLs of requests, so
 * that sessions share one copy. Bounded: a text takes the place of the one that was in its slot.
 * Any thread; of threads that race for a slot one wins, and both texts are right.
 */
final class RecentTexts {
  private static final int SLOTS = 256;

  /** Longer ones are not worth their place. */
  private static final int MAX_CHARS = 64;

  private final @Nullable String[] texts = new String[SLOTS];

  /** Returns an equal text that is there already, or this one. */
  String share(String text) {
    if (text.length() > MAX_CHARS) {
      return text;
    }
    int hash = text.hashCode();
    int slot = (hash ^ hash >>> 16) & SLOTS - 1;
    String there = texts[slot];
    if (text.equals(there)) {
      return there;
    }
    texts[slot] = text;
    return text;
  }
}

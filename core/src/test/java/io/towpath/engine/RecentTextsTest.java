package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class RecentTextsTest {
  private final RecentTexts recent = new RecentTexts();

  private static String copy(String text) {
    return new String(text.toCharArray());
  }

  @Test
  void equalTextsBecomeOne() {
    String first = recent.share(copy("127.0.0.1"));
    assertSame(first, recent.share(copy("127.0.0.1")));
  }

  @Test
  void textsOfTheLongestLengthAreSharedAndLongerOnesAreNot() {
    String longest = "a".repeat(64);
    assertSame(recent.share(copy(longest)), recent.share(copy(longest)));
    String longer = "a".repeat(65);
    assertNotSame(recent.share(copy(longer)), recent.share(copy(longer)));
  }

  @Test
  void everyTextStaysWhatItIs() {
    for (int i = 0; i < 10_000; i++) {
      String text = "/socket.io/?t=" + i;
      assertEquals(text, recent.share(copy(text)));
    }
  }
}

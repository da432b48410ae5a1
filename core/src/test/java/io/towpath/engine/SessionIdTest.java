package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionIdTest {
  @Test
  void anIdHas22CharactersAndIsWellFormed() {
    String id = SessionId.next();
    assertEquals(22, id.length());
    assertTrue(SessionId.isWellFormed(id));
  }

  @Test
  void idsDoNotRepeat() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      ids.add(SessionId.next());
    }
    assertEquals(1000, ids.size());
  }

  @Test
  void idsOfTheReferenceAreWellFormed() {
    assertTrue(SessionId.isWellFormed("mCghuho_8USzAMs-AAAA"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "a+b", "a.b", "a\u0000", "é", "a=", "/", "[", "`", "{"})
  void otherCharactersAreRefused(String text) {
    assertFalse(SessionId.isWellFormed(text));
  }

  @Test
  void theLongestIdIsWellFormedAndALongerOneIsNot() {
    assertTrue(SessionId.isWellFormed("a".repeat(SessionId.MAX_LENGTH)));
    assertFalse(SessionId.isWellFormed("a".repeat(SessionId.MAX_LENGTH + 1)));
  }
}

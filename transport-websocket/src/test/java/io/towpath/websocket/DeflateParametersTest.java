package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeflateParametersTest {
  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 7, 16})
  void section712_aWindowIsFrom8To15Bits(int bits) {
    assertThrows(
        IllegalArgumentException.class, () -> new DeflateParameters(false, false, bits, 15));
    assertThrows(
        IllegalArgumentException.class, () -> new DeflateParameters(false, false, 15, bits));
  }

  @Test
  void eachSenderHasItsOwn() {
    DeflateParameters parameters = new DeflateParameters(true, false, 8, 15);
    assertFalse(parameters.takeover(Role.SERVER));
    assertTrue(parameters.takeover(Role.CLIENT));
    assertEquals(256, parameters.window(Role.SERVER));
    assertEquals(32768, parameters.window(Role.CLIENT));
  }
}

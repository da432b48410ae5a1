package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class DeflateOptionsTest {
  @Test
  void theDefaultsAreTheDocumentedOnes() {
    assertEquals(new DeflateOptions(1024, false), DeflateOptions.DEFAULTS);
  }

  @Test
  void aNegativeThresholdIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new DeflateOptions(-1, false));
  }
}

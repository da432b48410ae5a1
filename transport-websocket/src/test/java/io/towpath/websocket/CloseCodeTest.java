package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseCodeTest {
  // Autobahn 7.7.1 to 7.7.13
  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999
      })
  void section74_registeredAndPrivateCodesMayTravel(int code) {
    assertTrue(CloseCode.mayTravel(code));
  }

  // Autobahn 7.9.1 to 7.9.9, 7.13.1, 7.13.2
  @ParameterizedTest
  @ValueSource(
      ints = {
        Integer.MIN_VALUE,
        -1,
        0,
        999,
        1004,
        1005,
        1006,
        1015,
        1016,
        1100,
        2000,
        2999,
        5000,
        65535,
        65536 + 1000,
        Integer.MAX_VALUE
      })
  void section74_everyOtherNumberMayNot(int code) {
    assertFalse(CloseCode.mayTravel(code));
  }

  @Test
  void section741_onlyThreeNamedCodesNeverTravel() {
    assertEquals(
        List.of(CloseCode.NO_STATUS, CloseCode.ABNORMAL, CloseCode.TLS_HANDSHAKE),
        Arrays.stream(CloseCode.values()).filter(c -> !CloseCode.mayTravel(c.code())).toList());
  }
}

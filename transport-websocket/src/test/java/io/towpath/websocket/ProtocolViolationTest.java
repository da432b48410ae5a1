package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ProtocolViolationTest {
  @Test
  void aViolationCostsNoStackTrace() {
    ProtocolViolation violation = new ProtocolViolation(CloseCode.TOO_BIG, "rule");
    assertEquals(0, violation.getStackTrace().length);
    assertEquals(CloseCode.TOO_BIG, violation.code());
    assertEquals("rule", violation.reason());
  }
}

package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloseStatusTest {
  private static CloseCode refusal(String payload) {
    return assertThrows(ProtocolViolation.class, () -> CloseStatus.decode(Hex.bytes(payload)))
        .code();
  }

  @Test
  void section551_anEmptyPayloadMeansNoCode() {
    assertEquals(CloseStatus.NONE, CloseStatus.decode(new byte[0]));
    assertEquals(1005, CloseStatus.NONE.code());
  }

  @Test
  void section551_codeAndReasonAreRead() {
    assertEquals(new CloseStatus(1000, ""), CloseStatus.decode(Hex.bytes("03e8")));
    assertEquals(new CloseStatus(4999, "é!"), CloseStatus.decode(Hex.bytes("1387 c3a9 21")));
  }

  // Autobahn 7.3.2
  @Test
  void section551_oneByteIsNoCode() {
    assertEquals(CloseCode.PROTOCOL_ERROR, refusal("03"));
  }

  // Autobahn 7.9.x
  @ParameterizedTest
  @ValueSource(
      strings = {"0000", "03e7", "03ec", "03ed", "03ee", "03f7", "044c", "0bb7", "1388", "ffff"})
  void section74_aCodeThatMayNotTravelIsRefused(String hex) {
    assertEquals(CloseCode.PROTOCOL_ERROR, refusal(hex));
  }

  // Autobahn 7.5.1
  @ParameterizedTest
  @ValueSource(strings = {"03e8 ff", "03e8 c3", "03e8 41 eda080"})
  void section81_aReasonThatIsNotUtf8IsRefused(String hex) {
    assertEquals(CloseCode.INVALID_PAYLOAD, refusal(hex));
  }

  @ParameterizedTest
  @CsvSource({"1000, '', 03e8", "1009, Max, 03f14d6178", "1005, '', ''"})
  void section551_itIsWrittenAsItIsRead(int code, String reason, String hex) {
    CloseStatus status = new CloseStatus(code, reason);
    assertEquals(hex, Hex.of(status.encode()));
    assertEquals(status, CloseStatus.decode(status.encode()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 66536})
  void section741_whatMayNotTravelIsNotWritten(int code) {
    CloseStatus status = new CloseStatus(code, "");
    assertThrows(IllegalArgumentException.class, status::encode);
  }

  @Test
  void section551_aReasonNeedsACode() {
    CloseStatus status = new CloseStatus(1005, "why");
    assertThrows(IllegalArgumentException.class, status::encode);
  }

  @Test
  void section55_aReasonOf123BytesFitsAndOneByteMoreDoesNot() {
    assertEquals(125, new CloseStatus(1000, "é".repeat(61) + "x").encode().length);
    CloseStatus longer = new CloseStatus(1000, "é".repeat(62));
    assertThrows(IllegalArgumentException.class, longer::encode);
  }
}

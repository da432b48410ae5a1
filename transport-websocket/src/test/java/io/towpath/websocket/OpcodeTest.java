package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpcodeTest {
  @ParameterizedTest
  @EnumSource
  void section52_everyOpcodeIsFoundByItsCodeWhateverTheFlagsBesideIt(Opcode opcode) {
    assertEquals(opcode, Opcode.of(opcode.code()));
    assertEquals(opcode, Opcode.of(0xF0 | opcode.code()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF})
  void section52_reservedCodesAreNoOpcodes(int code) {
    assertNull(Opcode.of(code));
  }

  @Test
  void section55_closePingAndPongAreControlFrames() {
    assertEquals(
        List.of(Opcode.CLOSE, Opcode.PING, Opcode.PONG),
        Arrays.stream(Opcode.values()).filter(Opcode::isControl).toList());
  }
}

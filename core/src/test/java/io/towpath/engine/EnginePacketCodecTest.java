package io.towpath.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnginePacketCodecTest {
  private static String encoded(EnginePacket packet) {
    return new String(EnginePacketCodec.encode(packet), UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0{\"sid\":\"x\"}",
        "1",
        "2",
        "2probe",
        "3",
        "3probe",
        "4",
        "4hello",
        "4é€😀",
        "5",
        "6",
        "b",
        "bAQID",
        "bBA=="
      })
  void everyPacketIsWrittenAsItWasRead(String text) {
    assertEquals(text, encoded(EnginePacketCodec.decode(text)));
  }

  @Test
  void aTextMessageIsASliceOfTheBytesItCameIn() {
    byte[] bytes = "xx4abcyy".getBytes(UTF_8);
    EnginePacket packet = EnginePacketCodec.decode(bytes, 2, 4);
    EnginePacket.Text text = assertInstanceOf(EnginePacket.Text.class, packet);
    assertSame(bytes, text.bytes());
    assertEquals("abc", text.string());
  }

  @Test
  void aMessageWithoutDataIsAnEmptyMessage() {
    EnginePacket.Text text =
        assertInstanceOf(EnginePacket.Text.class, EnginePacketCodec.decode("4"));
    assertEquals(0, text.length());
    assertEquals("", text.string());
  }

  @Test
  void heartbeatsWithoutDataAreTheSharedValues() {
    assertSame(EnginePacket.PING, EnginePacketCodec.decode("2"));
    assertSame(EnginePacket.PONG, EnginePacketCodec.decode("3"));
  }

  @Test
  void base64BecomesBytes() {
    EnginePacket.Binary binary =
        assertInstanceOf(EnginePacket.Binary.class, EnginePacketCodec.decode("bAQIDBA=="));
    assertArrayEquals(new byte[] {1, 2, 3, 4}, binary.bytes());
  }

  @Test
  void base64MayBeBrokenIntoLinesAsTheOfficialJavaClientDoes() {
    EnginePacket.Binary binary =
        assertInstanceOf(EnginePacket.Binary.class, EnginePacketCodec.decode("bAQID\r\nBA==\n"));
    assertArrayEquals(new byte[] {1, 2, 3, 4}, binary.bytes());
    assertThrows(PacketException.class, () -> EnginePacketCodec.decode("bAQID BA=="));
  }

  @Test
  void base64WithoutPaddingIsReadAsTheReferenceReadsIt() {
    EnginePacket.Binary binary =
        assertInstanceOf(EnginePacket.Binary.class, EnginePacketCodec.decode("bAQIDBA"));
    assertArrayEquals(new byte[] {1, 2, 3, 4}, binary.bytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "8", "9", "a", "B", "-", " 4x", "bAQ*D", "bA", "é"})
  void whatIsNoPacketIsRefused(String text) {
    assertThrows(PacketException.class, () -> EnginePacketCodec.decode(text));
  }

  @Test
  void heartbeatDataOfTheLongestLengthIsTaken() {
    String data = "x".repeat(EnginePacketCodec.MAX_HEARTBEAT_DATA);
    assertEquals(new EnginePacket.Ping(data), EnginePacketCodec.decode("2" + data));
    assertEquals(new EnginePacket.Pong(data), EnginePacketCodec.decode("3" + data));
  }

  @Test
  void longerHeartbeatDataIsRefused() {
    String data = "x".repeat(EnginePacketCodec.MAX_HEARTBEAT_DATA + 1);
    for (String type : List.of("2", "3")) {
      assertThrows(PacketException.class, () -> EnginePacketCodec.decode(type + data));
    }
  }

  @Test
  void aRefusalHasNoStackTraceAndRepeatsNothingOfThePeer() {
    PacketException refusal =
        assertThrows(PacketException.class, () -> EnginePacketCodec.decode("secret"));
    assertEquals(0, refusal.getStackTrace().length);
    assertEquals("unknown packet type", refusal.getMessage());
  }
}

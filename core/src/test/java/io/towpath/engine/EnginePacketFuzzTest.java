package io.towpath.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes are a packet or refused with {@link PacketException}; nothing else may happen. */
class EnginePacketFuzzTest {
  static Stream<byte[]> seeds() {
    // Messages, heartbeats, base64 of both revisions, and what is none of these.
    return Stream.of(
            "34",
            "3468656c6c6f",
            "32",
            "3270726f6265",
            "33",
            "62415149444241",
            "6234415149443d",
            "307b7d",
            "31",
            "35",
            "36",
            "39",
            "6221",
            "34ff",
            "32" + "61".repeat(65))
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyBytesAreAPacketOrRefused(byte[] data) {
    EnginePacket packet;
    try {
      packet = EnginePacketCodec.decode(data, 0, data.length);
    } catch (PacketException refused) {
      return;
    }
    try {
      EnginePacketCodec.decodeRevision3(data, 0, data.length);
    } catch (PacketException refused) {
      // Base64 behind another type than a message.
    }
    if (!Arrays.equals(data, new String(data, UTF_8).getBytes(UTF_8))) {
      // Transports refuse malformed UTF-8 before; what is read of it is written otherwise.
      return;
    }
    byte[] written = EnginePacketCodec.encode(packet);
    EnginePacket again = EnginePacketCodec.decode(written, 0, written.length);
    assertEquals(packet.getClass(), again.getClass());
    assertArrayEquals(written, EnginePacketCodec.encode(again));
  }
}

package io.towpath.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.PacketException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any run of messages is packets or refused with {@link PacketException}. The first byte of the
 * input is the length of the first message and, in its highest bit, whether that is binary; and so
 * on.
 */
class SocketPacketFuzzTest {
  private static final int MAX_ATTACHMENTS = 4;

  static Stream<byte[]> seeds() {
    // 0; 0/a,{}; 2["a"]; 212["a",1]; 51-["a",{"_placeholder":true,"num":0}] and an attachment.
    return Stream.of(
            "0130",
            "06302f612c7b7d",
            "06325b2261225d",
            "0a3231325b2261222c315d",
            "25"
                + HexFormat.of()
                    .formatHex(
                        "51-[\"a\",{\"_placeholder\":true,\"num\":0}]  ".getBytes(ISO_8859_1))
                + "83010203",
            "0531312f61" + "2c",
            "0733395b5d313233",
            "0435302d5b")
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyMessagesArePacketsOrRefused(byte[] data) {
    SocketPacketDecoder decoder =
        new SocketPacketDecoder(MAX_ATTACHMENTS, 100, namespace -> !namespace.equals("/closed"));
    int at = 0;
    try {
      while (at < data.length) {
        int length = Math.min(data[at] & 0x7f, data.length - at - 1);
        boolean binary = data[at] < 0;
        byte[] message = Arrays.copyOfRange(data, at + 1, at + 1 + length);
        at += 1 + length;
        check(
            binary
                ? decoder.binary(message)
                : decoder.text(new EnginePacket.Text(message, 0, length)));
      }
    } catch (PacketException refused) {
      // The session ends here.
    }
  }

  private static void check(@Nullable SocketPacket packet) {
    if (packet == null) {
      return;
    }
    assertTrue(packet.namespace().startsWith("/"));
    Payload payload = Payload.NONE;
    if (packet instanceof SocketPacket.Event event) {
      payload = event.payload();
      assertTrue(event.id() >= SocketPacket.NO_ID);
    } else if (packet instanceof SocketPacket.Ack ack) {
      payload = ack.payload();
      assertTrue(ack.id() >= 0);
    }
    assertTrue(payload.attachments().size() <= MAX_ATTACHMENTS);
  }
}

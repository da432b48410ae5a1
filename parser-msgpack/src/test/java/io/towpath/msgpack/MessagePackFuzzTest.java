package io.towpath.msgpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towpath.engine.PacketException;
import io.towpath.socket.Payload;
import io.towpath.socket.SocketOptions;
import io.towpath.socket.SocketPacket;
import io.towpath.socket.SocketParser;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any message is a packet whose payload is JSON, or refused with {@link PacketException}. */
class MessagePackFuzzTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SocketParser PARSER = MessagePackParser.create();

  static Stream<byte[]> seeds() {
    return Stream.of(
            "83a47479706500a46461746181a17401a36e7370a12f",
            "85a47479706502a46461746193a16301d40000a76f7074696f6e7381a8636f6d7072657373c3a26964"
                + "00a36e7370a12f",
            "83a47479706502a36e7370a12fa46461746194"
                + "85a161d40000a162c0a164d7000000018bcfe5687ba166cb3ff8000000000000a16eff"
                + "d40000c4020102c7010003",
            "83a47479706502a36e7370a12fa464617461dd00000001d7ff1d5353006553f100",
            // A map that has a name twice.
            "83a47479706502a36e7370a12fa4646174619485a161d4ffffa161d4ffffa162e0a164d7000000018bcf"
                + "e5677ba166cb41ff00a16effd41000c4020102c7016403",
            // An extension as deep as anything may be, which would be an array one deeper.
            "83a47479706502a36e7370a12fa464617461"
                + "91".repeat(SocketOptions.defaults().maxJsonDepth())
                + "d40105")
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyMessageIsAPacketOrRefused(byte[] data) throws IOException {
    SocketPacket packet;
    try {
      packet = read(data);
    } catch (PacketException refused) {
      return;
    }
    assertTrue(packet.namespace().startsWith("/"));
    Payload payload = payload(packet);
    if (payload.isEmpty()) {
      return;
    }
    JSON.readTree(payload.bytes(), payload.offset(), payload.length());
    // What was read can be written, and read again. Of a name that a map has twice the last counts.
    SocketPacket again = read(PARSER.encode(packet).binaries().get(0));
    assertEquals(packet.namespace(), again.namespace());
    int binaries = payload(again).attachments().size();
    assertTrue(binaries <= payload.attachments().size());
    SocketPacket third = read(PARSER.encode(again).binaries().get(0));
    assertEquals(binaries, payload(third).attachments().size());
    assertEquals(json(again), json(third));
  }

  private static JsonNode json(SocketPacket packet) throws IOException {
    Payload payload = payload(packet);
    return JSON.readTree(payload.bytes(), payload.offset(), payload.length());
  }

  private static SocketPacket read(byte[] message) {
    return Objects.requireNonNull(
        PARSER.decoder(SocketOptions.defaults(), namespace -> true).binary(message));
  }

  private static Payload payload(SocketPacket packet) {
    if (packet instanceof SocketPacket.Connect connect) {
      return connect.auth();
    } else if (packet instanceof SocketPacket.Event event) {
      return event.payload();
    } else if (packet instanceof SocketPacket.Ack ack) {
      return ack.payload();
    }
    return packet instanceof SocketPacket.ConnectError refusal ? refusal.payload() : Payload.NONE;
  }
}

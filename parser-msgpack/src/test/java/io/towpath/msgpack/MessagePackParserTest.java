package io.towpath.msgpack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.PacketException;
import io.towpath.socket.Payload;
import io.towpath.socket.SocketOptions;
import io.towpath.socket.SocketPacket;
import io.towpath.socket.SocketParser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets in MessagePack; bytes of the reference's parser from its own captures. */
class MessagePackParserTest {
  private static final SocketParser PARSER = MessagePackParser.create();

  /** {@code {"type":2,"nsp":"/","data":}}; what follows is the data. */
  private static final String EVENT = "83a47479706502a36e7370a12fa464617461";

  private static SocketPacket read(String hex) {
    return read(hex, SocketOptions.defaults());
  }

  private static SocketPacket read(String hex, SocketOptions options) {
    return Objects.requireNonNull(
        PARSER.decoder(options, namespace -> false).binary(HexFormat.of().parseHex(hex)));
  }

  private static String text(Payload payload) {
    return new String(payload.bytes(), payload.offset(), payload.length(), UTF_8);
  }

  /** Reads an event's array. */
  private static String array(String hex) {
    return text(((SocketPacket.Event) read(EVENT + hex)).payload());
  }

  private static String hex(SocketPacket packet) {
    MessageBatch batch = PARSER.encode(packet);
    assertEquals(0, batch.textPacket().length);
    assertEquals(1, batch.binaries().size());
    return HexFormat.of().formatHex(batch.binaries().get(0));
  }

  private static Payload json(String json, byte[]... attachments) {
    byte[] bytes = json.getBytes(UTF_8);
    return new Payload(bytes, 0, bytes.length, List.of(attachments));
  }

  // What the reference's client sends.

  @Test
  void aConnectCarriesItsAuth() {
    SocketPacket.Connect connect =
        (SocketPacket.Connect) read("83a47479706500a46461746181a17401a36e7370a12f");
    assertEquals("/", connect.namespace());
    assertEquals("{\"t\":1}", text(connect.auth()));
  }

  @Test
  void aConnectMayCarryNothingOrUndefined() {
    assertEquals(new SocketPacket.Connect("/", Payload.NONE), read("82a47479706500a36e7370a12f"));
    assertEquals(
        new SocketPacket.Connect("/", Payload.NONE),
        read("83a47479706500a464617461d40000a36e7370a12f"));
  }

  @Test
  void anEventCarriesItsIdAndItsOptionsAreIgnored() {
    SocketPacket.Event event =
        (SocketPacket.Event)
            read(
                "85a47479706502a46461746193a16301d40000a76f7074696f6e7381a8636f6d7072657373c3a2"
                    + "696400a36e7370a12f");
    assertEquals(0, event.id());
    assertEquals("[\"c\",1,null]", text(event.payload()));
  }

  @Test
  void anIdThatIsUndefinedIsNone() {
    SocketPacket.Event event =
        (SocketPacket.Event) read("84a26964d40000a47479706502a46461746191a161a36e7370a12f");
    assertEquals(SocketPacket.NO_ID, event.id());
  }

  @Test
  void anAckAndADisconnectAreRead() {
    SocketPacket.Ack ack =
        (SocketPacket.Ack) read("84a2696400a47479706503a46461746191a26f6ba36e7370a12f");
    assertEquals(0, ack.id());
    assertEquals("[\"ok\"]", text(ack.payload()));
    assertEquals(new SocketPacket.Disconnect("/"), read("82a47479706501a36e7370a12f"));
  }

  @Test
  void valuesBecomeWhatJavaScriptMakesOfThemInJson() {
    Payload payload =
        ((SocketPacket.Event)
                read(
                    EVENT
                        + "94"
                        + "85a161d40000a162c0a164d7000000018bcfe5687ba166cb3ff8000000000000a16eff"
                        + "d40000c4020102c7010003"))
            .payload();
    assertEquals(
        "[{\"b\":null,\"d\":\"2023-11-14T22:13:20.123Z\",\"f\":1.5,\"n\":-1},null,"
            + "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
        text(payload));
    assertArrayEquals(new byte[] {1, 2}, payload.attachments().get(0));
    assertArrayEquals(new byte[] {3}, payload.attachments().get(1));
  }

  @ParameterizedTest
  @CsvSource({
    "7f, 127",
    "e0, -32",
    "ccff, 255",
    "cdffff, 65535",
    "ceffffffff, 4294967295",
    "cf0020000000000000, 9007199254740992",
    "cfffffffffffffffff, 18446744073709551615",
    "d080, -128",
    "d18000, -32768",
    "d280000000, -2147483648",
    "d38000000000000000, -9223372036854775808",
    "ca3fc00000, 1.5",
    "cb3ff0000000000000, 1",
    "cb8000000000000000, 0",
    "cb7ff8000000000000, null",
    "cb7ff0000000000000, null",
    "c2, false",
    "c3, true",
    "d6ff00000001, '\"1970-01-01T00:00:01.000Z\"'",
    "d7ff1d5353006553f100, '\"2023-11-14T22:13:20.123Z\"'",
    "d903e29880, '\"\u2600\"'",
    "da0001 22, '\"\\\"\"'",
    "db00000001 0a, '\"\\n\"'",
    "dc0001 01, '[1]'",
    "dd00000001 01, '[1]'",
    "de0001 a161 01, '{\"a\":1}'",
    "df00000001 a161 01, '{\"a\":1}'",
    "d505 0102, '[5,{\"_placeholder\":true,\"num\":0}]'"
  })
  void everyFormOfAValueIsRead(String hex, String expected) {
    assertEquals("[" + expected + "]", array("91" + hex.replace(" ", "")));
  }

  // What is refused.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c0",
        "93a161",
        "82a47479706505a36e7370a12f",
        "82a474797065ffa36e7370a12f",
        "82a474797065a130a36e7370a12f",
        "81a47479706500",
        "82a47479706500a36e7370a0",
        "82a47479706500a36e7370a161",
        "82a47479706500a36e7370a32f2c61",
        "82a47479706500a36e737001",
        "83a47479706500a464617461c0a36e7370a12f",
        "83a47479706500a46461746190a36e7370a12f",
        "83a47479706501a46461746180a36e7370a12f",
        "83a47479706501a464617461c0a36e7370a12f",
        "83a47479706502a46461746180a36e7370a12f",
        "82a47479706502a36e7370a12f",
        "83a47479706503a46461746190a36e7370a12f",
        "84a2696400a47479706503a46461746180a36e7370a12f",
        "84a26964ffa47479706502a46461746190a36e7370a12f",
        "84a26964cb3ff0000000000000a47479706502a46461746190a36e7370a12f",
        "84a26964cf0020000000000000a47479706502a46461746190a36e7370a12f",
        "82a47479706500a36e7370a12f00",
        "8201a474797065a36e7370a12f"
      })
  void whatIsNoPacketIsRefused(String hex) {
    assertThrows(PacketException.class, () -> read(hex));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c1",
        "91",
        "92 01",
        "91 c1",
        "91 a2 61",
        "91 d9 ff 61",
        "91 db ffffffff",
        "91 c6 ffffffff",
        "91 c4 02 01",
        "91 c9 ffffffff 00",
        "91 d4 00",
        "91 d7 ff 00",
        "91 cb 00",
        "dd ffffffff 01",
        "91 df ffffffff a161 01",
        "91 81 01 01",
        "91 81 a161",
        "91 a1 ff",
        "91 a3 eda080",
        "91 c7 0c ff 00000000 7fffffffffffffff"
      })
  void brokenDataIsRefused(String hex) {
    assertThrows(PacketException.class, () -> array(hex.replace(" ", "")));
  }

  @Test
  void textIsRefused() {
    SocketParser.Decoder decoder = PARSER.decoder(SocketOptions.defaults(), namespace -> true);
    assertThrows(PacketException.class, () -> decoder.text(EnginePacket.Text.of("0")));
  }

  @Test
  void aNamespaceHasAtMost256Bytes() {
    String name = "2f" + "61".repeat(255);
    assertEquals(256, read("82a47479706500a36e7370da0100" + name).namespace().length());
    assertThrows(PacketException.class, () -> read("82a47479706500a36e7370da0101" + name + "61"));
  }

  @Test
  void dataIsAtMostAsDeepAsJsonMayBe() {
    SocketOptions options = SocketOptions.builder().maxJsonDepth(3).build();
    String three = EVENT + "91" + "91" + "81a161" + "01";
    String four = EVENT + "91" + "91" + "81a161" + "90";
    assertEquals("/", read(three, options).namespace());
    assertThrows(PacketException.class, () -> read(four, options));
  }

  @Test
  void anExtensionThatBecomesAnArrayIsAsDeepAsOne() {
    SocketOptions options = SocketOptions.builder().maxJsonDepth(3).build();
    assertEquals("/", read(EVENT + "91" + "91" + "d40105", options).namespace());
    assertThrows(PacketException.class, () -> read(EVENT + "91" + "91" + "91" + "d40105", options));
  }

  @Test
  void aTextIsAtMostAsLongAsInJson() {
    SocketOptions options = SocketOptions.builder().maxJsonStringLength(4).build();
    assertEquals("/", read(EVENT + "91a461626364", options).namespace());
    assertThrows(PacketException.class, () -> read(EVENT + "91a56162636465", options));
  }

  @Test
  void aPacketHasAtMostAThousandBinaryValuesOrAsManyAsTheOptionsSay() {
    SocketOptions more = SocketOptions.builder().maxAttachments(1_001).build();
    String thousand = EVENT + "dc03e8" + "c400".repeat(1_000);
    String oneMore = EVENT + "dc03e9" + "c400".repeat(1_001);
    assertEquals(1_000, ((SocketPacket.Event) read(thousand)).payload().attachments().size());
    assertThrows(PacketException.class, () -> read(oneMore));
    assertEquals(1_001, ((SocketPacket.Event) read(oneMore, more)).payload().attachments().size());
  }

  // What is written.

  @Test
  void packetsAreWrittenAsTheReferenceReadsThem() {
    assertEquals(
        "83a47479706500a46461746181a3736964a178a36e7370a12f",
        hex(new SocketPacket.Connect("/", json("{\"sid\":\"x\"}"))));
    assertEquals("82a47479706501a36e7370a22f61", hex(new SocketPacket.Disconnect("/a")));
    assertEquals(
        "84a47479706502a46461746192a16101a2696400a36e7370a12f",
        hex(new SocketPacket.Event("/", 0, json("[\"a\",1]"))));
    assertEquals(
        "84a47479706503a46461746191c4020102a26964cd0100a36e7370a12f",
        hex(
            new SocketPacket.Ack(
                "/", 256, json("[{\"_placeholder\":true,\"num\":0}]", new byte[] {1, 2}))));
    assertEquals(
        "83a47479706504a46461746181a76d657373616765a178a36e7370a32f6e6f",
        hex(new SocketPacket.ConnectError("/no", json("{\"message\":\"x\"}"))));
  }

  @Test
  void everySizeOfAValueComesBackAsItWas() {
    List<String> values =
        new ArrayList<>(
            List.of(
                "null",
                "true",
                "false",
                "0",
                "127",
                "128",
                "255",
                "256",
                "65535",
                "65536",
                "4294967295",
                "4294967296",
                "9223372036854775807",
                "18446744073709551615",
                "-1",
                "-32",
                "-33",
                "-128",
                "-129",
                "-32768",
                "-32769",
                "-2147483648",
                "-2147483649",
                "-9223372036854775808",
                "1.5",
                "1.0E300",
                "[]",
                "{}",
                "\"\""));
    for (int length : new int[] {31, 32, 255, 256, 65_535, 65_536}) {
      values.add("\"" + "x".repeat(length) + "\"");
    }
    for (int length : new int[] {15, 16, 65_535, 65_536}) {
      values.add("[" + String.join(",", java.util.Collections.nCopies(length, "1")) + "]");
    }
    for (int length : new int[] {15, 16, 65_536}) {
      StringBuilder object = new StringBuilder("{");
      for (int i = 0; i < length; i++) {
        object.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":1");
      }
      values.add(object + "}");
    }
    for (String value : values) {
      SocketPacket back = read(hex(new SocketPacket.Event("/", 1, json("[" + value + "]"))));
      assertEquals("[" + value + "]", text(((SocketPacket.Event) back).payload()));
    }
  }

  @Test
  void binaryOfEverySizeComesBackAsItWas() {
    for (int length : new int[] {0, 255, 256, 65_535, 65_536}) {
      byte[] bytes = new byte[length];
      Arrays.fill(bytes, (byte) 7);
      SocketPacket.Event back =
          (SocketPacket.Event)
              read(
                  hex(
                      new SocketPacket.Event(
                          "/", 1, json("[{\"_placeholder\":true,\"num\":0}]", bytes))));
      assertArrayEquals(bytes, back.payload().attachments().get(0));
    }
  }

  @Test
  void whatIsNotThereCannotBeAttached() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            hex(
                new SocketPacket.Event(
                    "/", 1, json("[{\"_placeholder\":true,\"num\":1}]", new byte[1]))));
  }
}

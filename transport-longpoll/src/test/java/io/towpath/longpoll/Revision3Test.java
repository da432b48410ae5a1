package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Payloads of revision 3, in text and in binary. Source: Engine.IO protocol v3, "Payload". */
class Revision3Test {
  private static final PollingDialect PLAIN = PollingDialect.of(3, false, null);
  private static final PollingDialect BASE64 = PollingDialect.of(3, true, null);

  private static final Outgoing HELLO = MessageBatch.text("hello");
  private static final Outgoing FOUR_BYTES = MessageBatch.binary(new byte[] {1, 2, 3, 4});

  private static byte[] body(PollResponse answer) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    answer.body().forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static String text(PollingDialect dialect, Outgoing... batch) {
    return new String(body(dialect.answer(List.of(batch))), UTF_8);
  }

  /** Describes the packets of a body, and what is wrong with it. */
  private static List<String> read(byte[] body, @Nullable String type, int maxPackets) {
    PollingDialect.Packets packets = PLAIN.read(body, type, maxPackets);
    List<String> read = new ArrayList<>();
    for (EnginePacket p = packets.next(); p != null; p = packets.next()) {
      if (p instanceof EnginePacket.Text text) {
        read.add("text " + text.string());
      } else if (p instanceof EnginePacket.Binary binary) {
        read.add("binary " + HexFormat.of().formatHex(binary.bytes()));
      } else {
        read.add(p.toString());
      }
    }
    if (packets.violation() != null) {
      read.add("violation");
    }
    return read;
  }

  private static List<String> readText(String body) {
    return read(body.getBytes(UTF_8), "text/plain;charset=UTF-8", 100);
  }

  private static List<String> readHex(String body) {
    return read(
        HexFormat.of().parseHex(body.replace(" ", "")), "application/octet-stream", 100);
  }

  @Test
  void packetsFollowTheirLengthInText() {
    assertEquals("6:4hello1:6", text(PLAIN, HELLO, EnginePacket.NOOP));
    assertEquals(
        "text/plain; charset=UTF-8",
        PLAIN.answer(List.of(HELLO)).headers().get("Content-Type"));
  }

  @Test
  void theLengthCountsUtf16CodeUnits() {
    // One unit each for the type, U+00E9 and U+20AC; two for U+1F680.
    assertEquals("5:4\u00e9\u20ac\ud83d\ude80", text(PLAIN, MessageBatch.text("\u00e9\u20ac\ud83d\ude80")));
    assertEquals(
        List.of("text \u00e9\u20ac\ud83d\ude80", "text x"),
        readText("5:4\u00e9\u20ac\ud83d\ude802:4x"));
  }

  @Test
  void aPayloadWithBinaryInItIsBinary() {
    PollResponse answer = PLAIN.answer(List.of(HELLO, FOUR_BYTES));
    assertEquals("application/octet-stream", answer.headers().get("Content-Type"));
    assertArrayEquals(
        HexFormat.of().parseHex("0006ff" + "3468656c6c6f" + "0105ff" + "0401020304"),
        body(answer));
  }

  @Test
  void everyDigitOfALengthIsAByteInBinary() {
    byte[] body = body(PLAIN.answer(List.of(MessageBatch.binary(new byte[122]))));
    assertEquals("01010203ff04", HexFormat.of().formatHex(body, 0, 6));
    assertEquals(6 + 122, body.length);
  }

  @Test
  void withBase64BinaryIsTextBehindItsType() {
    assertEquals("6:4hello10:b4AQIDBA==", text(BASE64, HELLO, FOUR_BYTES));
  }

  @Test
  void attachmentsFollowTheirMessage() {
    Outgoing event =
        MessageBatch.encoded("451-[]".getBytes(UTF_8), List.of(new byte[] {1, 2, 3}));
    assertEquals("6:451-[]6:b4AQID", text(BASE64, event));
  }

  @Test
  void textIsRead() {
    assertEquals(List.of("text hello", "binary 01020304"), readText("6:4hello10:b4AQIDBA=="));
    assertEquals(List.of("Ping[data=]", "Ping[data=probe]"), readText("1:26:2probe"));
  }

  @Test
  void binaryIsRead() {
    assertEquals(
        List.of("text hello", "binary 01020304", "text \u00e9"),
        readHex("00 06 ff 3468656c6c6f 01 05 ff 0401020304 00 03 ff 34c3a9"));
  }

  @Test
  void whatFollowsAClosePacketIsIgnored() {
    assertEquals(List.of("text a", "Close[]"), readText("2:4a1:1garbage"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "abc", "6", ":4x", "6:4hell", "1:4x", "2:4", "-1:4", "1 :4", "9999999999:4x", "0:",
        "1:b", "2:b5", "4:b4A!", "1:9", "2:4\ud83d\ude80"
      })
  void whatIsNoTextPayloadIsAViolation(String body) {
    List<String> read = readText(body);
    assertEquals("violation", read.get(read.size() - 1), read.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "02 01 ff 34", "00 01 34", "00 ff", "00 01 ff", "00 02 ff 34", "00 0a ff 34", "01 01 ff 05",
        "01 00 ff", "00 02 ff 34c3", "00 09 09 09 09 09 09 09 09 09 09 ff 34"
      })
  void whatIsNoBinaryPayloadIsAViolation(String hex) {
    assertEquals(List.of("violation"), readHex(hex));
  }

  @Test
  void packetsBeforeABadOneAreRead() {
    assertEquals(List.of("text a", "violation"), readText("2:4a3:4b"));
    assertEquals(List.of("text a", "violation"), readHex("00 02 ff 3461 07"));
  }

  @Test
  void asManyPacketsAsTheLimitAreRead() {
    byte[] two = "2:4a2:4b".getBytes(UTF_8);
    assertEquals(List.of("text a", "text b"), read(two, null, 2));
    assertEquals(List.of("text a", "violation"), read(two, null, 1));
  }

  @Test
  void malformedUtf8IsAViolation() {
    assertEquals(
        List.of("violation"), read(new byte[] {'2', ':', '4', (byte) 0xc3, '('}, null, 10));
  }

  @Test
  void revisionFourRefusesBinaryBodiesAndRevisionThreeTakesThem() {
    assertFalse(PollingDialect.REVISION_4.takes("application/octet-stream"));
    assertEquals(true, PLAIN.takes("application/octet-stream"));
    assertNull(PLAIN.read(new byte[0], null, 1).next());
  }
}

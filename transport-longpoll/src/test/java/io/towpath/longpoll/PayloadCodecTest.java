package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PayloadCodecTest {
  private static final int MANY = 1_000_000;

  private static byte[] whole(List<byte[]> pieces) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    pieces.forEach(whole::writeBytes);
    return whole.toByteArray();
  }

  private static String encoded(Outgoing... batch) {
    return new String(whole(PayloadCodec.encode(List.of(batch))), UTF_8);
  }

  private static PayloadCodec.Decoder decoder(String body) {
    return new PayloadCodec.Decoder(body.getBytes(UTF_8), MANY);
  }

  private static List<String> rest(PayloadCodec.Decoder decoder) {
    List<String> packets = new ArrayList<>();
    EnginePacket packet = decoder.next();
    while (packet != null) {
      packets.add(new String(EnginePacketCodec.encode(packet), UTF_8));
      packet = decoder.next();
    }
    return packets;
  }

  // Encoding

  @Test
  void packetsAreSeparatedByRecordSeparators() {
    assertEquals(
        "4test1\u001e4test2\u001e2",
        encoded(MessageBatch.text("test1"), MessageBatch.text("test2"), EnginePacket.PING));
  }

  @Test
  void oneMessageIsItsOwnBody() {
    assertEquals("4hello", encoded(MessageBatch.text("hello")));
  }

  @Test
  void binaryIsBase64AfterAB() {
    assertEquals(
        "4hello\u001ebAQIDBA==",
        encoded(
            MessageBatch.text("hello"), MessageBatch.binary(HexFormat.of().parseHex("01020304"))));
  }

  @Test
  void attachmentsFollowTheirMessage() {
    MessageBatch message =
        MessageBatch.encoded("452-[]".getBytes(UTF_8), List.of(new byte[] {1}, new byte[] {2}));
    assertEquals(
        "2\u001e452-[]\u001ebAQ==\u001ebAg==\u001e6",
        encoded(EnginePacket.PING, message, EnginePacket.NOOP));
  }

  @Test
  void aLoneMessageIsNotCopied() {
    MessageBatch message = MessageBatch.text("hello");
    assertSame(message.textPacket(), PayloadCodec.encode(List.of(message)).get(0));
  }

  @Test
  void aLargeMessageAmongOthersIsNotCopied() {
    MessageBatch large = MessageBatch.text("x".repeat(PayloadCodec.SHARED_FROM));
    List<byte[]> pieces = PayloadCodec.encode(List.of(EnginePacket.PING, large, EnginePacket.NOOP));
    assertEquals(3, pieces.size());
    assertSame(large.textPacket(), pieces.get(1));
    assertEquals("2\u001e", new String(pieces.get(0), UTF_8));
    assertEquals("\u001e6", new String(pieces.get(2), UTF_8));
  }

  @Test
  void smallMessagesAreOnePiece() {
    List<Outgoing> batch = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      batch.add(MessageBatch.text("message " + i));
    }
    assertEquals(1, PayloadCodec.encode(batch).size());
  }

  @Test
  void largeMessagesInARowHaveOneSeparatorBetweenThem() {
    String text = "x".repeat(PayloadCodec.SHARED_FROM);
    MessageBatch large = MessageBatch.text(text);
    assertEquals("4" + text + "\u001e4" + text + "\u001e4" + text, encoded(large, large, large));
  }

  @Test
  void anEmptyBatchIsNoPayload() {
    assertThrows(IllegalArgumentException.class, () -> PayloadCodec.encode(List.of()));
  }

  // Decoding

  @Test
  void packetsComeOutInOrder() {
    PayloadCodec.Decoder decoder = decoder("4a\u001ebAQID\u001e3\u001e4b");
    assertEquals(List.of("4a", "bAQID", "3", "4b"), rest(decoder));
    assertNull(decoder.violation());
  }

  @Test
  void aTextMessageIsASliceOfTheBody() {
    byte[] body = "3\u001e4héllo".getBytes(UTF_8);
    PayloadCodec.Decoder decoder = new PayloadCodec.Decoder(body, MANY);
    decoder.next();
    EnginePacket.Text text = assertInstanceOf(EnginePacket.Text.class, decoder.next());
    assertSame(body, text.bytes());
    assertEquals(3, text.offset());
    assertEquals("héllo", text.string());
  }

  @Test
  void anEmptyBodyIsAViolation() {
    PayloadCodec.Decoder decoder = decoder("");
    assertNull(decoder.next());
    assertEquals("empty packet", decoder.violation());
  }

  @Test
  void aTrailingSeparatorIsAViolationAfterThePacketsBeforeIt() {
    PayloadCodec.Decoder decoder = decoder("4a\u001e");
    assertEquals(List.of("4a"), rest(decoder));
    assertEquals("empty packet", decoder.violation());
  }

  @Test
  void aLeadingSeparatorIsAViolation() {
    PayloadCodec.Decoder decoder = decoder("\u001e4a");
    assertNull(decoder.next());
    assertEquals("empty packet", decoder.violation());
  }

  @Test
  void decodingStopsAtTheFirstBadPacket() {
    PayloadCodec.Decoder decoder = decoder("4a\u001eabc\u001e4b");
    assertEquals(List.of("4a"), rest(decoder));
    assertEquals("unknown packet type", decoder.violation());
    assertNull(decoder.next());
  }

  @Test
  void malformedBase64IsAViolation() {
    PayloadCodec.Decoder decoder = decoder("4a\u001eb%%%");
    assertEquals(List.of("4a"), rest(decoder));
    assertNotNull(decoder.violation());
  }

  @Test
  void malformedUtf8IsAViolationAfterThePacketsBeforeIt() {
    byte[] body = HexFormat.of().parseHex("3461" + "1e" + "34c0af" + "1e" + "3462");
    PayloadCodec.Decoder decoder = new PayloadCodec.Decoder(body, MANY);
    assertEquals(List.of("4a"), rest(decoder));
    assertEquals("malformed UTF-8", decoder.violation());
  }

  @Test
  void aCharacterMayNotBeCutByASeparator() {
    byte[] body = HexFormat.of().parseHex("34c3" + "1e" + "34a9");
    PayloadCodec.Decoder decoder = new PayloadCodec.Decoder(body, MANY);
    assertNull(decoder.next());
    assertEquals("malformed UTF-8", decoder.violation());
  }

  @Test
  void whatFollowsAClosePacketIsIgnored() {
    PayloadCodec.Decoder decoder = decoder("4a\u001e1\u001eabc\u001e");
    assertEquals(List.of("4a", "1"), rest(decoder));
    assertNull(decoder.violation());
  }

  @Test
  void asManyPacketsAsAllowedAreTaken() {
    PayloadCodec.Decoder decoder = new PayloadCodec.Decoder("4\u001e4\u001e4".getBytes(UTF_8), 3);
    assertEquals(3, rest(decoder).size());
    assertNull(decoder.violation());
  }

  @Test
  void onePacketMoreThanAllowedIsAViolation() {
    PayloadCodec.Decoder decoder =
        new PayloadCodec.Decoder("4\u001e4\u001e4\u001e4".getBytes(UTF_8), 3);
    assertEquals(3, rest(decoder).size());
    assertEquals("too many packets in a payload", decoder.violation());
  }

  @Test
  void whatIsEncodedIsDecoded() {
    Random random = new Random(4);
    for (int i = 0; i < 2000; i++) {
      List<Outgoing> batch = RandomPayloads.batch(random);
      PayloadCodec.Decoder decoder =
          new PayloadCodec.Decoder(whole(PayloadCodec.encode(batch)), MANY);
      assertEquals(packets(batch), rest(decoder));
      assertNull(decoder.violation());
    }
  }

  /** What the packets of a batch are, worked out without the codec's joining. */
  private static List<String> packets(List<Outgoing> batch) {
    List<String> packets = new ArrayList<>();
    for (Outgoing outgoing : batch) {
      if (outgoing instanceof MessageBatch message) {
        if (message.hasText()) {
          packets.add(new String(message.textPacket(), UTF_8));
        }
        for (byte[] binary : message.binaries()) {
          packets.add(new String(EnginePacketCodec.encode(new EnginePacket.Binary(binary)), UTF_8));
        }
      } else {
        packets.add(new String(EnginePacketCodec.encode((EnginePacket) outgoing), UTF_8));
      }
    }
    return packets;
  }

  @Test
  void noBodyWhateverMakesTheDecoderFailOrGoOnForEver() {
    Random random = new Random(5);
    String alphabet = "0123456b\u001e\u001eé=A";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder body = new StringBuilder();
      int length = random.nextInt(20);
      for (int j = 0; j < length; j++) {
        body.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      byte[] bytes = body.toString().getBytes(UTF_8);
      if (bytes.length > 0 && random.nextInt(4) == 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      PayloadCodec.Decoder decoder = new PayloadCodec.Decoder(bytes, MANY);
      assertTrue(rest(decoder).size() <= bytes.length);
      assertNull(decoder.next());
    }
  }
}

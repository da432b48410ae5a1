package io.towpath.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.PacketException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reference: 3.2 to 3.4. */
class SocketPacketDecoderTest {
  private final SocketPacketDecoder decoder = new SocketPacketDecoder(10, 8, name -> true);

  private static @Nullable SocketPacket text(SocketPacketDecoder decoder, String text) {
    // Decoders get slices of larger arrays.
    byte[] bytes = ("4" + text + "7").getBytes(UTF_8);
    return decoder.text(new EnginePacket.Text(bytes, 1, bytes.length - 2));
  }

  private String decoded(String text) {
    SocketPacket packet = text(decoder, text);
    assertNotNull(packet);
    return describe(packet);
  }

  private static String describe(SocketPacket packet) {
    if (packet instanceof SocketPacket.Connect connect) {
      return "CONNECT " + connect.namespace() + describe(connect.auth());
    }
    if (packet instanceof SocketPacket.Disconnect) {
      return "DISCONNECT " + packet.namespace();
    }
    if (packet instanceof SocketPacket.Event event) {
      String id = event.id() == SocketPacket.NO_ID ? "" : " #" + event.id();
      return "EVENT " + event.namespace() + id + describe(event.payload());
    }
    if (packet instanceof SocketPacket.Ack ack) {
      return "ACK " + ack.namespace() + " #" + ack.id() + describe(ack.payload());
    }
    SocketPacket.ConnectError error = (SocketPacket.ConnectError) packet;
    return "CONNECT_ERROR " + error.namespace() + describe(error.payload());
  }

  private static String describe(Payload payload) {
    StringBuilder text = new StringBuilder();
    if (!payload.isEmpty()) {
      text.append(' ')
          .append(new String(payload.bytes(), payload.offset(), payload.length(), UTF_8));
    }
    for (byte[] attachment : payload.attachments()) {
      text.append(" +").append(HexFormat.of().formatHex(attachment));
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "0 | CONNECT /",
        "0{\"token\":\"x\"} | CONNECT / {\"token\":\"x\"}",
        "0/a, | CONNECT /a",
        "0/a | CONNECT /a",
        "0/a,{\"b\":1} | CONNECT /a {\"b\":1}",
        "0/slow?x=1, | CONNECT /slow?x=1",
        "0/é, | CONNECT /é",
        "0123 | CONNECT /",
        "1 | DISCONNECT /",
        "1/a, | DISCONNECT /a",
        "1/a | DISCONNECT /a",
        "2[\"a\"] | EVENT / [\"a\"]",
        "212[\"a\"] | EVENT / #12 [\"a\"]",
        "20[\"a\"] | EVENT / #0 [\"a\"]",
        "2007[\"a\"] | EVENT / #7 [\"a\"]",
        "2/admin,12[\"a\"] | EVENT /admin #12 [\"a\"]",
        "2/admin,[\"a\",{\"b\":\"/c,\"}] | EVENT /admin [\"a\",{\"b\":\"/c,\"}]",
        "2[1,2] | EVENT / [1,2]",
        "29007199254740991[] | EVENT / #9007199254740991 []",
        "30[] | ACK / #0 []",
        "3/a,0[] | ACK /a #0 []",
        "4{\"message\":\"x\"} | CONNECT_ERROR / {\"message\":\"x\"}",
        "4\"x\" | CONNECT_ERROR / \"x\"",
      })
  void aPacketIsReadByTheGrammar(String text, String expected) {
    assertEquals(expected, decoded(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // No packet at all.
        "",
        "7",
        "8",
        "9",
        "a",
        "-",
        " 2[\"a\"]",
        "é",
        // CONNECT carries an object or nothing.
        "0[]",
        "0\"x\"",
        "0null",
        "0false",
        "0/a,[]",
        // DISCONNECT carries nothing.
        "1{}",
        "1[]",
        "1,",
        "1/a,{}",
        // EVENT and ACK carry an array.
        "2{}",
        "2\"a\"",
        "2",
        "212",
        "2null",
        "2/a",
        "2 [\"a\"]",
        "2\t[\"a\"]",
        "2-1[\"a\"]",
        "31{}",
        "31",
        "3[]",
        "3\"x\"",
        // Ids are digits that JavaScript can count.
        "29007199254740992[\"a\"]",
        "299999999999999999999[\"a\"]",
        // Attachment counts are 1 to the limit, in digits.
        "5[\"a\"]",
        "5-[\"a\"]",
        "50-[\"a\"]",
        "500-[\"a\"]",
        "511-[\"a\"]",
        "51",
        "51-",
        "51[\"a\"]",
        "5-1-[\"a\"]",
        "5+1-[\"a\"]",
        "51.0-[\"a\"]",
        "51e1-[\"a\"]",
        "5 1-[\"a\"]",
        "5999999999999999999999-[\"a\"]",
        "54294967297-[\"a\"]",
        "6-1[]",
        "61-[]",
        "60-1[]",
        "51-{}",
        "61-1{}",
      })
  void whatBreaksTheGrammarIsRefused(String text) {
    assertThrows(PacketException.class, () -> text(decoder, text));
  }

  @Test
  void theLongestNamespaceNameIsTakenAndALongerOneIsRefused() {
    String longest = "/" + "n".repeat(SocketPacketDecoder.MAX_NAMESPACE_BYTES - 1);
    assertEquals("CONNECT " + longest, decoded("0" + longest + ","));
    assertThrows(PacketException.class, () -> text(decoder, "0" + longest + "n,"));
  }

  @Test
  void anEventWaitsForItsAttachments() {
    assertNull(text(decoder, "52-/a,5[\"b\",1]"));
    assertTrue(decoder.isWaiting());
    assertNull(decoder.binary(new byte[] {1}));
    SocketPacket packet = decoder.binary(new byte[] {2, 3});
    assertNotNull(packet);
    assertEquals("EVENT /a #5 [\"b\",1] +01 +0203", describe(packet));
    assertFalse(decoder.isWaiting());
  }

  @Test
  void anAckWaitsForItsAttachments() {
    assertNull(text(decoder, "61-7[1]"));
    SocketPacket packet = decoder.binary(new byte[0]);
    assertNotNull(packet);
    assertEquals("ACK / #7 [1] +", describe(packet));
  }

  @Test
  void aDecoderGoesOnAfterAPacketWithAttachments() {
    text(decoder, "51-[\"a\"]");
    decoder.binary(new byte[8]);
    assertEquals("EVENT / [\"b\"]", decoded("2[\"b\"]"));
    assertNull(text(decoder, "51-[\"a\"]"));
    assertNotNull(decoder.binary(new byte[8]));
  }

  @Test
  void asManyAttachmentsAsTheLimitAreTaken() {
    assertNull(text(decoder, "510-[\"a\"]"));
    for (int i = 0; i < 9; i++) {
      assertNull(decoder.binary(new byte[0]));
    }
    assertNotNull(decoder.binary(new byte[0]));
  }

  @Test
  void attachmentsOfAsManyBytesAsTheLimitAreTakenAndOneMoreIsRefused() {
    text(decoder, "52-[\"a\"]");
    decoder.binary(new byte[4]);
    assertNotNull(decoder.binary(new byte[4]));
    text(decoder, "52-[\"a\"]");
    decoder.binary(new byte[4]);
    assertThrows(PacketException.class, () -> decoder.binary(new byte[5]));
  }

  @Test
  void textWhereAnAttachmentWasAnnouncedIsRefused() {
    text(decoder, "51-[\"a\"]");
    assertThrows(PacketException.class, () -> text(decoder, "2[\"b\"]"));
  }

  @Test
  void anAttachmentThatWasNotAnnouncedIsRefused() {
    assertThrows(PacketException.class, () -> decoder.binary(new byte[] {1}));
  }

  @Test
  void attachmentsAreRefusedBeforeTheNamespaceIsJoined() {
    SocketPacketDecoder stranger = new SocketPacketDecoder(10, 8, "/in"::equals);
    assertThrows(PacketException.class, () -> text(stranger, "51-[\"a\"]"));
    assertNull(text(stranger, "51-/in,[\"a\"]"));
  }
}

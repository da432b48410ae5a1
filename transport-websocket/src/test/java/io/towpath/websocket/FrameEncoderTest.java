package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameEncoderTest {
  private static int noKeys() {
    throw new AssertionError("a server has no masking keys");
  }

  private final FrameEncoder server = new FrameEncoder(Role.SERVER, FrameEncoderTest::noKeys);
  private final FrameEncoder client = new FrameEncoder(Role.CLIENT, () -> 0x37fa213d);

  private static String header(FrameEncoder encoder, Opcode opcode, int length) {
    ByteBuffer out = ByteBuffer.allocate(FrameEncoder.MAX_HEADER_BYTES);
    encoder.header(opcode, true, false, length, out);
    return Hex.of(out.flip());
  }

  @Test
  void section57_theExamplesAreWrittenByteForByte() {
    byte[] hello = Hex.bytes("48656c6c6f");
    assertEquals("810548656c6c6f", Hex.of(server.frame(Opcode.TEXT, true, hello)));
    assertEquals("818537fa213d7f9f4d5158", Hex.of(client.frame(Opcode.TEXT, true, hello)));
    assertEquals("010348656c", Hex.of(server.frame(Opcode.TEXT, false, Hex.bytes("48656c"))));
    assertEquals("80026c6f", Hex.of(server.frame(Opcode.CONTINUATION, true, Hex.bytes("6c6f"))));
    assertEquals("890548656c6c6f", Hex.of(server.frame(Opcode.PING, true, hello)));
    assertEquals("8a8537fa213d7f9f4d5158", Hex.of(client.frame(Opcode.PONG, true, hello)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8200",
    "125, 827d",
    "126, 827e007e",
    "65535, 827effff",
    "65536, 827f0000000000010000",
    "2147483647, 827f000000007fffffff"
  })
  void section52_theLengthIsWrittenInItsShortestForm(int length, String hex) {
    assertEquals(hex, header(server, Opcode.BINARY, length));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 828037fa213d",
    "125, 82fd37fa213d",
    "126, 82fe007e37fa213d",
    "65536, 82ff000000000001000037fa213d"
  })
  void section52_aClientsHeaderEndsWithItsKey(int length, String hex) {
    assertEquals(hex, header(client, Opcode.BINARY, length));
  }

  @Test
  void section53_everyFrameHasAKeyOfItsOwn() {
    int[] next = {1};
    FrameEncoder encoder = new FrameEncoder(Role.CLIENT, () -> next[0]++);
    assertEquals("818000000001", header(encoder, Opcode.TEXT, 0));
    assertEquals("818000000002", header(encoder, Opcode.TEXT, 0));
  }

  // RFC 7692 section 6
  @Test
  void theFirstFrameOfACompressedMessageHasRsv1() {
    ByteBuffer out = ByteBuffer.allocate(FrameEncoder.MAX_HEADER_BYTES);
    server.header(Opcode.TEXT, true, true, 1, out);
    assertEquals("c101", Hex.of(out.flip()));
  }

  @Test
  void aPayloadWrittenInPiecesIsTheSameAsAWhole() {
    Random random = new Random(6);
    byte[] payload = new byte[1000];
    random.nextBytes(payload);
    for (FrameEncoder encoder : new FrameEncoder[] {server, client}) {
      String whole = Hex.of(encoder.frame(Opcode.BINARY, true, payload));
      for (int room = 1; room < 40; room++) {
        assertEquals(whole, inPieces(encoder, payload, room));
      }
    }
  }

  private static String inPieces(FrameEncoder encoder, byte[] payload, int room) {
    ByteBuffer head = ByteBuffer.allocate(FrameEncoder.MAX_HEADER_BYTES);
    encoder.header(Opcode.BINARY, true, false, payload.length, head);
    StringBuilder all = new StringBuilder(Hex.of(head.flip()));
    ByteBuffer out = ByteBuffer.allocateDirect(room);
    int at = 0;
    while (at < payload.length) {
      at += encoder.payload(payload, at, payload.length - at, out);
      all.append(Hex.of(out.flip()));
      out.clear();
    }
    return all.toString();
  }
}

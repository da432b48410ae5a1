package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageAssemblerTest {
  private static final int MAX_MESSAGE = 1000;
  private static final int MAX_FRAGMENTS = 10;

  private static final class Recorder implements MessageAssembler.Messages {
    final List<String> log = new ArrayList<>();
    byte[] last = {};
    int lastLength;

    @Override
    public void onText(byte[] bytes, int offset, int length) {
      log.add("text " + new String(bytes, offset, length, StandardCharsets.UTF_8));
      last = bytes;
      lastLength = length;
    }

    @Override
    public void onBinary(byte[] bytes) {
      log.add("binary " + Hex.of(bytes));
      last = bytes;
      lastLength = bytes.length;
    }

    @Override
    public void onPing(byte[] payload) {
      log.add("ping " + Hex.of(payload));
    }

    @Override
    public void onPong(byte[] payload) {
      log.add("pong " + Hex.of(payload));
    }

    @Override
    public void onClose(byte[] payload) {
      log.add("close " + Hex.of(payload));
    }
  }

  private final Recorder recorder = new Recorder();
  private final MessageAssembler assembler =
      new MessageAssembler(MAX_MESSAGE, MAX_FRAGMENTS, null, recorder);
  // A client's decoder, because unmasked frames are easier to read. Masks are the decoder's matter.
  private final FrameDecoder decoder = new FrameDecoder(Role.CLIENT, 1 << 30, false, assembler);

  private List<String> receive(String... hex) {
    for (String part : hex) {
      decoder.decode(Hex.buffer(part));
    }
    return recorder.log;
  }

  private CloseCode refusal(String hex) {
    return assertThrows(ProtocolViolation.class, () -> receive(hex)).code();
  }

  @Nested
  class Section54Fragmentation {
    @Test
    void aMessageInOneFrame() {
      assertEquals(List.of("text Hello"), receive("81 05 48656c6c6f"));
    }

    @Test
    void aMessageInThreeFrames() {
      assertEquals(List.of("text Hello"), receive("01 02 4865", "00 02 6c6c", "80 01 6f"));
    }

    @Test
    void emptyFragmentsCount() {
      assertEquals(List.of("text A"), receive("01 00", "00 00", "00 01 41", "80 00"));
    }

    @Test
    void anEmptyMessageInOneFrameAndInTwo() {
      assertEquals(List.of("text ", "binary ", "text "), receive("81 00", "82 00", "01 00 80 00"));
    }

    @Test
    void controlFramesComeBetweenFragmentsAndAreDeliveredAtOnce() {
      assertEquals(
          List.of("ping 01", "pong 02", "text AB", "close 03e8"),
          receive("01 01 41", "89 01 01", "8a 01 02", "80 01 42", "88 02 03e8"));
    }

    @Test
    void aControlFrameMayComeInPiecesBetweenFragments() {
      assertEquals(
          List.of("ping 0102", "text AB"), receive("01 01 41 89", "02", "01", "02 80", "01", "42"));
    }

    // Autobahn 5.9 to 5.14
    @ParameterizedTest
    @ValueSource(strings = {"80 00", "00 00", "80 01 41", "81 01 41 80 01 42"})
    void aContinuationWithoutAMessageIsRefused(String hex) {
      assertEquals(CloseCode.PROTOCOL_ERROR, refusal(hex));
    }

    // Autobahn 5.15 to 5.18
    @ParameterizedTest
    @ValueSource(strings = {"01 01 41 81 01 42", "01 01 41 01 01 42", "01 00 82 00", "02 00 02 00"})
    void aMessageInsideAMessageIsRefused(String hex) {
      assertEquals(CloseCode.PROTOCOL_ERROR, refusal(hex));
    }

    @Test
    void aMessageOfTheMostFragmentsIsTakenAndOneMoreIsRefused() {
      receive("02 01 00" + "00 01 00".repeat(MAX_FRAGMENTS - 2) + "80 01 00");
      assertEquals(1, recorder.log.size());
      receive("02 01 00" + "00 01 00".repeat(MAX_FRAGMENTS - 1));
      assertEquals(CloseCode.POLICY_VIOLATION, refusal("80 01 00"));
    }

    @Test
    void emptyFragmentsWithoutEndAreRefused() {
      assertEquals(CloseCode.POLICY_VIOLATION, refusal("01 00" + "00 00".repeat(MAX_FRAGMENTS)));
    }

    @Test
    void fragmentsAreCountedForEachMessageAnew() {
      receive(("02 00" + "00 00".repeat(MAX_FRAGMENTS - 2) + "80 00").repeat(3));
      assertEquals(3, recorder.log.size());
    }
  }

  @Nested
  class Size {
    @Test
    void aMessageOfTheLimitIsTaken() {
      receive("82 7e 03e8" + "00".repeat(1000));
      assertEquals(1, recorder.log.size());
    }

    @Test
    void oneByteMoreIsRefusedBeforeItsPayload() {
      assertEquals(CloseCode.TOO_BIG, refusal("82 7e 03e9"));
    }

    @Test
    void fragmentsThatReachTheLimitAreTaken() {
      receive("02 7e 0384" + "00".repeat(900), "00 00", "80 64" + "00".repeat(100));
      assertEquals(1, recorder.log.size());
    }

    @Test
    void fragmentsThatExceedItAreRefusedBeforeThePayloadOfTheOneThatDoes() {
      receive("02 7e 0384" + "00".repeat(900));
      assertEquals(CloseCode.TOO_BIG, refusal("80 65"));
    }

    @Test
    void controlFramesBetweenFragmentsDoNotCount() {
      receive("02 7e 03e8" + "00".repeat(1000), "89 7d" + "00".repeat(125), "80 00");
      assertEquals(2, recorder.log.size());
    }
  }

  @Nested
  class Section81Utf8 {
    @Test
    void aCharacterMayBeCutBetweenFragments() {
      assertEquals(
          List.of("text κ\u1f79σμε"), receive("01 03 ceba e1", "80 08 bdb9 cf83 cebc ceb5"));
    }

    // Autobahn 6.4.1: the fragment with the bad byte is refused though the message goes on
    @Test
    void aBadByteIsRefusedInTheFragmentThatHasIt() {
      receive("01 02 4869");
      assertEquals(CloseCode.INVALID_PAYLOAD, refusal("00 02 f490"));
    }

    // Autobahn 6.4.3: the bad byte is refused before the frame is complete
    @Test
    void aBadByteIsRefusedBeforeTheFrameEnds() {
      receive("81 14 cebae1bdb9cf83cebcceb5");
      assertEquals(CloseCode.INVALID_PAYLOAD, refusal("f4 90"));
    }

    @Test
    void aSurrogateIsRefusedAtItsSecondByte() {
      assertEquals(CloseCode.INVALID_PAYLOAD, refusal("81 03 eda0"));
    }

    @Test
    void aMessageMayNotEndInsideACharacter() {
      assertEquals(CloseCode.INVALID_PAYLOAD, refusal("81 01 c3"));
    }

    @Test
    void aFragmentedMessageMayNotEndInsideACharacter() {
      receive("01 01 c3");
      assertEquals(CloseCode.INVALID_PAYLOAD, refusal("80 00"));
    }

    @Test
    void binaryIsNotChecked() {
      assertEquals(List.of("binary fffe"), receive("82 02 fffe"));
    }

    @Test
    void aTextAfterABinaryMessageIsCheckedFromItsOwnBeginning() {
      assertEquals(List.of("binary c3", "text a"), receive("82 01 c3", "81 01 61"));
    }
  }

  @Nested
  class Memory {
    @Test
    void aMessageThatComesWholeIsInAnArrayOfItsSize() {
      receive("81 05 48656c6c6f");
      assertEquals(5, recorder.last.length);
    }

    @Test
    void aLongMessageInOneFrameAndManyReadsIsInAnArrayOfItsSize() {
      MessageAssembler big = new MessageAssembler(1 << 20, 1, null, recorder);
      FrameDecoder bigDecoder = new FrameDecoder(Role.CLIENT, 1 << 20, false, big);
      bigDecoder.decode(Hex.buffer("82 7f 0000000000100000"));
      for (int i = 0; i < 64; i++) {
        bigDecoder.decode(ByteBuffer.allocate(16 * 1024));
      }
      assertEquals(1 << 20, recorder.last.length);
      assertEquals(1 << 20, recorder.lastLength);
    }

    @Test
    void aTextInFragmentsIsNeverInMoreThanTwiceItsSize() {
      MessageAssembler big = new MessageAssembler(1 << 20, 1 << 20, null, recorder);
      FrameDecoder bigDecoder = new FrameDecoder(Role.CLIENT, 1 << 20, false, big);
      bigDecoder.decode(Hex.buffer("01 00"));
      for (int i = 0; i < 100_000; i++) {
        bigDecoder.decode(Hex.buffer("00 01 41"));
      }
      bigDecoder.decode(Hex.buffer("80 00"));
      assertEquals(100_000, recorder.lastLength);
      assertTrue(recorder.last.length <= 200_000);
    }

    @Test
    void anAnnouncedMessageCostsNothingUntilItComes() {
      MessageAssembler big = new MessageAssembler(1 << 26, 1024, null, recorder);
      FrameDecoder bigDecoder = new FrameDecoder(Role.CLIENT, 1 << 26, false, big);
      bigDecoder.decode(Hex.buffer("82 7f 0000000004000000"));
      assertEquals(0, big.reservedBytes());
      bigDecoder.decode(Hex.buffer("00"));
      for (int received = 1; received < 1 << 20; received += 1000) {
        assertTrue(big.reservedBytes() <= 4 * received);
        bigDecoder.decode(ByteBuffer.allocate(1000));
      }
    }

    @Test
    void aMessageThatWasDeliveredIsNotKept() {
      receive("01 01 41", "80 01 42");
      assertEquals(0, assembler.reservedBytes());
    }
  }

  @Test
  void assemblingLastsFromTheFirstHeaderToTheLastByte() {
    assertFalse(assembler.isAssembling());
    receive("81 02 41");
    assertTrue(assembler.isAssembling());
    receive("42");
    assertFalse(assembler.isAssembling());
    receive("01 01 41");
    assertTrue(assembler.isAssembling());
    receive("89 00");
    assertTrue(assembler.isAssembling());
    receive("80 00");
    assertFalse(assembler.isAssembling());
  }

  @Test
  void anyMessageInAnyFragmentsAndAnyReadsIsPutTogether() {
    Random random = new Random(8);
    MessageAssembler big = new MessageAssembler(1 << 20, 1 << 20, null, recorder);
    FrameDecoder bigDecoder = new FrameDecoder(Role.SERVER, 1 << 20, false, big);
    FrameEncoder encoder = new FrameEncoder(Role.CLIENT, random::nextInt);
    for (int i = 0; i < 300; i++) {
      byte[] message = new byte[random.nextInt(1 << (1 + random.nextInt(17)))];
      random.nextBytes(message);
      int sent = 0;
      boolean first = true;
      do {
        int length = random.nextInt(message.length - sent + 1);
        boolean fin = sent + length == message.length && random.nextBoolean();
        byte[] fragment = Arrays.copyOfRange(message, sent, sent + length);
        ByteBuffer frame =
            encoder.frame(first ? Opcode.BINARY : Opcode.CONTINUATION, fin, fragment);
        while (frame.hasRemaining()) {
          int chunk = 1 + random.nextInt(frame.remaining());
          bigDecoder.decode(frame.slice(frame.position(), chunk));
          frame.position(frame.position() + chunk);
        }
        first = false;
        sent += length;
      } while (recorder.log.size() == i);
      assertArrayEquals(message, recorder.last);
    }
  }
}

package io.towpath.websocket;

import static io.towpath.websocket.Hex.frameFor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
  private static final long LIMIT = 1L << 40;
  private static final List<Opcode> OPCODES = List.of(Opcode.values());

  /** Writes down frames as text: opcode, {@code +} if more fragments follow, payload in hex. */
  private static final class Recorder implements FrameDecoder.Frames {
    final List<String> frames = new ArrayList<>();
    String header = "";
    ByteArrayOutputStream payload = new ByteArrayOutputStream();

    @Override
    public void onFrame(Opcode opcode, boolean fin, boolean rsv1, long length) {
      header = opcode + (fin ? "" : "+") + (rsv1 ? "*" : "");
      payload.reset();
    }

    @Override
    public void onPayload(ByteBuffer bytes, int length) {
      assertTrue(length > 0);
      byte[] chunk = new byte[length];
      bytes.get(chunk);
      payload.writeBytes(chunk);
    }

    @Override
    public void onFrameEnd() {
      frames.add((header + " " + Hex.of(payload.toByteArray())).strip());
    }
  }

  private final Recorder recorder = new Recorder();

  private FrameDecoder decoder(Role role) {
    return new FrameDecoder(role, LIMIT, false, recorder);
  }

  private List<String> decode(Role role, byte[]... parts) {
    FrameDecoder decoder = decoder(role);
    for (byte[] part : parts) {
      decoder.decode(ByteBuffer.wrap(part));
    }
    return recorder.frames;
  }

  private CloseCode refusal(FrameDecoder decoder, byte[] bytes) {
    return assertThrows(ProtocolViolation.class, () -> decoder.decode(ByteBuffer.wrap(bytes)))
        .code();
  }

  private void assertRefused(Role role, byte[] bytes) {
    assertEquals(CloseCode.PROTOCOL_ERROR, refusal(decoder(role), bytes));
    assertEquals(List.of(), recorder.frames);
  }

  /** The examples of section 5.7, as a server and as a client get them. */
  @Nested
  class Section57 {
    @Test
    void anUnmaskedTextMessage() {
      assertEquals(List.of("TEXT 48656c6c6f"), decode(Role.CLIENT, Hex.bytes("81 05 48656c6c6f")));
    }

    @Test
    void aMaskedTextMessage() {
      assertEquals(
          List.of("TEXT 48656c6c6f"), decode(Role.SERVER, Hex.bytes("81 85 37fa213d 7f9f4d5158")));
    }

    @Test
    void aFragmentedUnmaskedTextMessage() {
      assertEquals(
          List.of("TEXT+ 48656c", "CONTINUATION 6c6f"),
          decode(Role.CLIENT, Hex.bytes("01 03 48656c"), Hex.bytes("80 02 6c6f")));
    }

    @Test
    void anUnmaskedPingAndItsMaskedPong() {
      assertEquals(List.of("PING 48656c6c6f"), decode(Role.CLIENT, Hex.bytes("89 05 48656c6c6f")));
      assertEquals(
          "PONG 48656c6c6f", decode(Role.SERVER, Hex.bytes("8a 85 37fa213d 7f9f4d5158")).get(1));
    }

    @ParameterizedTest
    @EnumSource
    void aBinaryMessageOf256Bytes(Role role) {
      String payload = "ab".repeat(256);
      assertEquals(
          List.of("BINARY " + payload), decode(role, frameFor(role, "82 7e 0100", payload)));
    }

    @ParameterizedTest
    @EnumSource
    void aBinaryMessageOf64KiB(Role role) {
      String payload = "cd".repeat(65536);
      assertEquals(
          List.of("BINARY " + payload),
          decode(role, frameFor(role, "82 7f 0000000000010000", payload)));
    }
  }

  @Nested
  class Section51Masking {
    @Test
    void aServerRefusesAFrameThatIsNotMasked() {
      assertRefused(Role.SERVER, Hex.bytes("81 05 48656c6c6f"));
    }

    @Test
    void aServerRefusesAnEmptyFrameThatIsNotMasked() {
      assertRefused(Role.SERVER, Hex.bytes("81 00"));
    }

    @Test
    void aClientRefusesAFrameThatIsMasked() {
      assertRefused(Role.CLIENT, Hex.bytes("81 85 37fa213d 7f9f4d5158"));
    }
  }

  @Nested
  class Section52FirstByte {
    @ParameterizedTest
    @EnumSource
    void aReservedBitWithoutAnExtensionIsRefusedOnEveryOpcode(Role role) {
      for (int rsv = 0x10; rsv <= 0x70; rsv += 0x10) {
        for (Opcode opcode : Opcode.values()) {
          assertRefused(role, new byte[] {(byte) (0x80 | rsv | opcode.code())});
        }
      }
    }

    @ParameterizedTest
    @EnumSource
    void aReservedOpcodeIsRefusedBeforeItsLengthIsRead(Role role) {
      for (int opcode : new int[] {3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
        assertRefused(role, new byte[] {(byte) (0x80 | opcode)});
      }
    }

    @Test
    void rsv1IsTakenOnTheFirstFrameOfAMessageIfCompressionIsOn() {
      FrameDecoder decoder = new FrameDecoder(Role.CLIENT, LIMIT, true, recorder);
      decoder.decode(Hex.buffer("c1 00 c2 00"));
      assertEquals(List.of("TEXT*", "BINARY*"), recorder.frames);
    }

    // RFC 7692 section 6.1
    @ParameterizedTest
    @ValueSource(strings = {"c0", "c8", "c9", "ca", "e1", "d1", "f2"})
    void rsv1ElsewhereAndTheOtherTwoAreRefusedEvenIfCompressionIsOn(String hex) {
      FrameDecoder decoder = new FrameDecoder(Role.CLIENT, LIMIT, true, recorder);
      assertEquals(CloseCode.PROTOCOL_ERROR, refusal(decoder, Hex.bytes(hex)));
    }
  }

  @Nested
  class Section52Length {
    @ParameterizedTest
    @EnumSource
    void everyFormOfLengthIsReadAtItsBounds(Role role) {
      for (int length : new int[] {0, 1, 124, 125}) {
        check(role, String.format("82 %02x", length), length);
      }
      for (int length : new int[] {126, 127, 128, 65535}) {
        check(role, String.format("82 7e %04x", length), length);
      }
      for (int length : new int[] {65536, 65537, 100_000}) {
        check(role, String.format("82 7f %016x", length), length);
      }
    }

    private void check(Role role, String header, int length) {
      String payload = "5a".repeat(length);
      decode(role, frameFor(role, header, payload));
      assertEquals(("BINARY " + payload).strip(), recorder.frames.get(recorder.frames.size() - 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"82 7e 0000", "82 7e 0001", "82 7e 007d"})
    void twoBytesForWhatFitsIntoSevenBitsAreRefused(String header) {
      assertRefused(Role.CLIENT, Hex.bytes(header));
      assertRefused(Role.SERVER, frameFor(Role.SERVER, header, ""));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "82 7f 0000000000000000",
          "82 7f 000000000000007d",
          "82 7f 000000000000007e",
          "82 7f 000000000000ffff"
        })
    void eightBytesForWhatFitsIntoTwoAreRefused(String header) {
      assertRefused(Role.CLIENT, Hex.bytes(header));
      assertRefused(Role.SERVER, frameFor(Role.SERVER, header, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"82 7f 8000000000000000", "82 7f ffffffffffffffff"})
    void aLengthWithTheHighestBitIsRefused(String header) {
      assertRefused(Role.CLIENT, Hex.bytes(header));
      assertRefused(Role.SERVER, frameFor(Role.SERVER, header, ""));
    }

    @Test
    void aFrameOfTheLimitIsTakenAndOneByteMoreIsTooBigBeforeAnyPayload() {
      FrameDecoder decoder = new FrameDecoder(Role.CLIENT, 1000, false, recorder);
      decoder.decode(Hex.buffer("82 7e 03e8" + "00".repeat(1000)));
      assertEquals(1, recorder.frames.size());
      assertEquals(CloseCode.TOO_BIG, refusal(decoder, Hex.bytes("82 7e 03e9")));
    }

    @Test
    void aGiantLengthIsTooBig() {
      FrameDecoder decoder = new FrameDecoder(Role.SERVER, 1_000_000, false, recorder);
      assertEquals(CloseCode.TOO_BIG, refusal(decoder, Hex.bytes("82 ff 7fffffffffffffff")));
    }
  }

  @Nested
  class Section55ControlFrames {
    @ParameterizedTest
    @EnumSource
    void of125BytesAreTaken(Role role) {
      for (String first : List.of("88", "89", "8a")) {
        decode(role, frameFor(role, first + " 7d", "00".repeat(125)));
      }
      assertEquals(3, recorder.frames.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"88 7e", "89 7e", "8a 7e", "88 7f", "89 7f", "8a 7f"})
    void of126BytesOrMoreAreRefusedBeforeTheLengthIsRead(String header) {
      assertRefused(Role.CLIENT, Hex.bytes(header));
      assertRefused(Role.SERVER, Hex.bytes(header.replace("7", "f")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"08", "09", "0a"})
    void thatAreFragmentedAreRefused(String hex) {
      assertRefused(Role.CLIENT, Hex.bytes(hex));
      assertRefused(Role.SERVER, Hex.bytes(hex));
    }
  }

  @Nested
  class Chunks {
    @ParameterizedTest
    @EnumSource
    void aStreamCutAnywhereGivesTheSameFrames(Role role) {
      byte[] stream = stream(role);
      List<String> whole = List.copyOf(decode(role, stream.clone()));
      assertEquals(5, whole.size());
      for (int cut = 0; cut <= stream.length; cut++) {
        recorder.frames.clear();
        byte[] head = Arrays.copyOf(stream, cut);
        byte[] tail = Arrays.copyOfRange(stream, cut, stream.length);
        assertEquals(whole, decode(role, head, tail));
      }
    }

    @ParameterizedTest
    @EnumSource
    void bytesMayComeOneAtATime(Role role) {
      byte[] stream = stream(role);
      List<String> whole = List.copyOf(decode(role, stream.clone()));
      recorder.frames.clear();
      FrameDecoder decoder = decoder(role);
      for (byte one : stream) {
        ByteBuffer direct = ByteBuffer.allocateDirect(1).put(one).flip();
        decoder.decode(direct);
        assertFalse(direct.hasRemaining());
      }
      assertEquals(whole, recorder.frames);
      assertTrue(decoder.isBetweenFrames());
    }

    @ParameterizedTest
    @EnumSource
    void aThousandFramesMayComeAtOnce(Role role) {
      byte[] frame = frameFor(role, "81 05", "48656c6c6f");
      ByteBuffer all = ByteBuffer.allocate(1000 * frame.length);
      for (int i = 0; i < 1000; i++) {
        all.put(frame);
      }
      decoder(role).decode(all.flip());
      assertEquals(1000, recorder.frames.size());
      assertTrue(recorder.frames.stream().allMatch("TEXT 48656c6c6f"::equals));
    }

    private byte[] stream(Role role) {
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      stream.writeBytes(frameFor(role, "01 03", "48656c"));
      stream.writeBytes(frameFor(role, "89 00", ""));
      stream.writeBytes(frameFor(role, "80 02", "6c6f"));
      stream.writeBytes(frameFor(role, "82 7e 0080", "77".repeat(128)));
      stream.writeBytes(frameFor(role, "88 02", "03e8"));
      return stream.toByteArray();
    }
  }

  @Test
  void nothingIsTakenAfterStop() {
    FrameDecoder decoder = decoder(Role.CLIENT);
    decoder.stop();
    ByteBuffer garbage = Hex.buffer("ff ff ff ff");
    decoder.decode(garbage);
    assertFalse(garbage.hasRemaining());
    assertEquals(List.of(), recorder.frames);
  }

  @Test
  void stopFromWithinAFrameSkipsWhatFollowsInTheSameBuffer() {
    FrameDecoder[] decoder = new FrameDecoder[1];
    decoder[0] =
        new FrameDecoder(
            Role.CLIENT,
            LIMIT,
            false,
            new FrameDecoder.Frames() {
              @Override
              public void onFrame(Opcode opcode, boolean fin, boolean rsv1, long length) {
                recorder.onFrame(opcode, fin, rsv1, length);
              }

              @Override
              public void onPayload(ByteBuffer bytes, int length) {
                recorder.onPayload(bytes, length);
              }

              @Override
              public void onFrameEnd() {
                recorder.onFrameEnd();
                decoder[0].stop();
              }
            });
    ByteBuffer bytes = Hex.buffer("88 00 81 01 41 ff");
    decoder[0].decode(bytes);
    assertFalse(bytes.hasRemaining());
    assertEquals(List.of("CLOSE"), recorder.frames);
  }

  @ParameterizedTest
  @EnumSource
  void whatAnEncoderWritesIsReadBack(Role receiver) {
    Random random = new Random(5);
    Role sender = receiver == Role.SERVER ? Role.CLIENT : Role.SERVER;
    FrameEncoder encoder = new FrameEncoder(sender, random::nextInt);
    FrameDecoder decoder = decoder(receiver);
    for (int i = 0; i < 2000; i++) {
      Opcode opcode = OPCODES.get(random.nextInt(OPCODES.size()));
      byte[] payload = new byte[random.nextInt(opcode.isControl() ? 126 : 1 << random.nextInt(18))];
      random.nextBytes(payload);
      boolean fin = opcode.isControl() || random.nextBoolean();
      ByteBuffer frame = encoder.frame(opcode, fin, payload);
      while (frame.hasRemaining()) {
        int chunk = Math.min(frame.remaining(), 1 + random.nextInt(5000));
        decoder.decode(frame.slice(frame.position(), chunk));
        frame.position(frame.position() + chunk);
      }
      assertEquals(
          (opcode + (fin ? "" : "+") + " " + Hex.of(payload)).strip(),
          recorder.frames.get(recorder.frames.size() - 1));
      recorder.frames.clear();
    }
  }
}

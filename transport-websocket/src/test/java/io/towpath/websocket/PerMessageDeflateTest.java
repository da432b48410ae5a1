package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PerMessageDeflateTest {
  private static final DeflateParameters ALONE = new DeflateParameters(true, true, 15, 15);
  private static final DeflateParameters TAKEOVER = new DeflateParameters(false, false, 15, 15);

  private static PerMessageDeflate codec(DeflateParameters parameters) {
    return new PerMessageDeflate(Role.SERVER, parameters, 0);
  }

  /** Inflates a message that comes whole, into as much room as it needs. */
  private static byte[] inflate(PerMessageDeflate codec, byte[] payload) {
    byte[] message = new byte[1 << 22];
    int size = codec.inflate(ByteBuffer.wrap(payload), message, 0, message.length);
    size += codec.inflate(codec.tail(), message, size, message.length - size);
    codec.end(message, size);
    return Arrays.copyOf(message, size);
  }

  private static String inflateHex(PerMessageDeflate codec, String hex) {
    return new String(inflate(codec, Hex.bytes(hex)), StandardCharsets.UTF_8);
  }

  private static byte[] compress(PerMessageDeflate codec, byte[] message) {
    return present(codec.compress(message, 0, message.length));
  }

  private static byte[] present(byte @Nullable [] bytes) {
    if (bytes == null) {
      throw new AssertionError("not compressed");
    }
    return bytes;
  }

  private static byte[] text(int length) {
    StringBuilder text = new StringBuilder();
    Random random = new Random(11);
    while (text.length() < length) {
      text.append("{\"name\":\"value").append(random.nextInt(1000)).append("\"},");
    }
    text.setLength(length);
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** The examples of section 7.2.3. */
  @ParameterizedTest
  @CsvSource({
    "f248cdc9c90700, Hello", // 7.2.3.1
    "000500faff48656c6c6f00, Hello", // 7.2.3.3: no compression
    "f348cdc9c9070000, Hello", // 7.2.3.4: a final block
    "f248050000 00ffffcac9c90700, Hello", // 7.2.3.5: two blocks
    "00, ''" // 7.2.3.6
  })
  void section723_theExamplesAreInflated(String hex, String message) {
    assertEquals(message, inflateHex(codec(ALONE), hex.replace(" ", "")));
  }

  // Section 7.2.3.2: the second message refers to the first
  @Test
  void section7232_withContextTakeoverAMessageMayReferToEarlierOnes() {
    PerMessageDeflate codec = codec(TAKEOVER);
    assertEquals("Hello", inflateHex(codec, "f248cdc9c90700"));
    assertEquals("Hello", inflateHex(codec, "f200110000"));
    assertEquals("Hello", inflateHex(codec, "f200110000"));
  }

  @Test
  void section7111_withoutItAMessageMayNot() {
    PerMessageDeflate codec = codec(ALONE);
    assertEquals("Hello", inflateHex(codec, "f248cdc9c90700"));
    assertThrows(ProtocolViolation.class, () -> inflateHex(codec, "f200110000"));
  }

  @Test
  void section7234_aFinalBlockDoesNotEndWhatLaterMessagesMayReferTo() {
    PerMessageDeflate codec = codec(TAKEOVER);
    assertEquals("Hello", inflateHex(codec, "f348cdc9c9070000"));
    assertEquals("Hello", inflateHex(codec, "f200110000"));
  }

  @Test
  void section7234_aMessageMayGoOnAfterAFinalBlockAndReferToWhatWasBefore() {
    // "Hello" in a final block, then "Hello" as a reference to it.
    assertEquals(
        "HelloHello", inflateHex(codec(ALONE), "f348cdc9c90700 f200110000".replace(" ", "")));
  }

  @Test
  void section7234_aStreamThatEndsItselfNeedsNoTail() {
    assertEquals("Hello", inflateHex(codec(ALONE), "f348cdc9c90700"));
  }

  @Test
  void section7236_anEmptyMessageIsOneZeroByte() {
    assertArrayEquals(new byte[] {0}, codec(ALONE).compress(new byte[0], 0, 0));
    assertArrayEquals(new byte[] {0}, codec(TAKEOVER).compress(new byte[0], 0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // not even a block
        "f2", // ends in mid-block
        "f248cd",
        "f248cdc9c907", // the last byte is missing
        "ffffffff", // no such kind of block
        "000500faff4865", // a stored block that is cut off
        "000500faf048656c6c6f00" // its length does not match
      })
  void aMessageThatDoesNotEndWithABlockIsRefused(String hex) {
    PerMessageDeflate codec = codec(TAKEOVER);
    assertEquals(
        CloseCode.INVALID_PAYLOAD,
        assertThrows(ProtocolViolation.class, () -> inflateHex(codec, hex)).code());
    codec.release();
  }

  @Test
  void whatIsCompressedIsInflatedAgain() {
    for (DeflateParameters parameters : new DeflateParameters[] {ALONE, TAKEOVER}) {
      PerMessageDeflate out = codec(parameters);
      PerMessageDeflate in = new PerMessageDeflate(Role.CLIENT, parameters, 0);
      for (int length : new int[] {1, 10, 1000, 65_536, 1_000_000}) {
        byte[] message = text(length);
        byte[] compressed = out.compress(message, 0, length);
        if (compressed != null) {
          assertArrayEquals(message, inflate(in, compressed));
        } else {
          assertEquals(ALONE, parameters);
        }
      }
      out.release();
      in.release();
    }
  }

  @Test
  void aMessageInPiecesIntoLittleRoomIsInflatedAsAWhole() {
    PerMessageDeflate in = new PerMessageDeflate(Role.CLIENT, ALONE, 0);
    byte[] message = text(20_000);
    byte[] compressed = compress(codec(ALONE), message);
    // A byte more than the message, because there must always be room to go on.
    byte[] inflated = new byte[20_001];
    int size = 0;
    for (byte one : compressed) {
      ByteBuffer input = ByteBuffer.allocateDirect(1).put(one).flip();
      int count = in.inflate(input, inflated, size, Math.min(3, inflated.length - size));
      while (count == 3) {
        size += count;
        count = in.inflate(null, inflated, size, Math.min(3, inflated.length - size));
      }
      size += count;
    }
    size += in.inflate(in.tail(), inflated, size, inflated.length - size);
    in.end(inflated, size);
    assertArrayEquals(message, Arrays.copyOf(inflated, size));
  }

  @Test
  void inflatingStopsWhereTheRoomEnds() {
    byte[] zeros = new byte[10_000_000];
    byte[] bomb = compress(codec(ALONE), zeros);
    assertTrue(bomb.length < 20_000);
    PerMessageDeflate in = new PerMessageDeflate(Role.CLIENT, ALONE, 0);
    byte[] room = new byte[1000];
    assertEquals(1000, in.inflate(ByteBuffer.wrap(bomb), room, 0, 1000));
    in.release();
  }

  @Test
  void messagesBelowTheThresholdAreSentAsTheyAre() {
    PerMessageDeflate codec = new PerMessageDeflate(Role.SERVER, ALONE, 1024);
    assertNull(codec.compress(text(1023), 0, 1023));
    assertNotNull(codec.compress(text(1024), 0, 1024));
  }

  @Test
  void messagesThatDoNotShrinkAreSentAsTheyAre() {
    byte[] noise = new byte[2000];
    new Random(12).nextBytes(noise);
    assertNull(codec(ALONE).compress(noise, 0, 2000));
  }

  @Test
  void withContextTakeoverAMessageThatIsSentAgainIsTiny() {
    PerMessageDeflate codec = codec(TAKEOVER);
    byte[] message = text(2000);
    int first = compress(codec, message).length;
    int second = compress(codec, message).length;
    assertTrue(second < first / 5, () -> first + ", then " + second);
    codec.release();
  }

  @Test
  void aSliceOfAnArrayIsCompressed() {
    byte[] message = text(2000);
    byte[] compressed = codec(ALONE).compress(message, 500, 1000);
    PerMessageDeflate in = new PerMessageDeflate(Role.CLIENT, ALONE, 0);
    assertArrayEquals(Arrays.copyOfRange(message, 500, 1500), inflate(in, present(compressed)));
  }

  // Section 7.1.2.1. The JDK's inflater has the largest window, so the distances are read from the
  // stream: a decoder with a window of that size must find everything that is referred to.
  @ParameterizedTest
  @ValueSource(ints = {8, 9, 10, 12, 14})
  void section7121_noReferenceReachesFurtherBackThanTheWindow(int bits) {
    DeflateParameters parameters = new DeflateParameters(false, false, bits, 15);
    PerMessageDeflate codec = codec(parameters);
    // Repeats at every distance, so that a larger window would be used if there were one.
    byte[] unit = new byte[3000];
    new Random(13).nextBytes(unit);
    byte[] message = new byte[60_000];
    for (int i = 0; i < message.length; i++) {
      message[i] = i % 7 == 0 ? (byte) 'a' : unit[i % unit.length];
    }
    for (int round = 0; round < 2; round++) {
      byte[] compressed = codec.compress(message, 0, message.length);
      if (compressed == null) {
        // Random bytes that repeat beyond a small window do not shrink.
        compressed = compress(codec, text(60_000));
      }
      int furthest = DeflateDistances.furthest(withFinalBlock(compressed));
      assertTrue(furthest > 0 && furthest <= 1 << bits, () -> "distance " + furthest);
    }
    assertFalse(codec.keepsDeflater());
  }

  private static byte[] withFinalBlock(byte[] payload) {
    return ByteBuffer.allocate(payload.length + 9)
        .put(payload)
        .put(new byte[] {0, 0, -1, -1, 1, 0, 0, -1, -1})
        .array();
  }

  @Test
  void theReaderOfDistancesSeesAWindowThatIsTooLarge() {
    byte[] message = new byte[40_000];
    new Random(14).nextBytes(message);
    System.arraycopy(message, 0, message, 30_000, 10_000);
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(message);
    deflater.finish();
    byte[] compressed = new byte[50_000];
    int size = deflater.deflate(compressed);
    deflater.end();
    assertEquals(30_000, DeflateDistances.furthest(Arrays.copyOf(compressed, size)));
  }

  @Test
  void anIdleConnectionWithoutTakeoverKeepsNothing() {
    PerMessageDeflate codec = codec(ALONE);
    compress(codec, text(2000));
    assertFalse(codec.keepsDeflater());
  }

  @Test
  void aKeptCompressorCanBeGivenBackAndTheNextMessageStandsAlone() throws DataFormatException {
    PerMessageDeflate codec = codec(TAKEOVER);
    byte[] message = text(2000);
    compress(codec, message);
    assertTrue(codec.keepsDeflater());
    codec.releaseIdle();
    assertFalse(codec.keepsDeflater());
    Inflater alone = new Inflater(true);
    alone.setInput(withFinalBlock(compress(codec, message)));
    byte[] inflated = new byte[2000];
    assertEquals(2000, alone.inflate(inflated));
    assertArrayEquals(message, inflated);
    alone.end();
    codec.release();
  }

  @Test
  void aReleasedCodecCompressesAndInflatesNothing() {
    PerMessageDeflate codec = codec(TAKEOVER);
    byte[] message = new byte[100];
    codec.inflate(Hex.buffer("f248cd"), message, 0, 100);
    codec.release();
    codec.release();
    assertNull(codec.compress(text(2000), 0, 2000));
    assertEquals(0, codec.inflate(Hex.buffer("c9c90700"), message, 0, 100));
    codec.end(message, 0);
  }
}

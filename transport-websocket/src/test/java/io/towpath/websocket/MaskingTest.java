package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MaskingTest {
  @Test
  void section53_theExampleOfSection57IsUnmasked() {
    ByteBuffer hello = Hex.buffer("7f9f4d5158");
    Masking.apply(hello, 0, 5, 0x37fa213d, 0);
    assertEquals("48656c6c6f", Hex.of(hello));
  }

  @Test
  void section53_everyLengthAtEveryOffsetIsTheByteByByteRule() {
    Random random = new Random(1);
    for (int length = 0; length < 40; length++) {
      for (int offset = 0; offset < 9; offset++) {
        for (int start = 0; start < 9; start++) {
          for (boolean direct : new boolean[] {false, true}) {
            check(random, length, offset, start, direct);
          }
        }
      }
    }
  }

  private static void check(Random random, int length, int offset, int start, boolean direct) {
    byte[] plain = new byte[start + length + 3];
    random.nextBytes(plain);
    int key = random.nextInt();
    byte[] expected = plain.clone();
    for (int i = 0; i < length; i++) {
      expected[start + i] ^= (byte) (key >>> (24 - 8 * ((offset + i) % 4)));
    }
    ByteBuffer buffer =
        direct ? ByteBuffer.allocateDirect(plain.length) : ByteBuffer.allocate(plain.length);
    buffer.put(plain).flip();
    Masking.apply(buffer, start, start + length, key, offset);
    assertEquals(0, buffer.position());
    byte[] masked = new byte[plain.length];
    buffer.get(masked);
    assertArrayEquals(expected, masked);
  }

  @Test
  void section53_aPayloadInPiecesIsMaskedAsOne() {
    byte[] bytes = new byte[1000];
    new Random(2).nextBytes(bytes);
    ByteBuffer whole = ByteBuffer.wrap(bytes.clone());
    Masking.apply(whole, 0, 1000, 0x12345678, 0);
    ByteBuffer pieces = ByteBuffer.wrap(bytes.clone());
    for (int from = 0, step = 1; from < 1000; step++) {
      int to = Math.min(1000, from + step);
      Masking.apply(pieces, from, to, 0x12345678, from);
      from = to;
    }
    assertArrayEquals(whole.array(), pieces.array());
  }

  @Test
  void section53_maskingTwiceIsNothing() {
    byte[] bytes = new byte[777];
    new Random(3).nextBytes(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes.clone());
    Masking.apply(buffer, 0, 777, 0xdeadbeef, Integer.MAX_VALUE);
    Masking.apply(buffer, 0, 777, 0xdeadbeef, Integer.MAX_VALUE);
    assertArrayEquals(bytes, buffer.array());
  }
}

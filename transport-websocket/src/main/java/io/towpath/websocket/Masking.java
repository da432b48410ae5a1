package io.towpath.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The mask of a client's frames, RFC 6455 section 5.3: its own inverse. Pure; any thread. */
final class Masking {
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private Masking() {}

  /**
   * Masks or unmasks a range of a buffer in place, eight bytes at a time; the buffer's position and
   * limit stay.
   *
   * @param from index of the first byte
   * @param to index after the last byte
   * @param key the masking key, its first byte on the wire in the highest bits
   * @param offset how many payload bytes of this frame came before {@code from}; only its lowest
   *     two bits count
   */
  static void apply(ByteBuffer buffer, int from, int to, int key, int offset) {
    int turned = Integer.rotateLeft(key, 8 * (offset & 3));
    int inOrder = LITTLE_ENDIAN ? Integer.reverseBytes(turned) : turned;
    long wide = (inOrder & 0xFFFFFFFFL) << 32 | (inOrder & 0xFFFFFFFFL);
    int i = from;
    for (; i <= to - 8; i += 8) {
      LONGS.set(buffer, i, (long) LONGS.get(buffer, i) ^ wide);
    }
    for (; i < to; i++) {
      buffer.put(i, (byte) (buffer.get(i) ^ turned >>> 24));
      turned = Integer.rotateLeft(turned, 8);
    }
  }
}

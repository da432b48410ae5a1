package io.towpath.websocket;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Bytes in tests are written in hex, with spaces where they help. */
final class Hex {
  private static final HexFormat HEX = HexFormat.of();

  private Hex() {}

  static byte[] bytes(String hex) {
    return HEX.parseHex(hex.replace(" ", ""));
  }

  static ByteBuffer buffer(String hex) {
    return ByteBuffer.wrap(bytes(hex));
  }

  static String of(byte[] bytes) {
    return HEX.formatHex(bytes);
  }

  /** Returns what is between position and limit; the buffer stays as it is. */
  static String of(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return of(bytes);
  }

  /**
   * Returns a frame as the peer of {@code receiver} sends it: given unmasked, it gets a mask if the
   * receiver is a server.
   *
   * @param header one of two, four or ten bytes, with the mask bit off
   */
  static byte[] frameFor(Role receiver, String header, String payload) {
    byte[] head = bytes(header);
    byte[] body = bytes(payload);
    if (receiver == Role.CLIENT) {
      return ByteBuffer.allocate(head.length + body.length).put(head).put(body).array();
    }
    byte[] key = {0x37, (byte) 0xfa, 0x21, 0x3d};
    head[1] |= (byte) 0x80;
    for (int i = 0; i < body.length; i++) {
      body[i] ^= key[i % 4];
    }
    return ByteBuffer.allocate(head.length + 4 + body.length).put(head).put(key).put(body).array();
  }
}

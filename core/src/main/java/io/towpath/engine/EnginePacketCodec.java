package io.towpath.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * One packet and its text form: a type digit and the data, or {@code b} and base64 for binary. Pure
 * functions; any thread. Source: Engine.IO protocol v4, "Packet encoding".
 */
public final class EnginePacketCodec {
  /**
   * Longest data accepted in a ping or pong, in bytes. Ours and the reference's clients send
   * "probe" or nothing.
   */
  public static final int MAX_HEARTBEAT_DATA = 64;

  /** The largest number of a message: what every JavaScript number holds exactly, 2^53-1. */
  public static final long MAX_NUMBER = (1L << 53) - 1;

  /** Digits of {@link #MAX_NUMBER}. */
  private static final int MAX_DIGITS = 16;

  private EnginePacketCodec() {}

  /**
   * Decodes a packet from its UTF-8 text form. A text message keeps a slice of {@code bytes}.
   *
   * @throws PacketException if the type is unknown, the packet is empty, base64 is malformed, or a
   *     ping or pong carries more than {@link #MAX_HEARTBEAT_DATA} bytes
   */
  public static EnginePacket decode(byte[] bytes, int offset, int length) {
    if (length == 0) {
      throw new PacketException("empty packet");
    }
    switch (bytes[offset]) {
      case '4':
        return new EnginePacket.Text(bytes, offset + 1, length - 1);
      case '2':
        return length == 1
            ? EnginePacket.PING
            : new EnginePacket.Ping(heartbeatData(bytes, offset + 1, length - 1));
      case '3':
        return length == 1
            ? EnginePacket.PONG
            : new EnginePacket.Pong(heartbeatData(bytes, offset + 1, length - 1));
      case 'b':
        return binary(bytes, offset + 1, length - 1);
      case '0':
        return new EnginePacket.Open(
            new String(bytes, offset + 1, length - 1, StandardCharsets.UTF_8));
      case '1':
        return EnginePacket.CLOSE;
      case '5':
        return EnginePacket.UPGRADE;
      case '6':
        return EnginePacket.NOOP;
      default:
        throw new PacketException("unknown packet type");
    }
  }

  /**
   * Decodes a packet of revision 3 from its UTF-8 text form: as revision 4, but binary is {@code
   * b4} and base64.
   *
   * @throws PacketException as {@link #decode(byte[], int, int)}
   */
  public static EnginePacket decodeRevision3(byte[] bytes, int offset, int length) {
    if (length == 0 || bytes[offset] != 'b') {
      return decode(bytes, offset, length);
    }
    if (length == 1 || bytes[offset + 1] != '4') {
      throw new PacketException("a binary packet that is no message");
    }
    return binary(bytes, offset + 2, length - 2);
  }

  /**
   * Decodes a packet of a resumable session from its UTF-8 text form: as revision 4, and packets
   * {@code 7} and {@code 8} beside.
   *
   * @throws PacketException as {@link #decode(byte[], int, int)}, and if a number is none
   */
  public static EnginePacket decodeResumable(byte[] bytes, int offset, int length) {
    if (length > 0 && (bytes[offset] == '7' || bytes[offset] == '8')) {
      long number = number(bytes, offset + 1, length - 1);
      if (number < 0) {
        throw new PacketException("not the number of a message");
      }
      return bytes[offset] == '7'
          ? new EnginePacket.Received(number)
          : new EnginePacket.Next(number);
    }
    return decode(bytes, offset, length);
  }

  /** Returns the number that decimal digits stand for; -1 if there is none, or too large. */
  static long number(String digits) {
    byte[] bytes = digits.getBytes(StandardCharsets.UTF_8);
    return number(bytes, 0, bytes.length);
  }

  /** Returns the number that stands there in decimal digits; -1 if there is none, or too large. */
  private static long number(byte[] bytes, int offset, int length) {
    if (length == 0 || length > MAX_DIGITS) {
      return -1;
    }
    long number = 0;
    for (int i = offset; i < offset + length; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number > MAX_NUMBER ? -1 : number;
  }

  /** Decodes a packet from characters; see {@link #decode(byte[], int, int)}. */
  public static EnginePacket decode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return decode(bytes, 0, bytes.length);
  }

  /** Returns the text form of a packet as UTF-8; binary as {@code b} and base64 with padding. */
  public static byte[] encode(EnginePacket packet) {
    if (packet instanceof EnginePacket.Text text) {
      byte[] encoded = new byte[text.length() + 1];
      encoded[0] = '4';
      System.arraycopy(text.bytes(), text.offset(), encoded, 1, text.length());
      return encoded;
    }
    if (packet instanceof EnginePacket.Binary binary) {
      return base64(binary.bytes());
    }
    return control(packet).getBytes(StandardCharsets.UTF_8);
  }

  /** Returns {@code b} and the base64 form of a binary message. */
  static byte[] base64(byte[] binary) {
    byte[] encoded = new byte[1 + (binary.length + 2) / 3 * 4];
    encoded[0] = 'b';
    byte[] base64 = Base64.getEncoder().encode(binary);
    System.arraycopy(base64, 0, encoded, 1, base64.length);
    return encoded;
  }

  private static String control(EnginePacket packet) {
    if (packet instanceof EnginePacket.Ping ping) {
      return "2" + ping.data();
    }
    if (packet instanceof EnginePacket.Pong pong) {
      return "3" + pong.data();
    }
    if (packet instanceof EnginePacket.Noop) {
      return "6";
    }
    if (packet instanceof EnginePacket.Close) {
      return "1";
    }
    if (packet instanceof EnginePacket.Open open) {
      return "0" + open.json();
    }
    if (packet instanceof EnginePacket.Upgrade) {
      return "5";
    }
    if (packet instanceof EnginePacket.Received received) {
      return "7" + received.number();
    }
    if (packet instanceof EnginePacket.Next next) {
      return "8" + next.number();
    }
    throw new AssertionError(packet);
  }

  private static String heartbeatData(byte[] bytes, int offset, int length) {
    if (length > MAX_HEARTBEAT_DATA) {
      throw new PacketException("heartbeat data too long");
    }
    return new String(bytes, offset, length, StandardCharsets.UTF_8);
  }

  private static EnginePacket binary(byte[] bytes, int offset, int length) {
    byte[] base64 = new byte[length];
    int kept = 0;
    for (int i = offset; i < offset + length; i++) {
      // The official Java client breaks lines, as MIME does.
      if (bytes[i] != '\n' && bytes[i] != '\r') {
        base64[kept++] = bytes[i];
      }
    }
    try {
      byte[] unbroken = kept == length ? base64 : Arrays.copyOf(base64, kept);
      return new EnginePacket.Binary(Base64.getDecoder().decode(unbroken));
    } catch (IllegalArgumentException malformed) {
      throw new PacketException("malformed base64");
    }
  }
}

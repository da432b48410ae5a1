package io.towpath.msgpack;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towpath.socket.Payload;
import io.towpath.socket.SocketPacket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** Writes one packet, whose payload is JSON, as MessagePack. Confined to one thread. */
final class MessagePackWriter {
  private static final int MAX_DEPTH = 1_000;

  /** Reads what this side has written: what the application emits has no bounds. */
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(MAX_DEPTH)
                      .maxStringLength(Integer.MAX_VALUE)
                      .maxNumberLength(Integer.MAX_VALUE)
                      .maxNameLength(Integer.MAX_VALUE)
                      .build())
              .build());

  private final ByteArrayOutputStream out;
  private final List<byte[]> binaries;

  private MessagePackWriter(Payload payload) {
    this.out = new ByteArrayOutputStream(payload.length() + 32);
    this.binaries = payload.attachments();
  }

  /**
   * Writes a packet.
   *
   * @throws IllegalArgumentException if its payload is no JSON, or nested more than 1,000 deep
   */
  static byte[] write(SocketPacket packet) {
    int type;
    long id = SocketPacket.NO_ID;
    Payload payload;
    if (packet instanceof SocketPacket.Connect connect) {
      type = 0;
      payload = connect.auth();
    } else if (packet instanceof SocketPacket.Event event) {
      type = 2;
      id = event.id();
      payload = event.payload();
    } else if (packet instanceof SocketPacket.Ack ack) {
      type = 3;
      id = ack.id();
      payload = ack.payload();
    } else if (packet instanceof SocketPacket.ConnectError refusal) {
      type = 4;
      payload = refusal.payload();
    } else {
      type = 1;
      payload = Payload.NONE;
    }
    return new MessagePackWriter(payload).packet(type, packet.namespace(), id, payload);
  }

  private byte[] packet(int type, String namespace, long id, Payload payload) {
    out.write(0x82 + (payload.isEmpty() ? 0 : 1) + (id == SocketPacket.NO_ID ? 0 : 1));
    string("type");
    integer(type);
    if (!payload.isEmpty()) {
      string("data");
      try {
        value(JSON.readTree(payload.bytes(), payload.offset(), payload.length()));
      } catch (IOException unreadable) {
        throw new IllegalArgumentException(
            "cannot be written as MessagePack: " + unreadable.getMessage(), unreadable);
      }
    }
    if (id != SocketPacket.NO_ID) {
      string("id");
      integer(id);
    }
    string("nsp");
    string(namespace);
    return out.toByteArray();
  }

  private void value(JsonNode node) {
    if (node.isObject()) {
      object(node);
    } else if (node.isArray()) {
      header(0x90, 0xdc, node.size());
      node.forEach(this::value);
    } else if (node.isTextual()) {
      string(node.textValue());
    } else if (node.isBoolean()) {
      out.write(node.booleanValue() ? 0xc3 : 0xc2);
    } else if (node.isIntegralNumber()) {
      number(node);
    } else if (node.isNumber()) {
      floating(node.doubleValue());
    } else {
      out.write(0xc0);
    }
  }

  private void object(JsonNode node) {
    if (!binaries.isEmpty() && node.path("_placeholder").asBoolean()) {
      int number = node.path("num").asInt(-1);
      if (number < 0 || number >= binaries.size()) {
        throw new IllegalArgumentException("illegal attachments");
      }
      binary(binaries.get(number));
      return;
    }
    header(0x80, 0xde, node.size());
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      string(member.getKey());
      value(member.getValue());
    }
  }

  /** Writes the head of an array or a map: in four bits, or in 16 or 32 after a byte of its own. */
  private void header(int small, int large, int size) {
    if (size < 16) {
      out.write(small + size);
    } else if (size < 1 << 16) {
      out.write(large);
      big(size, 2);
    } else {
      out.write(large + 1);
      big(size, 4);
    }
  }

  private void number(JsonNode node) {
    if (node.canConvertToLong()) {
      integer(node.longValue());
      return;
    }
    BigInteger value = node.bigIntegerValue();
    if (value.signum() > 0 && value.bitLength() <= 64) {
      out.write(0xcf);
      big(value.longValue(), 8);
    } else {
      // What JavaScript makes of such a number.
      floating(value.doubleValue());
    }
  }

  private void integer(long value) {
    if (value >= -32 && value < 128) {
      out.write((int) value);
    } else if (value >= 0) {
      int power = value < 1 << 8 ? 0 : value < 1 << 16 ? 1 : value < 1L << 32 ? 2 : 3;
      out.write(0xcc + power);
      big(value, 1 << power);
    } else {
      int power = value >= -1 << 7 ? 0 : value >= -1 << 15 ? 1 : value >= -1L << 31 ? 2 : 3;
      out.write(0xd0 + power);
      big(value, 1 << power);
    }
  }

  private void floating(double value) {
    out.write(0xcb);
    big(Double.doubleToLongBits(value), 8);
  }

  private void string(String text) {
    byte[] utf8 = text.getBytes(UTF_8);
    if (utf8.length < 32) {
      out.write(0xa0 + utf8.length);
    } else {
      length(0xd9, utf8.length);
    }
    out.writeBytes(utf8);
  }

  private void binary(byte[] value) {
    length(0xc4, value.length);
    out.writeBytes(value);
  }

  /** Writes a type byte and a length of 1, 2 or 4 bytes. */
  private void length(int first, int length) {
    int power = length < 1 << 8 ? 0 : length < 1 << 16 ? 1 : 2;
    out.write(first + power);
    big(length, 1 << power);
  }

  private void big(long value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift));
    }
  }
}

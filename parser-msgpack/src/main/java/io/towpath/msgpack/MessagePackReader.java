package io.towpath.msgpack;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.towpath.engine.PacketException;
import io.towpath.socket.Payload;
import io.towpath.socket.SocketPacket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one packet, and translates its data into JSON on the way. Everything that is announced is
 * compared with what is there before memory is taken. Confined to one thread; read once.
 *
 * <p>Source: the MessagePack specification; extension 0 is notepack.io's: one byte {@code 00} is
 * undefined, eight bytes are a date, anything of an announced length is binary.
 */
final class MessagePackReader {
  private static final JsonFactory JSON = new JsonFactory();
  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  /** Beyond it JavaScript peers lose precision. */
  private static final long MAX_ID = (1L << 53) - 1;

  private static final int MAX_NAMESPACE_BYTES = 256;

  private static final int NIL = 0xc0;
  private static final int FIXEXT_1 = 0xd4;
  private static final int FIXEXT_8 = 0xd7;

  /** What the data of a packet is. */
  private enum Kind {
    ABSENT,
    OBJECT,
    ARRAY,
    STRING,
    OTHER
  }

  private final byte[] bytes;
  private final int maxDepth;
  private final int maxString;
  private final int maxBinaries;
  private int at;
  private List<byte[]> binaries = new ArrayList<>(0);

  MessagePackReader(byte[] bytes, int maxDepth, int maxString, int maxBinaries) {
    this.bytes = bytes;
    this.maxDepth = maxDepth;
    this.maxString = maxString;
    this.maxBinaries = maxBinaries;
  }

  /**
   * Reads the packet.
   *
   * @throws PacketException if it is none, or goes past a bound
   */
  SocketPacket packet() {
    int members = mapHeader(next());
    if (members < 0) {
      throw invalid("no map");
    }
    long type = -1;
    long id = SocketPacket.NO_ID;
    String namespace = null;
    Kind kind = Kind.ABSENT;
    byte[] json = {};
    for (int i = 0; i < members; i++) {
      String key = string(next());
      if (key == null) {
        throw invalid("a key is no text");
      }
      switch (key) {
        case "type" -> type = integer(next());
        case "nsp" -> namespace = string(next());
        case "id" -> id = takeUndefined() ? SocketPacket.NO_ID : ackId(next());
        case "data" -> {
          kind = kind();
          binaries = new ArrayList<>(0);
          json = kind == Kind.ABSENT && takeUndefined() ? new byte[0] : translate();
        }
        // Clients add their options.
        default -> {
          List<byte[]> kept = binaries;
          binaries = new ArrayList<>(0);
          translate();
          binaries = kept;
        }
      }
    }
    if (at != bytes.length) {
      throw invalid("it goes on after its end");
    }
    return packet(type, namespace, id, kind, json);
  }

  private SocketPacket packet(
      long type, @Nullable String namespace, long id, Kind kind, byte[] json) {
    if (namespace == null || !namespace.startsWith("/") || namespace.indexOf(',') >= 0) {
      throw invalid("no namespace");
    }
    if (namespace.getBytes(UTF_8).length > MAX_NAMESPACE_BYTES) {
      throw invalid("namespace name too long");
    }
    Payload payload =
        json.length == 0 ? Payload.NONE : new Payload(json, 0, json.length, List.copyOf(binaries));
    if (type == 0 && (kind == Kind.ABSENT || kind == Kind.OBJECT)) {
      return new SocketPacket.Connect(namespace, payload);
    }
    if (type == 1 && kind == Kind.ABSENT) {
      return new SocketPacket.Disconnect(namespace);
    }
    if (type == 2 && kind == Kind.ARRAY) {
      return new SocketPacket.Event(namespace, id, payload);
    }
    if (type == 3 && kind == Kind.ARRAY && id != SocketPacket.NO_ID) {
      return new SocketPacket.Ack(namespace, id, payload);
    }
    if (type == 4 && (kind == Kind.STRING || kind == Kind.OBJECT)) {
      return new SocketPacket.ConnectError(namespace, payload);
    }
    throw invalid("its data does not fit its type");
  }

  private Kind kind() {
    int first = at < bytes.length ? bytes[at] & 0xff : NIL;
    if (isUndefined()) {
      return Kind.ABSENT;
    }
    if (first >>> 4 == 0x8 || first == 0xde || first == 0xdf) {
      return Kind.OBJECT;
    }
    if (first >>> 4 == 0x9 || first == 0xdc || first == 0xdd) {
      return Kind.ARRAY;
    }
    return first >>> 5 == 0x5 || first >= 0xd9 && first <= 0xdb ? Kind.STRING : Kind.OTHER;
  }

  private long ackId(int head) {
    long id = integer(head);
    if (id < 0 || id > MAX_ID) {
      throw invalid("illegal ack id");
    }
    return id;
  }

  private byte[] translate() {
    ByteArrayOutputStream json = new ByteArrayOutputStream(bytes.length + 16);
    try (JsonGenerator out = JSON.createGenerator(json)) {
      value(out, 1);
    } catch (IOException beyondBounds) {
      throw invalid("nested too deep");
    }
    return json.toByteArray();
  }

  private void value(JsonGenerator out, int depth) throws IOException {
    int head = next();
    if (head == NIL) {
      out.writeNull();
      return;
    }
    if (head == 0xc2 || head == 0xc3) {
      out.writeBoolean(head == 0xc3);
      return;
    }
    if (head == 0xca || head == 0xcb) {
      number(
          out, head == 0xca ? Float.intBitsToFloat((int) big(4)) : Double.longBitsToDouble(big(8)));
      return;
    }
    if (head == 0xcf) {
      long value = big(8);
      if (value < 0) {
        out.writeNumber(new BigInteger(Long.toUnsignedString(value)));
      } else {
        out.writeNumber(value);
      }
      return;
    }
    String text = string(head);
    if (text != null) {
      out.writeString(text);
      return;
    }
    int elements = arrayHeader(head);
    if (elements >= 0) {
      requireDepth(depth);
      out.writeStartArray();
      for (int i = 0; i < elements; i++) {
        if (takeUndefined()) {
          out.writeNull();
        } else {
          value(out, depth + 1);
        }
      }
      out.writeEndArray();
      return;
    }
    int members = mapHeader(head);
    if (members >= 0) {
      requireDepth(depth);
      object(out, members, depth);
      return;
    }
    if (head >= 0xc4 && head <= 0xc6) {
      binary(out, take(length(head - 0xc4)));
    } else if (head >= 0xc7 && head <= 0xc9 || head >= FIXEXT_1 && head <= 0xd8) {
      extension(out, head, depth);
    } else {
      out.writeNumber(integer(head));
    }
  }

  private void object(JsonGenerator out, int members, int depth) throws IOException {
    out.writeStartObject();
    for (int i = 0; i < members; i++) {
      String key = string(next());
      if (key == null) {
        throw invalid("a key is no text");
      }
      if (!takeUndefined()) {
        out.writeFieldName(key);
        value(out, depth + 1);
      }
    }
    out.writeEndObject();
  }

  private static void number(JsonGenerator out, double value) throws IOException {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      out.writeNull();
    } else if (value == Math.rint(value) && Math.abs(value) <= MAX_ID) {
      out.writeNumber((long) value);
    } else {
      out.writeNumber(value);
    }
  }

  /** Writes what stands for a binary value, and keeps the value. */
  private void binary(JsonGenerator out, byte[] value) throws IOException {
    if (binaries.size() >= maxBinaries) {
      throw invalid("too many binary values");
    }
    out.writeStartObject();
    out.writeBooleanField("_placeholder", true);
    out.writeNumberField("num", binaries.size());
    out.writeEndObject();
    binaries.add(value);
  }

  private void extension(JsonGenerator out, int head, int depth) throws IOException {
    int length = head <= 0xc9 ? length(head - 0xc7) : 1 << head - FIXEXT_1;
    int type = (byte) next();
    byte[] data = take(length);
    if (type == 0 && head == FIXEXT_1) {
      out.writeNull();
    } else if (type == 0 && head == FIXEXT_8) {
      date(out, ByteBuffer.wrap(data).getLong());
    } else if (type == -1 && (length == 4 || length == 8 || length == 12)) {
      timestamp(out, ByteBuffer.wrap(data));
    } else if (type == 0) {
      binary(out, data);
    } else {
      // As the reference hands it to the application: its type and its bytes.
      requireDepth(depth);
      out.writeStartArray();
      out.writeNumber(type);
      binary(out, data);
      out.writeEndArray();
    }
  }

  /** The specification's own timestamp, which later versions of notepack.io write. */
  private static void timestamp(JsonGenerator out, ByteBuffer data) throws IOException {
    long nanos = 0;
    long seconds;
    if (data.remaining() == 4) {
      seconds = Integer.toUnsignedLong(data.getInt());
    } else if (data.remaining() == 8) {
      long both = data.getLong();
      nanos = both >>> 34;
      seconds = both & (1L << 34) - 1;
    } else {
      nanos = Integer.toUnsignedLong(data.getInt());
      seconds = data.getLong();
    }
    try {
      date(out, Math.addExact(Math.multiplyExact(seconds, 1000L), nanos / 1_000_000));
    } catch (ArithmeticException tooFar) {
      throw invalid("illegal date");
    }
  }

  private static void date(JsonGenerator out, long millis) throws IOException {
    try {
      out.writeString(ISO.format(Instant.ofEpochMilli(millis)));
    } catch (DateTimeException tooFar) {
      throw invalid("illegal date");
    }
  }

  private void requireDepth(int depth) {
    if (depth > maxDepth) {
      throw invalid("nested too deep");
    }
  }

  private boolean isUndefined() {
    return bytes.length - at >= 3 && (bytes[at] & 0xff) == FIXEXT_1 && bytes[at + 1] == 0;
  }

  private boolean takeUndefined() {
    boolean undefined = isUndefined();
    at += undefined ? 3 : 0;
    return undefined;
  }

  private int next() {
    if (at == bytes.length) {
      throw invalid("it ends too early");
    }
    return bytes[at++] & 0xff;
  }

  /** Reads an unsigned number in network order; eight bytes are a signed one. */
  private long big(int length) {
    if (bytes.length - at < length) {
      throw invalid("it ends too early");
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | bytes[at++] & 0xff;
    }
    return value;
  }

  /** Reads a length of 1, 2 or 4 bytes, of which there must be as many. */
  private int length(int power) {
    return requireThere(big(1 << power), 1);
  }

  private int requireThere(long count, int each) {
    if (count * each > bytes.length - at) {
      throw invalid("it ends too early");
    }
    return (int) count;
  }

  private byte[] take(int length) {
    requireThere(length, 1);
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  /** Returns the text that begins with a byte, or null if none does. */
  private @Nullable String string(int head) {
    int length;
    if (head >>> 5 == 0x5) {
      length = requireThere(head & 0x1f, 1);
    } else if (head >= 0xd9 && head <= 0xdb) {
      length = length(head - 0xd9);
    } else {
      return null;
    }
    at += length;
    try {
      String text =
          UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at - length, length)).toString();
      if (text.length() > maxString) {
        throw invalid("a text is too long");
      }
      return text;
    } catch (CharacterCodingException malformed) {
      throw invalid("a text is no UTF-8");
    }
  }

  /** Returns how many elements the array has that begins with a byte, or -1 if none does. */
  private int arrayHeader(int head) {
    if (head >>> 4 == 0x9) {
      return requireThere(head & 0xf, 1);
    }
    return head == 0xdc || head == 0xdd ? requireThere(big(head == 0xdc ? 2 : 4), 1) : -1;
  }

  /** Returns how many members the map has that begins with a byte, or -1 if none does. */
  private int mapHeader(int head) {
    if (head >>> 4 == 0x8) {
      return requireThere(head & 0xf, 2);
    }
    return head == 0xde || head == 0xdf ? requireThere(big(head == 0xde ? 2 : 4), 2) : -1;
  }

  /** Returns the integer that begins with a byte. */
  private long integer(int head) {
    if (head < 0x80 || head >= 0xe0) {
      return (byte) head;
    }
    switch (head) {
      case 0xcc, 0xcd, 0xce:
        return big(1 << head - 0xcc);
      case 0xcf:
        long value = big(8);
        if (value < 0) {
          throw invalid("a number is too large");
        }
        return value;
      case 0xd0:
        return (byte) big(1);
      case 0xd1:
        return (short) big(2);
      case 0xd2:
        return (int) big(4);
      case 0xd3:
        return big(8);
      default:
        throw invalid("unknown or unfit type byte");
    }
  }

  private static PacketException invalid(String why) {
    return new PacketException("no MessagePack packet: " + why);
  }
}

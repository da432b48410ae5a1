package io.towpath.socket;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.towpath.adapter.Answer;
import io.towpath.adapter.OffsetMessage;
import io.towpath.engine.MessageBatch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes Socket.IO packets of one namespace as finished batches: Engine.IO's type digit,
 * Socket.IO's header and JSON in one array, attachments beside it; or whatever another {@link
 * SocketParser} makes of them. Stateless; any thread.
 */
final class SocketPacketEncoder {
  private static final byte[] NO_BYTES = {};

  private final Json json;
  private final String namespace;

  /** What writes packets in another form than JSON; null for JSON, which is written here. */
  private final @Nullable SocketParser parser;

  /** The namespace and its comma; empty for the root. */
  private final byte[] prefix;

  SocketPacketEncoder(Json json, SocketParser parser, String namespace) {
    this.json = json;
    this.namespace = namespace;
    this.parser = parser == SocketParser.json() ? null : parser;
    this.prefix = prefix(namespace);
  }

  /** Returns a namespace as it stands in a header. */
  static byte[] prefix(String namespace) {
    return namespace.equals("/") ? NO_BYTES : (namespace + ",").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Writes an event.
   *
   * @throws IllegalArgumentException if an argument cannot be written as JSON
   */
  MessageBatch event(long id, String name, @Nullable Object[] arguments) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      json.write(buffer, name, arguments);
      return finish('2', '5', id, buffer, buffer.attachments());
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes an event with arguments that were received. */
  MessageBatch event(long id, String name, Arguments arguments) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.write('[');
      json.writeValue(buffer, name);
      arguments.copyTo(buffer, true);
      return finish('2', '5', id, buffer, arguments.attachments());
    } finally {
      buffer.giveBack();
    }
  }

  /**
   * Writes an ack.
   *
   * @throws IllegalArgumentException if an argument cannot be written as JSON
   */
  MessageBatch ack(long id, @Nullable Object[] arguments) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      json.write(buffer, null, arguments);
      return finish('3', '6', id, buffer, buffer.attachments());
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes an ack with arguments that were received. */
  MessageBatch ack(long id, Arguments arguments) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.write('[');
      arguments.copyTo(buffer, false);
      return finish('3', '6', id, buffer, arguments.attachments());
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes an event that may get an offset. */
  OffsetMessage keepable(String name, @Nullable Object[] arguments) {
    Answer written = json.writeAnswer(name, arguments);
    return new Keepable(written.bytes(), written.attachments());
  }

  /** Writes an event with arguments that were received, which may get an offset. */
  OffsetMessage keepable(String name, Arguments arguments) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.write('[');
      json.writeValue(buffer, name);
      arguments.copyTo(buffer, true);
      byte[] written = new byte[buffer.length()];
      buffer.copyTo(written, 0);
      return new Keepable(written, arguments.attachments());
    } finally {
      buffer.giveBack();
    }
  }

  /** An event whose array is written. */
  private final class Keepable implements OffsetMessage {
    private final byte[] array;
    private final List<byte[]> attachments;

    Keepable(byte[] array, List<byte[]> attachments) {
      this.array = array;
      this.attachments = attachments;
    }

    @Override
    public MessageBatch plain() {
      return event(array);
    }

    @Override
    public MessageBatch at(String offset) {
      PacketBuffer buffer = PacketBuffer.take();
      try {
        // The name comes first, so the array is never empty; whatever blanks it ends with stay out.
        buffer.write(array, 0, end());
        buffer.write(',');
        json.writeValue(buffer, offset);
        buffer.write(']');
        byte[] longer = new byte[buffer.length()];
        buffer.copyTo(longer, 0);
        return event(longer);
      } finally {
        buffer.giveBack();
      }
    }

    /** Where the closing bracket stands. */
    private int end() {
      int at = array.length - 1;
      while (array[at] != ']') {
        at--;
      }
      return at;
    }

    private MessageBatch event(byte[] json) {
      SocketParser writer = parser != null ? parser : SocketParser.json();
      Payload payload = new Payload(json, 0, json.length, attachments);
      return writer.encode(new SocketPacket.Event(namespace, SocketPacket.NO_ID, payload));
    }
  }

  /**
   * Writes the answer to a CONNECT.
   *
   * @param privateId what the client proves itself with when it comes back; null if it cannot
   */
  MessageBatch connect(String socketId, @Nullable String privateId) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.ascii("{\"sid\":\"");
      buffer.ascii(socketId);
      if (privateId != null) {
        buffer.ascii("\",\"pid\":\"");
        buffer.ascii(privateId);
      }
      buffer.ascii("\"}");
      return finish('0', '0', SocketPacket.NO_ID, buffer, List.of());
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes the answer to a CONNECT for a client of revision 3, which knows its id. */
  MessageBatch connectRevision3() {
    return bare('0', null);
  }

  /**
   * Writes the refusal of a CONNECT for a client of revision 3: the data, or the message, alone.
   */
  MessageBatch connectErrorRevision3(@Nullable String message, @Nullable Object data) {
    return bare('4', data != null ? data : message);
  }

  private MessageBatch bare(char type, @Nullable Object value) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      if (value != null) {
        json.writeValue(buffer, value);
      }
      return finish(type, type, SocketPacket.NO_ID, buffer, List.of());
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes the refusal of a CONNECT; members that are null are left out. */
  MessageBatch connectError(@Nullable String message, @Nullable Object data) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.write('{');
      if (message != null) {
        buffer.ascii("\"message\":");
        json.writeValue(buffer, message);
      }
      if (data != null) {
        buffer.ascii(message != null ? ",\"data\":" : "\"data\":");
        json.writeValue(buffer, data);
      }
      buffer.write('}');
      return finish('4', '4', SocketPacket.NO_ID, buffer, List.of());
    } finally {
      buffer.giveBack();
    }
  }

  /** Writes DISCONNECT; the comma after the namespace stays, as the reference has it. */
  MessageBatch disconnect() {
    return parser != null
        ? parser.encode(new SocketPacket.Disconnect(namespace))
        : MessageBatch.encoded(header('1', prefix, 0, SocketPacket.NO_ID, 0), List.of());
  }

  private MessageBatch finish(
      char type, char binaryType, long id, PacketBuffer buffer, List<byte[]> attachments) {
    // A slow client may have to do without an event that nobody waits for an answer to.
    boolean droppable = type == '2' && id < 0;
    if (parser != null) {
      MessageBatch encoded = parser.encode(packet(type, id, buffer, attachments));
      return droppable ? encoded.asDroppable() : encoded;
    }
    int count = attachments.size();
    byte[] packet = header(count > 0 ? binaryType : type, prefix, count, id, buffer.length());
    buffer.copyTo(packet, packet.length - buffer.length());
    return droppable
        ? MessageBatch.droppable(packet, attachments)
        : MessageBatch.encoded(packet, attachments);
  }

  private SocketPacket packet(char type, long id, PacketBuffer buffer, List<byte[]> attachments) {
    byte[] json = new byte[buffer.length()];
    buffer.copyTo(json, 0);
    Payload payload = new Payload(json, 0, json.length, List.copyOf(attachments));
    return switch (type) {
      case '0' -> new SocketPacket.Connect(namespace, payload);
      case '2' -> new SocketPacket.Event(namespace, id, payload);
      case '3' -> new SocketPacket.Ack(namespace, id, payload);
      default -> new SocketPacket.ConnectError(namespace, payload);
    };
  }

  /**
   * Returns a packet whose header is written and whose last bytes are left for JSON.
   *
   * @param prefix the namespace, see {@link #prefix}
   * @param count how many attachments there are
   * @param length how many bytes the JSON has
   */
  static byte[] header(char type, byte[] prefix, int count, long id, int length) {
    int header = 2 + prefix.length + (count > 0 ? digits(count) + 1 : 0);
    header += id >= 0 ? digits(id) : 0;
    byte[] packet = new byte[header + length];
    packet[0] = '4';
    packet[1] = (byte) type;
    int at = 2;
    if (count > 0) {
      at = writeDigits(packet, at, count);
      packet[at++] = '-';
    }
    System.arraycopy(prefix, 0, packet, at, prefix.length);
    at += prefix.length;
    if (id >= 0) {
      writeDigits(packet, at, id);
    }
    return packet;
  }

  private static int digits(long number) {
    int digits = 1;
    while (number >= 10) {
      number /= 10;
      digits++;
    }
    return digits;
  }

  @CanIgnoreReturnValue
  private static int writeDigits(byte[] target, int at, long number) {
    int end = at + digits(number);
    for (int i = end - 1; i >= at; i--) {
      target[i] = (byte) ('0' + number % 10);
      number /= 10;
    }
    return end;
  }
}

package io.towpath.socket;

import io.towpath.engine.MessageBatch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes Socket.IO packets of one namespace as finished batches: Engine.IO's type digit,
 * Socket.IO's header and JSON in one array, attachments beside it. Stateless; any thread.
 */
final class SocketPacketEncoder {
  private static final byte[] NO_BYTES = {};

  private final Json json;

  /** The namespace and its comma; empty for the root. */
  private final byte[] prefix;

  SocketPacketEncoder(Json json, String namespace) {
    this.json = json;
    this.prefix =
        namespace.equals("/") ? NO_BYTES : (namespace + ",").getBytes(StandardCharsets.UTF_8);
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

  /** Writes the answer to a CONNECT. */
  MessageBatch connect(String socketId) {
    PacketBuffer buffer = PacketBuffer.take();
    try {
      buffer.ascii("{\"sid\":\"");
      buffer.ascii(socketId);
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
    byte[] packet = new byte[2 + prefix.length];
    packet[0] = '4';
    packet[1] = '1';
    System.arraycopy(prefix, 0, packet, 2, prefix.length);
    return MessageBatch.encoded(packet, List.of());
  }

  private MessageBatch finish(
      char type, char binaryType, long id, PacketBuffer buffer, List<byte[]> attachments) {
    int count = attachments.size();
    int header = 2 + prefix.length + (count > 0 ? digits(count) + 1 : 0);
    header += id >= 0 ? digits(id) : 0;
    byte[] packet = new byte[header + buffer.length()];
    packet[0] = '4';
    packet[1] = (byte) (count > 0 ? binaryType : type);
    int at = 2;
    if (count > 0) {
      at = writeDigits(packet, at, count);
      packet[at++] = '-';
    }
    System.arraycopy(prefix, 0, packet, at, prefix.length);
    at += prefix.length;
    if (id >= 0) {
      at = writeDigits(packet, at, id);
    }
    buffer.copyTo(packet, at);
    // A slow client may have to do without an event that nobody waits for an answer to.
    return type == '2' && id < 0
        ? MessageBatch.droppable(packet, attachments)
        : MessageBatch.encoded(packet, attachments);
  }

  private static int digits(long number) {
    int digits = 1;
    while (number >= 10) {
      number /= 10;
      digits++;
    }
    return digits;
  }

  private static int writeDigits(byte[] target, int at, long number) {
    int end = at + digits(number);
    for (int i = end - 1; i >= at; i--) {
      target[i] = (byte) ('0' + number % 10);
      number /= 10;
    }
    return end;
  }
}

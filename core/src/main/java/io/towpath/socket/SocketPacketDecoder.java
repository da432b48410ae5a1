package io.towpath.socket;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.PacketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Puts Socket.IO packets together from text messages and the binary messages that follow them.
 * Belongs to a session, not to a transport: attachments may arrive over another transport than
 * their header.
 *
 * <p>The grammar is the published parser's, with strict digits where JavaScript's number conversion
 * lets more through, and with a mandatory array for events and acks as the protocol document has
 * it. Confined to the thread that reads the session.
 *
 * <pre>packet = type [ count "-" ] [ namespace "," ] [ id ] [ json ]</pre>
 */
public final class SocketPacketDecoder implements SocketParser.Decoder {
  /** Largest ack id: beyond it JavaScript peers lose precision. */
  private static final long MAX_ID = (1L << 53) - 1;

  /** Longest namespace name, in bytes. */
  static final int MAX_NAMESPACE_BYTES = 256;

  private final int maxAttachments;
  private final long maxAttachmentBytes;
  private final Predicate<String> mayAttach;

  /** Null while no packet waits for attachments. */
  private @Nullable Incomplete waiting;

  /** A packet that waits for attachments. */
  private static final class Incomplete {
    private final SocketPacket packet;
    private final List<byte[]> attachments;
    private int missing;
    private long attachedBytes;

    Incomplete(SocketPacket packet, int count) {
      this.packet = packet;
      this.attachments = new ArrayList<>(count);
      this.missing = count;
    }
  }

  /**
   * Creates a decoder.
   *
   * @param mayAttach whether a packet of that namespace may announce attachments; false before the
   *     namespace is joined, so that nothing is collected for strangers
   */
  public SocketPacketDecoder(
      int maxAttachments, long maxAttachmentBytes, Predicate<String> mayAttach) {
    this.maxAttachments = maxAttachments;
    this.maxAttachmentBytes = maxAttachmentBytes;
    this.mayAttach = mayAttach;
  }

  /** Returns whether a packet waits for attachments. */
  public boolean isWaiting() {
    return waiting != null;
  }

  /**
   * Takes a text message.
   *
   * @return the packet, or null if its attachments have to come first
   * @throws PacketException if it is no packet, or comes where an attachment was announced
   */
  @Override
  public @Nullable SocketPacket text(EnginePacket.Text text) {
    if (waiting != null) {
      throw new PacketException("text where an attachment was announced");
    }
    byte[] bytes = text.bytes();
    int at = text.offset();
    int end = at + text.length();
    if (at == end) {
      throw new PacketException("empty packet");
    }
    int type = bytes[at++] - '0';
    int count = 0;
    if (type == 5 || type == 6) {
      int start = at;
      while (at < end && isDigit(bytes[at]) && at - start < 9) {
        count = count * 10 + bytes[at++] - '0';
      }
      if (at == start || at == end || bytes[at] != '-' || count == 0) {
        throw new PacketException("illegal attachment count");
      }
      if (count > maxAttachments) {
        throw new PacketException("too many attachments");
      }
      at++;
    }
    String namespace = "/";
    if (at < end && bytes[at] == '/') {
      int start = at;
      while (at < end && bytes[at] != ',') {
        at++;
      }
      if (at - start > MAX_NAMESPACE_BYTES) {
        throw new PacketException("namespace name too long");
      }
      namespace = new String(bytes, start, at - start, StandardCharsets.UTF_8);
      if (at < end) {
        at++;
      }
    }
    long id = SocketPacket.NO_ID;
    if (at < end && isDigit(bytes[at])) {
      id = 0;
      while (at < end && isDigit(bytes[at])) {
        id = id * 10 + bytes[at++] - '0';
        if (id > MAX_ID) {
          throw new PacketException("ack id too large");
        }
      }
    }
    Payload payload = at == end ? Payload.NONE : new Payload(bytes, at, end - at, List.of());
    SocketPacket packet = packet(type, namespace, id, payload);
    if (count == 0) {
      return packet;
    }
    if (!mayAttach.test(namespace)) {
      throw new PacketException("attachments announced before the namespace was joined");
    }
    waiting = new Incomplete(packet, count);
    return null;
  }

  /**
   * Takes a binary message.
   *
   * @return the packet that it completes, or null if more attachments are missing
   * @throws PacketException if no attachment was announced, or the attachments are larger than
   *     allowed
   */
  @Override
  public @Nullable SocketPacket binary(byte[] attachment) {
    Incomplete collected = waiting;
    if (collected == null) {
      throw new PacketException("attachment that was not announced");
    }
    collected.attachedBytes += attachment.length;
    if (collected.attachedBytes > maxAttachmentBytes) {
      throw new PacketException("attachments too large");
    }
    collected.attachments.add(attachment);
    if (--collected.missing > 0) {
      return null;
    }
    waiting = null;
    SocketPacket packet = collected.packet;
    List<byte[]> complete = collected.attachments;
    if (packet instanceof SocketPacket.Event event) {
      return new SocketPacket.Event(event.namespace(), event.id(), with(event.payload(), complete));
    }
    SocketPacket.Ack ack = (SocketPacket.Ack) packet;
    return new SocketPacket.Ack(ack.namespace(), ack.id(), with(ack.payload(), complete));
  }

  private static Payload with(Payload payload, List<byte[]> attachments) {
    return new Payload(payload.bytes(), payload.offset(), payload.length(), attachments);
  }

  private static SocketPacket packet(int type, String namespace, long id, Payload payload) {
    switch (type) {
      case 0:
        requireStart(payload, '{', true);
        return new SocketPacket.Connect(namespace, payload);
      case 1:
        if (!payload.isEmpty()) {
          throw new PacketException("disconnect with a payload");
        }
        return new SocketPacket.Disconnect(namespace);
      case 2:
      case 5:
        requireStart(payload, '[', false);
        return new SocketPacket.Event(namespace, id, payload);
      case 3:
      case 6:
        requireStart(payload, '[', false);
        if (id == SocketPacket.NO_ID) {
          throw new PacketException("ack without id");
        }
        return new SocketPacket.Ack(namespace, id, payload);
      case 4:
        return new SocketPacket.ConnectError(namespace, payload);
      default:
        throw new PacketException("unknown packet type");
    }
  }

  private static void requireStart(Payload payload, char first, boolean optional) {
    if (payload.isEmpty() ? !optional : payload.bytes()[payload.offset()] != first) {
      throw new PacketException("invalid payload");
    }
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}

package io.towpath.socket;

import io.towpath.engine.MessageBatch;
import java.util.List;
import java.util.function.Predicate;

/** The parser of Socket.IO itself: a header, JSON, and attachments in messages of their own. */
enum JsonSocketParser implements SocketParser {
  INSTANCE;

  @Override
  public MessageBatch encode(SocketPacket packet) {
    if (packet instanceof SocketPacket.Event event) {
      return write('2', '5', packet, event.id(), event.payload());
    }
    if (packet instanceof SocketPacket.Ack ack) {
      return write('3', '6', packet, ack.id(), ack.payload());
    }
    if (packet instanceof SocketPacket.Connect connect) {
      return write('0', '0', packet, SocketPacket.NO_ID, connect.auth());
    }
    if (packet instanceof SocketPacket.ConnectError refusal) {
      return write('4', '4', packet, SocketPacket.NO_ID, refusal.payload());
    }
    return write('1', '1', packet, SocketPacket.NO_ID, Payload.NONE);
  }

  private static MessageBatch write(
      char type, char binaryType, SocketPacket packet, long id, Payload payload) {
    List<byte[]> attachments = payload.attachments();
    byte[] text =
        SocketPacketEncoder.header(
            attachments.isEmpty() ? type : binaryType,
            SocketPacketEncoder.prefix(packet.namespace()),
            attachments.size(),
            id,
            payload.length());
    System.arraycopy(
        payload.bytes(), payload.offset(), text, text.length - payload.length(), payload.length());
    return MessageBatch.encoded(text, attachments);
  }

  @Override
  public Decoder decoder(SocketOptions options, Predicate<String> mayAttach) {
    return new SocketPacketDecoder(
        options.maxAttachments(), options.maxAttachmentBytes(), mayAttach);
  }
}

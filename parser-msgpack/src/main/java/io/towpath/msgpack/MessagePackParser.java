package io.towpath.msgpack;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.PacketException;
import io.towpath.socket.SocketOptions;
import io.towpath.socket.SocketPacket;
import io.towpath.socket.SocketParser;
import java.util.function.Predicate;

/**
 * Packets as the npm package {@code socket.io-msgpack-parser} 3 writes them: each is one binary
 * message, a MessagePack map of {@code type}, {@code data}, {@code nsp} and, where there is an ack,
 * {@code id}. Binary values stand inside the map; a packet has no attachments.
 *
 * <pre>{@code
 * TowpathServer.builder()
 *     .towpath(t -> t.sockets(s -> s.parser(MessagePackParser.create())))
 * }</pre>
 *
 * <p>It saves bytes on the wire, above all for binary data over polling, and no work: inside the
 * server a payload is JSON, into which packets are translated as they arrive. What JSON cannot
 * express is translated as JavaScript's {@code JSON.stringify} does: undefined members are left
 * out, a date becomes its ISO text, a number that is not finite null. Stateless; any thread.
 */
public final class MessagePackParser implements SocketParser {
  /** The reference has no bound; a hostile message could be nothing but empty binary values. */
  static final int MAX_BINARIES = 1_000;

  private static final MessagePackParser INSTANCE = new MessagePackParser();

  private MessagePackParser() {}

  /** Returns the parser. */
  public static MessagePackParser create() {
    return INSTANCE;
  }

  @Override
  public MessageBatch encode(SocketPacket packet) {
    return MessageBatch.binary(MessagePackWriter.write(packet));
  }

  /**
   * {@inheritDoc}
   *
   * <p>A packet may hold 1,000 binary values, or as many as {@link SocketOptions#maxAttachments}
   * says if that is more, and is otherwise bounded by the size of a message.
   */
  @Override
  public Decoder decoder(SocketOptions options, Predicate<String> mayAttach) {
    int maxBinaries = Math.max(MAX_BINARIES, options.maxAttachments());
    return new Decoder() {
      @Override
      public SocketPacket text(EnginePacket.Text text) {
        throw new PacketException("text where MessagePack is spoken");
      }

      @Override
      public SocketPacket binary(byte[] message) {
        return new MessagePackReader(
                message, options.maxJsonDepth(), options.maxJsonStringLength(), maxBinaries)
            .packet();
      }
    };
  }
}

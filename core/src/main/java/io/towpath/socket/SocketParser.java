package io.towpath.socket;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.PacketException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How packets look on the wire; both sides have to agree on it. The default writes JSON with binary
 * attachments beside it, as Socket.IO does; see {@link SocketOptions.Builder#parser}.
 *
 * <p>Between a parser and the rest, a {@link Payload} is always JSON text with placeholders for its
 * attachments, whatever the wire has, so that handlers, broadcasts and adapters know one form only.
 * A parser does no I/O and knows no session. Any thread may call it; a {@link Decoder} belongs to
 * one session.
 */
public interface SocketParser {
  /** Returns the parser that official clients speak if nothing else is said. */
  static SocketParser json() {
    return JsonSocketParser.INSTANCE;
  }

  /**
   * Writes a packet.
   *
   * @throws IllegalArgumentException if the wire has no form for it
   */
  MessageBatch encode(SocketPacket packet);

  /**
   * Creates what reads the packets of one session.
   *
   * @param options has the bounds
   * @param mayAttach whether the namespace of that name is joined, so that messages may be kept for
   *     a packet that is not complete
   */
  Decoder decoder(SocketOptions options, Predicate<String> mayAttach);

  /** Reads the packets of one session. Confined to the thread that reads the session. */
  interface Decoder {
    /**
     * Takes a text message.
     *
     * @return the packet, or null if more messages belong to it
     * @throws PacketException if it is no packet, or goes past a bound; the session ends
     */
    @Nullable SocketPacket text(EnginePacket.Text text);

    /**
     * Takes a binary message; the array may be kept.
     *
     * @return the packet, or null if more messages belong to it
     * @throws PacketException if it is no packet, or goes past a bound; the session ends
     */
    @Nullable SocketPacket binary(byte[] message);
  }
}

package io.towpath.socket;

import io.towpath.engine.MessageBatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one event. It may be sent by any thread, at any time, also after the handler has
 * returned; only the first answer counts. Does nothing if the client did not ask for one.
 */
public final class Ack {
  /** For events whose sender wants no answer. */
  static final Ack NONE = new Ack(null, SocketPacket.NO_ID);

  private final @Nullable Socket socket;
  private final long id;
  private final AtomicBoolean sent = new AtomicBoolean();

  Ack(@Nullable Socket socket, long id) {
    this.socket = socket;
    this.id = id;
  }

  /** Returns whether the client asked for an answer. */
  public boolean isRequested() {
    return socket != null;
  }

  /**
   * Answers with values, which are written as JSON; {@code byte[]} and {@code ByteBuffer} anywhere
   * inside become binary attachments.
   *
   * @throws IllegalArgumentException if a value cannot be written as JSON; nothing has been sent
   *     then
   */
  public void send(@Nullable Object... arguments) {
    if (socket != null && !sent.get()) {
      send(socket, socket.encoder().ack(id, arguments));
    }
  }

  /** Answers with arguments that were received, unchanged. */
  public void send(Arguments arguments) {
    if (socket != null && !sent.get()) {
      send(socket, socket.encoder().ack(id, arguments));
    }
  }

  private void send(Socket to, MessageBatch message) {
    if (sent.compareAndSet(false, true)) {
      to.write(message, false);
    }
  }
}

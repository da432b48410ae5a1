package io.towpath.socket;

import io.towpath.adapter.Answer;
import io.towpath.engine.MessageBatch;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one event. It may be sent by any thread, at any time, also after the handler has
 * returned; only the first answer counts. Does nothing if the client did not ask for one.
 */
public sealed class Ack {
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
      send(socket, socket.namespace().encoder().ack(id, arguments));
    }
  }

  /** Answers with arguments that were received, unchanged. */
  public void send(Arguments arguments) {
    if (socket != null && !sent.get()) {
      send(socket, socket.namespace().encoder().ack(id, arguments));
    }
  }

  /** The answer to another server's event. */
  static final class ToServer extends Ack {
    private final Json json;
    private final Consumer<Answer> answer;
    private final AtomicBoolean answered = new AtomicBoolean();

    ToServer(Json json, Consumer<Answer> answer) {
      super(null, SocketPacket.NO_ID);
      this.json = json;
      this.answer = answer;
    }

    @Override
    public boolean isRequested() {
      return true;
    }

    @Override
    public void send(@Nullable Object... arguments) {
      Answer written = json.writeAnswer(null, arguments);
      if (answered.compareAndSet(false, true)) {
        answer.accept(written);
      }
    }

    @Override
    public void send(Arguments arguments) {
      byte[] text = arguments.toString().getBytes(StandardCharsets.UTF_8);
      if (answered.compareAndSet(false, true)) {
        answer.accept(new Answer(text, 0, text.length, arguments.attachments()));
      }
    }
  }

  private void send(Socket to, MessageBatch message) {
    if (sent.compareAndSet(false, true)) {
      to.member.write(message, false);
    }
  }
}

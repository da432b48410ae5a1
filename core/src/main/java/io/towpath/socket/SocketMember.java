package io.towpath.socket;

import io.towpath.adapter.AnswerCollector;
import io.towpath.adapter.Member;
import io.towpath.adapter.MemberDetails;
import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A socket as its adapter sees it. Any thread. */
final class SocketMember implements Member, Consumer<Object> {
  private final Socket socket;

  SocketMember(Socket socket) {
    this.socket = socket;
  }

  Socket socket() {
    return socket;
  }

  /** Handles what the socket's inbox has. */
  @Override
  public void accept(Object item) {
    socket.handle(item);
  }

  @Override
  public String id() {
    return socket.id();
  }

  @Override
  public void deliver(MessageBatch message, boolean droppable) {
    socket.write(message, droppable);
  }

  @Override
  public void deliver(MessageBatch message, boolean droppable, FanOut fanOut) {
    socket.write(message, droppable, fanOut);
  }

  @Override
  public void enqueue(MessageBatch message) {
    Outbox outbox = socket.outbox();
    if (outbox == null) {
      throw new IllegalStateException("connection state recovery is off");
    }
    outbox.add(message, false);
  }

  @Override
  public void flush() {
    Outbox outbox = socket.outbox();
    if (outbox != null) {
      outbox.drain();
    }
  }

  @Override
  public void flush(FanOut fanOut) {
    Outbox outbox = socket.outbox();
    if (outbox != null) {
      outbox.drain(fanOut);
    }
  }

  @Override
  public void deliver(
      MessageBatch message, long ackId, long timeoutMillis, AnswerCollector answers) {
    CompletionStage<Arguments> answer = socket.pendingAcks().await(ackId, timeoutMillis);
    answer.whenComplete(
        (arguments, missing) -> {
          if (missing == null) {
            answers.answer(arguments.answer());
          } else {
            answers.missing();
          }
        });
    socket.write(message, false);
  }

  @Override
  public void disconnect(boolean close) {
    socket.disconnect(close);
  }

  @Override
  public MemberDetails details() {
    Handshake handshake = socket.handshake();
    return new MemberDetails(
        socket.id(),
        socket.rooms(),
        socket.dataCopy(),
        handshake.request(),
        handshake.issued(),
        handshake.auth());
  }
}

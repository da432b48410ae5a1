package io.towpath.socket;

import io.towpath.adapter.AnswerCollector;
import io.towpath.adapter.BroadcastTarget;
import io.towpath.adapter.Member;
import io.towpath.adapter.MemberDetails;
import io.towpath.adapter.OffsetMessage;
import io.towpath.engine.EngineSession;
import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A socket as its adapter sees it, and the one way by which messages leave for its client: those
 * that the adapter delivers, and those that are for this client alone. Any thread.
 */
final class SocketMember implements Member {
  private final Socket socket;

  /** Orders what leaves; null unless connection state recovery is on. */
  private final @Nullable Outbox outbox;

  /**
   * Creates it.
   *
   * @param ordered whether connection state recovery is on
   */
  SocketMember(Socket socket, boolean ordered) {
    this.socket = socket;
    this.outbox = ordered ? new Outbox(this::handOver, socket.session()::closeNow) : null;
  }

  /** Returns the socket behind a member of this node. */
  static Socket socket(Member member) {
    return ((SocketMember) member).socket;
  }

  // What the application sends to this client alone.

  /** Sends an event; returns whether it was accepted. */
  boolean emit(SendOptions options, boolean droppable, String event, @Nullable Object[] arguments) {
    EventHandlers.requireUsable(event);
    SocketPacketEncoder encoder = socket.namespace().encoder();
    if (outbox != null && !droppable && options.key() == null) {
      return writeKept(options.on(encoder.keepable(event, arguments)));
    }
    return write(options.on(encoder.event(SocketPacket.NO_ID, event, arguments)), droppable);
  }

  /** Sends an event with arguments that were received, unchanged. */
  boolean emit(String event, Arguments arguments) {
    EventHandlers.requireUsable(event);
    SocketPacketEncoder encoder = socket.namespace().encoder();
    if (outbox != null) {
      return writeKept(encoder.keepable(event, arguments));
    }
    return write(encoder.event(SocketPacket.NO_ID, event, arguments), false);
  }

  /** Sends an event that asks for an answer. */
  CompletableFuture<Arguments> emitWithAck(
      SendOptions options, String event, @Nullable Object[] arguments) {
    EventHandlers.requireUsable(event);
    long ackId = socket.namespace().nextAckId();
    MessageBatch message =
        options.onQuestion(socket.namespace().encoder().event(ackId, event, arguments));
    CompletableFuture<Arguments> answer =
        socket.inbox.pendingAcks().await(ackId, options.timeoutMillis());
    if (!answer.isDone()) {
      write(message, false);
    }
    return answer;
  }

  /** Sends an event that is kept in case that the client has to come back for it. */
  private boolean writeKept(OffsetMessage message) {
    return switch (socket.state.wayOut()) {
      case NONE -> false;
      case STRAIGHT -> handOver(message.plain(), false, null);
      case ADAPTER -> {
        BroadcastTarget onlyThis = new BroadcastTarget(Set.of(id()), Set.of(), false, false);
        socket.namespace().adapter().broadcast(message, onlyThis);
        yield true;
      }
    };
  }

  // The way out.

  /** Lets messages leave from now on, behind the answer to the CONNECT. */
  void open() {
    if (outbox != null) {
      outbox.open();
    }
  }

  /** Sends a message; returns whether it was accepted. */
  boolean write(MessageBatch message, boolean droppable) {
    return write(message, droppable, null);
  }

  /** The same; with a fan-out, the message is one of a broadcast to many. */
  private boolean write(MessageBatch message, boolean droppable, @Nullable FanOut fanOut) {
    if (outbox == null) {
      return handOver(message, droppable, fanOut);
    }
    if (socket.state.isGone()) {
      return false;
    }
    outbox.add(message, droppable);
    outbox.drain(fanOut);
    return true;
  }

  private boolean handOver(MessageBatch message, boolean droppable, @Nullable FanOut fanOut) {
    if (socket.state.isGone()) {
      return false;
    }
    Taps taps = socket.tapsOrNull();
    if (taps != null && !taps.outgoing.isEmpty()) {
      show(taps, message);
    }
    EngineSession session = socket.session();
    if (fanOut != null) {
      return fanOut.send(session, message, droppable);
    }
    return droppable ? session.sendVolatile(message) : session.send(message);
  }

  private void show(Taps taps, MessageBatch message) {
    SocketIo server = socket.namespace().server();
    SocketPacket.Event event = server.eventIn(message);
    if (event == null) {
      return;
    }
    PayloadReader reader = server.json().read(event.payload());
    String name = reader.eventName();
    Arguments arguments = reader.rest();
    for (CatchAll listener : taps.outgoing) {
      try {
        listener.on(name, arguments);
      } catch (Throwable thrown) {
        socket.report(thrown);
      }
    }
  }

  // The adapter's side.

  @Override
  public String id() {
    return socket.id();
  }

  @Override
  public void deliver(MessageBatch message, boolean droppable) {
    write(message, droppable, null);
  }

  @Override
  public void deliver(MessageBatch message, boolean droppable, FanOut fanOut) {
    write(message, droppable, fanOut);
  }

  @Override
  public void enqueue(MessageBatch message) {
    if (outbox == null) {
      throw new IllegalStateException("connection state recovery is off");
    }
    outbox.add(message, false);
  }

  @Override
  public void flush() {
    if (outbox != null) {
      outbox.drain();
    }
  }

  @Override
  public void flush(FanOut fanOut) {
    if (outbox != null) {
      outbox.drain(fanOut);
    }
  }

  @Override
  public void deliver(
      MessageBatch message, long ackId, long timeoutMillis, AnswerCollector answers) {
    CompletionStage<Arguments> answer = socket.inbox.pendingAcks().await(ackId, timeoutMillis);
    answer.whenComplete(
        (arguments, missing) -> {
          if (missing == null) {
            answers.answer(arguments.answer());
          } else {
            answers.missing();
          }
        });
    write(message, false);
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

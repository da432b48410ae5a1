package io.towpath.socket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.PacketException;
import org.jspecify.annotations.Nullable;

/**
 * What one socket takes in: events, which go to its handlers, answers, which go to who asked, and
 * tasks that have to run in order with them. Any thread; what is taken in is handled as {@link
 * Inbox} says.
 */
final class SocketInbox extends Inbox {
  private final Socket socket;

  /** Null until the first answer is asked for. */
  @GuardedBy("this")
  private @Nullable PendingAcks pendingAcks;

  /** Whether no answer is waited for any more. */
  @GuardedBy("this")
  private boolean acksClosed;

  SocketInbox(Socket socket) {
    super(socket.session(), socket.namespace().server().inboxes());
    this.socket = socket;
  }

  /** Runs a task after all that has been added before. */
  void runInOrder(Runnable task) {
    add(task, 0);
    wake();
  }

  @Override
  void handle(Object item) {
    try {
      if (item instanceof SocketPacket.Event event) {
        dispatch(event);
      } else if (item instanceof SocketPacket.Ack answer) {
        answer(answer);
      } else {
        ((Runnable) item).run();
      }
    } catch (PacketException invalid) {
      socket.violation(invalid);
    } catch (Throwable thrown) {
      // Errors too: what escaped from here would stop this inbox for good.
      socket.report(thrown);
    }
  }

  private void dispatch(SocketPacket.Event event) throws Exception {
    if (socket.state.isDeaf()) {
      return;
    }
    Ack ack = event.id() == SocketPacket.NO_ID ? Ack.NONE : new Ack(socket, event.id());
    Taps taps = socket.tapsOrNull();
    if (taps == null) {
      socket.handlers.dispatch(socket.namespace().server().json(), event.payload(), ack);
    } else {
      new EventPassage(socket, taps, event.payload(), ack).begin();
    }
  }

  private void answer(SocketPacket.Ack answer) {
    Arguments arguments = socket.namespace().server().json().read(answer.payload()).all();
    PendingAcks acks;
    synchronized (this) {
      acks = pendingAcks;
    }
    if (acks != null) {
      acks.answer(answer.id(), arguments);
    }
  }

  /** Returns the answers that are waited for. */
  synchronized PendingAcks pendingAcks() {
    if (pendingAcks == null) {
      SocketIo io = socket.namespace().server();
      pendingAcks =
          new PendingAcks(io.wheel(), io.options().maxPendingAcks(), this::runInOrder, acksClosed);
    }
    return pendingAcks;
  }

  /** Returns whether an answer is waited for. */
  boolean awaitsAnswers() {
    PendingAcks acks;
    synchronized (this) {
      acks = pendingAcks;
    }
    return acks != null && !acks.isEmpty();
  }

  /**
   * Gives up the answers that are asked for from now on, if none is waited for; returns whether so.
   */
  boolean closeAcksIfNone() {
    PendingAcks acks;
    synchronized (this) {
      acks = pendingAcks;
      acksClosed |= acks == null;
    }
    return acks == null || acks.closeIfEmpty();
  }

  /** Gives up all answers, and those that are asked for from now on. Called in the inbox. */
  void closeAcks() {
    PendingAcks acks;
    synchronized (this) {
      acksClosed = true;
      acks = pendingAcks;
    }
    if (acks != null) {
      acks.close();
    }
  }
}

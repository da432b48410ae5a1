package io.towpath.socket;

import io.towpath.adapter.Adapter;
import io.towpath.adapter.StoredSession;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of one socket out of its namespace, once its {@link SocketState} says that it has gone.
 * Runs in the socket's inbox, after whatever came before; at once, if nothing is left there and no
 * code of the application has to run.
 *
 * @param wasIn whether the client had its answer, so that listeners hear of the end
 */
record Disconnecting(
    Socket socket, boolean wasIn, DisconnectReason reason, @Nullable String description)
    implements Runnable {
  /** Ends a socket, whose client may come back if the reason allows it. Any thread. */
  static void begin(Socket socket, DisconnectReason reason, @Nullable String description) {
    begin(socket, reason, description, reason.isRecoverable());
  }

  /**
   * Ends a socket; again does nothing. Events that came before the client left, or was lost, are
   * still handled; when the server leaves they are dropped. Any thread.
   *
   * @param recoverable whether what it had is kept for its client, if such things are kept at all
   */
  static void begin(
      Socket socket, DisconnectReason reason, @Nullable String description, boolean recoverable) {
    boolean drops =
        reason == DisconnectReason.SERVER_NAMESPACE_DISCONNECT
            || reason == DisconnectReason.SERVER_SHUTTING_DOWN;
    SocketState.Phase before = socket.state.end(recoverable && socket.privateId != null, drops);
    if (before != SocketState.Phase.GONE) {
      boolean wasIn = before == SocketState.Phase.CONNECTED;
      Disconnecting leaving = new Disconnecting(socket, wasIn, reason, description);
      Runnable here = leaving::leaveUnheard;
      if (!leaving.isUnheard() || !socket.inbox.handleHere(here)) {
        socket.inbox.runInOrder(leaving);
      }
    }
  }

  /** Whether nothing of the application's hears of it, so that any thread will do. */
  private boolean isUnheard() {
    return socket.disconnectingListeners().isEmpty()
        && socket.disconnectListeners().isEmpty()
        && !socket.inbox.awaitsAnswers()
        && socket.privateId == null
        && socket.namespace().hearsNothing();
  }

  /** Takes the socket out on a thread that none of the application's code may run on. */
  void leaveUnheard() {
    socket.state.beginLeaving(wasIn);
    socket.state.endLeaving();
    socket.namespace().adapter().remove(socket.member);
    // Somebody may have begun to listen, or to wait for an answer, since it was looked at.
    if (socket.inbox.closeAcksIfNone() && socket.disconnectListeners().isEmpty()) {
      socket.namespace().exit();
    } else {
      socket.inbox.runInOrder(this::beHeard);
    }
  }

  @Override
  public void run() {
    SocketState state = socket.state;
    state.beginLeaving(wasIn);
    if (wasIn) {
      tell(socket.disconnectingListeners());
    }
    state.endLeaving();
    Namespace namespace = socket.namespace();
    Adapter adapter = namespace.adapter();
    Set<String> rooms = socket.rooms();
    adapter.remove(socket.member);
    String privateId = socket.privateId;
    if (privateId != null) {
      if (state.mayReturn()) {
        adapter.persistSession(new StoredSession(socket.id(), privateId, rooms, socket.dataCopy()));
      }
      namespace.release(privateId, socket);
    }
    beHeard();
  }

  private void beHeard() {
    socket.inbox.closeAcks();
    if (wasIn) {
      tell(socket.disconnectListeners());
    }
    socket.namespace().exit();
  }

  private void tell(List<BiConsumer<DisconnectReason, @Nullable String>> listeners) {
    for (BiConsumer<DisconnectReason, @Nullable String> listener : listeners) {
      try {
        listener.accept(reason, description);
      } catch (Throwable thrown) {
        socket.report(thrown);
      }
    }
  }
}

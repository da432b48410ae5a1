package io.towpath.socket;

import io.towpath.adapter.RecoveryOptions;
import io.towpath.adapter.RestoredSession;
import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way of one client into its namespace: back into its rooms if it was here before, past the
 * middlewares, to the answer to its CONNECT and the connection handlers, or to a refusal. Runs in
 * the socket's inbox; nobody needs it afterwards.
 */
final class Connecting implements Runnable {
  private final Socket socket;
  private final Namespace namespace;
  private final SocketState state;
  private final NamespaceRouter router;

  /** What the client was before; null if it is new. */
  private final @Nullable RestoredSession restored;

  /** What the client gets before the answer; confined to the inbox. */
  private List<MessageBatch> missed = List.of();

  Connecting(Socket socket, NamespaceRouter router, @Nullable RestoredSession restored) {
    this.socket = socket;
    this.namespace = socket.namespace();
    this.state = socket.state;
    this.router = router;
    this.restored = restored;
  }

  @Override
  public void run() {
    if (restored == null) {
      pass(0);
    } else {
      comeBack(restored);
    }
  }

  /** Takes the old place in the rooms; what is sent from now on waits in the outbox. */
  private void comeBack(RestoredSession before) {
    if (!state.rejoin()) {
      return;
    }
    List<MessageBatch> more =
        namespace.adapter().rejoin(socket.member, before.session().rooms(), before.lastOffset());
    if (more == null) {
      // Too much has been sent in this very moment; the client tries again, as a new one.
      router.session().closeNow();
      return;
    }
    missed = new ArrayList<>(before.missed());
    missed.addAll(more);
    RecoveryOptions recovery = namespace.server().options().connectionStateRecovery();
    if (recovery != null && recovery.skipMiddlewares()) {
      connect();
    } else {
      pass(0);
    }
  }

  private void pass(int index) {
    if (!state.isConnecting()) {
      return;
    }
    Middleware middleware = namespace.middleware(index);
    if (middleware == null) {
      connect();
      return;
    }
    ConnectVerdict verdict = new ConnectVerdict(this, index);
    try {
      middleware.handle(socket, verdict);
    } catch (RefusedException refused) {
      verdict.refuse(String.valueOf(refused.getMessage()), refused.data());
    } catch (Throwable thrown) {
      socket.report(thrown);
      verdict.refuse("Internal error");
    }
  }

  /** A middleware lets the client pass. Any thread. */
  void proceed(int index) {
    socket.inbox.runInOrder(() -> pass(index + 1));
  }

  /** A middleware turns the client away. Any thread. */
  void refuse(String message, @Nullable Object data) {
    socket.inbox.runInOrder(() -> turnAway(message, data));
  }

  private void connect() {
    if (!state.connect()) {
      return;
    }
    SocketMember member = socket.member;
    String privateId = socket.privateId;
    if (privateId != null) {
      namespace.hold(privateId, socket);
    }
    router.joined();
    EngineSession session = router.session();
    for (MessageBatch message : missed) {
      session.send(message);
    }
    SocketPacketEncoder encoder = namespace.encoder();
    session.send(
        router.isRevision3()
            ? encoder.connectRevision3()
            : encoder.connect(socket.id(), privateId));
    member.open();
    if (restored == null) {
      namespace.adapter().add(member);
    }
    Set<String> rooms = state.enter();
    if (rooms != null) {
      namespace.adapter().join(member, rooms);
    }
    namespace.connected(socket);
  }

  private void turnAway(String message, @Nullable Object data) {
    if (!state.refuse()) {
      return;
    }
    MessageBatch refusal;
    try {
      refusal = router.connectError(namespace.encoder(), message, data);
    } catch (IllegalArgumentException unwritable) {
      socket.report(unwritable);
      refusal = router.connectError(namespace.encoder(), message, null);
    }
    router.leave(socket, false);
    router.session().send(refusal);
    namespace.adapter().remove(socket.member);
    socket.inbox.closeAcks();
    namespace.exit();
  }
}

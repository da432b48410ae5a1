package io.towpath.socket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.adapter.RestoredSession;
import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.PacketException;
import io.towpath.engine.SessionId;
import io.towpath.engine.SessionListener;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The namespaces of one session: lets sockets join and leave, and hands each packet to the socket
 * of its namespace. A packet out of place ends the whole session, as in the reference; one for a
 * namespace that the server has just left is ignored.
 *
 * <p>Packets come on the thread that reads the session. The lock guards the sockets and is held
 * across no call outside.
 */
final class NamespaceRouter implements SessionListener, Predicate<String> {
  private static final Logger log = LoggerFactory.getLogger(NamespaceRouter.class);

  private final SocketIo server;
  private final EngineSession session;
  private final SocketParser.Decoder decoder;

  /** Null once a namespace has been joined, until something else has a deadline. */
  @GuardedBy("this")
  private @Nullable SessionDeadlines deadlines;

  /** Replaced as a whole under the lock; read by any thread. Almost always one. */
  private volatile List<Socket> sockets = List.of();

  /**
   * Namespaces that the server has left and the client may still be writing to; bounded by the
   * namespaces joined.
   */
  @GuardedBy("this")
  private @Nullable Set<String> left;

  /** Names that a rule is being asked about; null until the first, and bounded with the sockets. */
  @GuardedBy("this")
  private @Nullable Set<String> unanswered;

  /** Whether the session has ended, so that nobody may join any more. */
  @GuardedBy("this")
  private boolean closed;

  /**
   * The socket that got something in this burst and has to be woken; confined to the reading
   * thread.
   */
  private @Nullable Socket touched;

  NamespaceRouter(SocketIo server, EngineSession session) {
    this.server = server;
    this.session = session;
    SocketOptions options = server.options();
    this.decoder = options.parser().decoder(options, this);
    long deadline = server.wheel().now() + options.connectTimeout();
    SessionDeadlines first = new SessionDeadlines(this);
    first.expectConnect(deadline);
    this.deadlines = first;
    server.wheel().watch(first, deadline);
  }

  @GuardedBy("this")
  private SessionDeadlines deadlines() {
    if (deadlines == null) {
      deadlines = new SessionDeadlines(this);
    }
    return deadlines;
  }

  EngineSession session() {
    return session;
  }

  /**
   * Whether this is a client of Socket.IO 1 or 2, which is in the root namespace from the start.
   */
  boolean isRevision3() {
    return session.protocol() == 3;
  }

  /** Writes the refusal of a CONNECT as the client understands it. */
  MessageBatch connectError(
      SocketPacketEncoder encoder, @Nullable String message, @Nullable Object data) {
    return isRevision3()
        ? encoder.connectErrorRevision3(message, data)
        : encoder.connectError(message, data);
  }

  @Override
  public void onOpen() {
    if (isRevision3()) {
      ask("/", server.handshake(session, Map.of()));
      onBurstEnd();
    }
  }

  @Override
  public void onText(EnginePacket.Text message) {
    try {
      SocketPacket packet = decoder.text(message);
      if (packet != null) {
        receive(packet);
      } else {
        awaitAttachments();
      }
    } catch (PacketException invalid) {
      violation(invalid);
    }
  }

  @Override
  public void onBinary(byte[] message) {
    try {
      SocketPacket packet = decoder.binary(message);
      if (packet != null) {
        synchronized (this) {
          deadlines().attached();
        }
        receive(packet);
      }
    } catch (PacketException invalid) {
      violation(invalid);
    }
  }

  private void awaitAttachments() {
    long deadline = server.wheel().now() + server.options().attachmentTimeout();
    SessionDeadlines pending;
    synchronized (this) {
      pending = deadlines();
      pending.expectAttachments(deadline);
    }
    server.wheel().watch(pending, deadline);
  }

  @Override
  public void onBurstEnd() {
    if (touched != null) {
      touched.inbox.wake();
      touched = null;
    }
  }

  private void receive(SocketPacket packet) {
    Socket socket = find(packet.namespace());
    if (packet instanceof SocketPacket.Connect connect) {
      connect(connect, socket);
    } else if (packet instanceof SocketPacket.ConnectError) {
      throw new PacketException("CONNECT_ERROR from a client");
    } else if (socket == null || !socket.state.isIn()) {
      if (!hasLeft(packet.namespace())) {
        throw new PacketException("packet for a namespace that was not joined");
      }
    } else if (packet instanceof SocketPacket.Event event) {
      deliver(socket, event, event.payload());
    } else if (packet instanceof SocketPacket.Ack ack) {
      deliver(socket, ack, ack.payload());
    } else {
      leave(socket, false);
      Disconnecting.begin(socket, DisconnectReason.CLIENT_NAMESPACE_DISCONNECT, null);
    }
  }

  private void deliver(Socket socket, SocketPacket packet, Payload payload) {
    // What every packet costs beside its bytes, so that empty ones count too.
    touch(socket);
    socket.inbox.add(packet, payload.size() + 64);
  }

  private void touch(Socket socket) {
    if (touched != socket) {
      onBurstEnd();
      touched = socket;
    }
  }

  private void connect(SocketPacket.Connect connect, @Nullable Socket present) {
    if (isRevision3()) {
      connectRevision3(connect.namespace());
      return;
    }
    if (present != null || isAsked(connect.namespace())) {
      throw new PacketException("namespace joined twice");
    }
    ask(connect.namespace(), server.handshake(session, connect.auth()));
  }

  /** The name may carry a query, which stands for what CONNECT carries in revision 5. */
  private void connectRevision3(String nameAndQuery) {
    int mark = nameAndQuery.indexOf('?');
    String name = mark < 0 ? nameAndQuery : nameAndQuery.substring(0, mark);
    if (name.equals("/") || find(name) != null || isAsked(name)) {
      throw new PacketException("namespace joined twice");
    }
    String query = mark < 0 ? "" : nameAndQuery.substring(mark + 1);
    ask(name, server.handshake(session, HandshakeRequest.parseQuery(query)));
  }

  /** Returns the id that the client will know: one of revision 3 makes it of the session's. */
  private String socketId(String namespace) {
    if (!isRevision3()) {
      return SessionId.next();
    }
    return namespace.equals("/") ? session.id() : namespace + "#" + session.id();
  }

  /** Finds the namespace, for which a rule may have to be asked, and joins it. */
  private void ask(String name, Handshake handshake) {
    await(
        name,
        server.resolve(name, handshake.auth()),
        true,
        (namespace, reading) -> join(name, namespace, handshake, reading));
  }

  /**
   * Goes on with what a stage says, which never fails: at once if it is done, or else when it is;
   * until then the name counts as joined.
   */
  private <T extends @Nullable Object> void await(
      String name, CompletionStage<T> asked, boolean reading, Answered<T> then) {
    CompletableFuture<T> known = asked.toCompletableFuture();
    if (known.isDone()) {
      then.go(known.join(), reading);
      return;
    }
    synchronized (this) {
      if (unanswered == null) {
        unanswered = new LinkedHashSet<>();
      }
      if (sockets.size() + unanswered.size() < server.options().maxNamespaces()) {
        unanswered.add(name);
      }
    }
    if (!isAsked(name)) {
      session.send(connectError(server.encoder(name), "Too many namespaces", null));
      return;
    }
    asked.thenAccept(
        answer -> {
          synchronized (this) {
            if (unanswered != null) {
              unanswered.remove(name);
            }
          }
          then.go(answer, false);
        });
  }

  /** What comes after an answer. */
  @FunctionalInterface
  private interface Answered<T extends @Nullable Object> {
    /**
     * Goes on.
     *
     * @param reading whether this is the reading thread, which wakes sockets at the burst's end
     */
    void go(T answer, boolean reading);
  }

  /** Lets a client begin to join, as what it was if it has been here before. */
  private void join(
      String name, @Nullable Namespace namespace, Handshake handshake, boolean reading) {
    if (namespace == null) {
      session.send(server.encoder(name).connectError("Invalid namespace", null));
      return;
    }
    if (sockets.size() >= server.options().maxNamespaces()) {
      session.send(connectError(namespace.encoder(), "Too many namespaces", null));
      return;
    }
    if (isRevision3()) {
      admit(name, namespace, handshake, null, reading);
      return;
    }
    await(
        name,
        server.restore(namespace, handshake.auth()),
        reading,
        (restored, stillReading) -> admit(name, namespace, handshake, restored, stillReading));
  }

  private void admit(
      String name,
      Namespace namespace,
      Handshake handshake,
      @Nullable RestoredSession restored,
      boolean reading) {
    if (!namespace.enter()) {
      // Its last socket has left since it was found: the next look-up creates it anew.
      server
          .resolve(name, handshake.auth())
          .thenAccept(again -> join(name, again, handshake, false));
      return;
    }
    String id = restored != null ? restored.session().socketId() : socketId(name);
    Socket socket = new Socket(id, namespace, this, handshake, restored);
    synchronized (this) {
      if (!closed) {
        List<Socket> more = new ArrayList<>(sockets);
        more.add(socket);
        sockets = List.copyOf(more);
        if (left != null) {
          left.remove(namespace.name());
        }
      }
    }
    if (find(name) != socket) {
      // A deadline, say, has ended the session while this packet was on its way up.
      namespace.exit();
      return;
    }
    Connecting connecting = new Connecting(socket, this, restored);
    if (reading) {
      touch(socket);
      socket.inbox.add(connecting, 0);
    } else {
      socket.inbox.runInOrder(connecting);
    }
  }

  private synchronized boolean isAsked(String namespace) {
    return unanswered != null && unanswered.contains(namespace);
  }

  private @Nullable Socket find(String namespace) {
    for (Socket socket : sockets) {
      if (socket.namespace().name().equals(namespace)) {
        return socket;
      }
    }
    return null;
  }

  /** Whether a packet of a namespace may announce attachments: it is joined, or was. */
  @Override
  public boolean test(String namespace) {
    Socket socket = find(namespace);
    return socket == null ? hasLeft(namespace) : socket.state.isIn();
  }

  private synchronized boolean hasLeft(String namespace) {
    return left != null && left.contains(namespace);
  }

  /** Some namespace has been joined: the session may stay. */
  void joined() {
    SessionDeadlines idle;
    synchronized (this) {
      idle = deadlines;
      if (idle == null) {
        return;
      }
      idle.connected();
      if (!idle.isIdle()) {
        return;
      }
      deadlines = null;
    }
    server.wheel().forget(idle);
  }

  /** Forgets a socket; returns whether it was still here. */
  boolean leave(Socket socket, boolean byServer) {
    synchronized (this) {
      List<Socket> fewer = new ArrayList<>(sockets);
      if (!fewer.remove(socket)) {
        return false;
      }
      sockets = List.copyOf(fewer);
      if (byServer) {
        if (left == null) {
          left = new LinkedHashSet<>();
        }
        left.add(socket.namespace().name());
      }
      return true;
    }
  }

  /** Leaves every namespace and closes the connection. */
  void disconnectAll() {
    for (Socket socket : sockets) {
      socket.disconnect(false);
    }
    session.close();
  }

  /** Ends the session because the client has sent what it must not. */
  void violation(PacketException invalid) {
    log.info("session closed: {}", invalid.getMessage());
    session.closeNow();
  }

  @Override
  public void onDrain() {
    for (Socket socket : sockets) {
      socket.drained();
    }
  }

  /** The client can neither join nor send what is missing: its time does not run. */
  @Override
  public void onDetached() {
    long now = server.wheel().now();
    synchronized (this) {
      deadlines().pause(now);
    }
  }

  @Override
  public void onResumed() {
    long now = server.wheel().now();
    long next;
    SessionDeadlines moved;
    synchronized (this) {
      moved = deadlines();
      next = moved.resume(now);
    }
    server.wheel().watch(moved, next);
  }

  @Override
  public void onClose(CloseReason reason, @Nullable String description) {
    SessionDeadlines over;
    synchronized (this) {
      over = deadlines;
    }
    if (over != null) {
      server.wheel().forget(over);
    }
    server.forget(this);
    DisconnectReason told =
        server.isClosing() ? DisconnectReason.SERVER_SHUTTING_DOWN : DisconnectReason.of(reason);
    List<Socket> last;
    synchronized (this) {
      closed = true;
      last = sockets;
      sockets = List.of();
    }
    boolean mayReturn = told.isRecoverable() && !session.isEndedByClient();
    for (Socket socket : last) {
      Disconnecting.begin(socket, told, description, mayReturn);
    }
  }

  /** The server is being stopped: sockets leave without a packet, then the session closes. */
  void shutDown() {
    for (Socket socket : sockets) {
      Disconnecting.begin(socket, DisconnectReason.SERVER_SHUTTING_DOWN, null);
    }
    session.close();
  }

  /** Ends the session because something has taken too long. */
  void overdue() {
    log.info("session closed: no namespace joined, or attachments missing, in time");
    session.closeNow();
  }
}

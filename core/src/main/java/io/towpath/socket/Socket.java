package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.adapter.RestoredSession;
import io.towpath.engine.EngineSession;
import io.towpath.engine.PacketException;
import io.towpath.engine.SessionId;
import io.towpath.engine.SlowConsumer;
import io.towpath.engine.TransportChange;
import io.towpath.engine.TransportName;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One client in one namespace: what an application talks to.
 *
 * <p>Any thread may call any method. Handlers, middlewares, answers to acks and disconnect
 * listeners of one socket run one at a time and in the order of the wire. Handlers registered while
 * the connection handler runs miss nothing.
 */
public final class Socket extends EventReceiver<Socket> {
  private final String id;
  private final Namespace namespace;
  private final NamespaceRouter router;

  // The parts that have their own state: where it is in its life, what comes in, what goes out.
  final SocketState state = new SocketState();
  final SocketInbox inbox;
  final SocketMember member;

  /** When the client connected, in milliseconds since 1970. */
  private final long issued;

  /** What the client sent with its CONNECT; null for nothing. */
  private final @Nullable JsonNode auth;

  /** Whether this socket was here before. */
  private final boolean recovered;

  /** What the client proves itself with when it comes back; null if it cannot. */
  final @Nullable String privateId;

  /** Null until somebody asks for it; then always the same. */
  @GuardedBy("this")
  private @Nullable Handshake handshake;

  /** Made by whoever first asks for it. */
  @GuardedBy("this")
  private @Nullable Map<String, Object> data;

  // Listeners: lists that are replaced as a whole under this socket's lock and read by any thread.

  private volatile List<BiConsumer<DisconnectReason, @Nullable String>> disconnecting = List.of();
  private volatile List<BiConsumer<DisconnectReason, @Nullable String>> disconnected = List.of();

  /** Almost always none. */
  private volatile List<Runnable> drains = List.of();

  /** Null until the first catch-all listener or middleware; written under this socket's lock. */
  private volatile @Nullable Taps taps;

  Socket(
      String id,
      Namespace namespace,
      NamespaceRouter router,
      Handshake handshake,
      @Nullable RestoredSession restored) {
    this.id = id;
    this.namespace = namespace;
    this.router = router;
    this.issued = handshake.issued().toEpochMilli();
    this.auth = handshake.hasAuth() ? handshake.auth() : null;
    this.recovered = restored != null;
    boolean recovers = namespace.server().options().connectionStateRecovery() != null;
    if (restored != null) {
      privateId = restored.session().privateId();
      data = new ConcurrentHashMap<>(restored.session().data());
    } else {
      privateId = recovers && !router.isRevision3() ? SessionId.next() : null;
    }
    this.inbox = new SocketInbox(this);
    this.member = new SocketMember(this, recovers);
  }

  /** Returns the socket's public id; it has nothing to do with the session's secret one. */
  public String id() {
    return id;
  }

  /** Returns the namespace that this socket is in. */
  public Namespace namespace() {
    return namespace;
  }

  /** Returns what the client said when it connected. */
  public synchronized Handshake handshake() {
    if (handshake == null) {
      handshake =
          new Handshake(
              router.session().request(),
              Instant.ofEpochMilli(issued),
              auth == null ? Handshake.noAuth() : auth);
    }
    return handshake;
  }

  /** Returns the transport that carries this socket now; it may change at any time. */
  public TransportName transport() {
    return router.session().transport();
  }

  /**
   * Returns which transports have carried this socket's connection, and why each came: the opening
   * and the newest 32 changes, oldest first.
   */
  public List<TransportChange> transportHistory() {
    return router.session().transportHistory();
  }

  /**
   * Returns whether this socket is in its namespace; still true for the listeners of {@link
   * #onDisconnecting}, and false for those of {@link #onDisconnect}.
   */
  public boolean isConnected() {
    return state.isConnected();
  }

  /**
   * Returns whether the client was here before and was away for a short time only: it has got, or
   * gets now, the events that it has missed, and this socket has the id, the rooms and the data
   * that it had. Always false unless connection state recovery is on.
   */
  public boolean isRecovered() {
    return recovered;
  }

  /**
   * Returns whether a message would leave at once, because nothing waits for the client to read.
   * After false, {@link #onDrain} follows.
   */
  public boolean isWritable() {
    return router.session().isWritable();
  }

  /** Returns how many bytes wait to be sent on this socket's connection. */
  public long bufferedBytes() {
    return router.session().bufferedBytes();
  }

  /** Returns how many events this connection went without, by its policy for slow consumers. */
  public long droppedMessages() {
    return router.session().droppedMessages();
  }

  /**
   * Sets what happens when more waits for this client than may, instead of what the server's
   * options say; for the whole connection, so for its other namespaces too.
   */
  public Socket slowConsumer(SlowConsumer policy) {
    router.session().slowConsumer(policy);
    return this;
  }

  /**
   * Calls a listener each time that everything has been written after {@link #isWritable} had said
   * no; in order with this socket's handlers. So a source can send while the socket is writable and
   * go on from here.
   */
  public synchronized Socket onDrain(Runnable listener) {
    drains = with(drains, listener);
    return this;
  }

  /** Removes a listener. */
  public synchronized Socket offDrain(Runnable listener) {
    drains = drains.stream().filter(present -> present != listener).toList();
    return this;
  }

  /** Returns a place for the application's own data on this socket; safe for any thread. */
  public synchronized Map<String, Object> data() {
    if (data == null) {
      data = new ConcurrentHashMap<>();
    }
    return data;
  }

  // Events in.

  @Override
  Socket self() {
    return this;
  }

  @Override
  Calls calls() {
    return new Calls(this, this::report);
  }

  /**
   * Shows every event that comes in to a listener, before middlewares and handlers, also events
   * that are refused then.
   */
  public Socket onAny(CatchAll listener) {
    taps().incoming.add(Taps.Incoming.of(listener));
    return this;
  }

  /** Shows every event that comes in to a listener, with its ack. */
  public Socket onAny(CatchAll.WithAck listener) {
    taps().incoming.add(new Taps.Incoming(listener, listener));
    return this;
  }

  /** The same as {@link #onAny(CatchAll)}, before the listeners that are there. */
  public Socket prependAny(CatchAll listener) {
    taps().incoming.add(0, Taps.Incoming.of(listener));
    return this;
  }

  /** Removes a catch-all listener for events that come in. */
  public Socket offAny(Object listener) {
    taps().incoming.removeIf(tap -> tap.key() == listener);
    return this;
  }

  /** Removes all catch-all listeners for events that come in. */
  public Socket offAny() {
    taps().incoming.clear();
    return this;
  }

  /** Returns the catch-all listeners for events that come in, in their order. A snapshot. */
  public List<Object> listenersAny() {
    Taps tapped = taps;
    return tapped == null ? List.of() : tapped.incoming.stream().map(Taps.Incoming::key).toList();
  }

  /** Returns the catch-all listeners for events that are sent, in their order. A snapshot. */
  public List<CatchAll> listenersAnyOutgoing() {
    Taps tapped = taps;
    return tapped == null ? List.of() : List.copyOf(tapped.outgoing);
  }

  /**
   * Shows every event that is sent to this client to a listener, those of broadcasts among them,
   * but no acks. On the thread that emits, before the event is queued; it must not block.
   */
  public Socket onAnyOutgoing(CatchAll listener) {
    taps().outgoing.add(listener);
    return this;
  }

  /** The same as {@link #onAnyOutgoing}, before the listeners that are there. */
  public Socket prependAnyOutgoing(CatchAll listener) {
    taps().outgoing.add(0, listener);
    return this;
  }

  /** Removes a catch-all listener for events that are sent. */
  public Socket offAnyOutgoing(CatchAll listener) {
    taps().outgoing.removeIf(present -> present == listener);
    return this;
  }

  /** Removes all catch-all listeners for events that are sent. */
  public Socket offAnyOutgoing() {
    taps().outgoing.clear();
    return this;
  }

  /** Adds a middleware for the events that come in, after those that are there. */
  public Socket use(EventMiddleware middleware) {
    taps().middlewares.add(middleware);
    return this;
  }

  private synchronized Taps taps() {
    if (taps == null) {
      taps = new Taps();
    }
    return taps;
  }

  /** Calls a listener when this socket is about to leave, while it is still in its rooms. */
  public synchronized Socket onDisconnecting(Consumer<DisconnectReason> listener) {
    disconnecting = with(disconnecting, (reason, description) -> listener.accept(reason));
    return this;
  }

  /** Calls a listener when this socket has left. */
  public Socket onDisconnect(Consumer<DisconnectReason> listener) {
    return onDisconnect((reason, description) -> listener.accept(reason));
  }

  /** Calls a listener when this socket has left, with details for logs, which may be null. */
  public synchronized Socket onDisconnect(BiConsumer<DisconnectReason, @Nullable String> listener) {
    disconnected = with(disconnected, listener);
    return this;
  }

  private static <T> List<T> with(List<T> listeners, T more) {
    return Stream.concat(listeners.stream(), Stream.of(more)).toList();
  }

  // Events out.

  /**
   * Sends an event. Arguments are written as JSON; {@code byte[]} and {@code ByteBuffer} anywhere
   * inside become binary attachments.
   *
   * @return whether it was accepted; false when the socket has left, unless it may come back: see
   *     {@link #isRecovered}. True does not mean delivered.
   * @throws IllegalArgumentException if the name is reserved, or an argument cannot be written as
   *     JSON
   */
  public boolean emit(String event, @Nullable Object... arguments) {
    return member.emit(SendOptions.DEFAULTS, false, event, arguments);
  }

  /** Sends an event with arguments that were received, unchanged. */
  public boolean emit(String event, Arguments arguments) {
    return member.emit(event, arguments);
  }

  /** Sends the event {@code message}. */
  public boolean send(@Nullable Object... arguments) {
    return emit("message", arguments);
  }

  /**
   * Sends an event and waits for its answer, for as long as the socket is connected; see {@link
   * #timeout}.
   *
   * @return the arguments of the answer; fails with {@link DisconnectedException} when the socket
   *     leaves first. Completed on the handler threads, in order with events.
   */
  public CompletableFuture<Arguments> emitWithAck(String event, @Nullable Object... arguments) {
    return member.emitWithAck(SendOptions.DEFAULTS, event, arguments);
  }

  /**
   * Returns this socket with a time limit for answers, after which they fail with {@link
   * AckTimeoutException}.
   */
  public Emission timeout(Duration limit) {
    return new Emission(this, false, SendOptions.DEFAULTS).timeout(limit);
  }

  /** Returns this socket for events that may be dropped when the client cannot take them now. */
  public Emission asVolatile() {
    return new Emission(this, true, SendOptions.DEFAULTS);
  }

  /**
   * Returns this socket for events of which a slow client needs only the latest: one that waits is
   * replaced by a newer one with the same key, on a connection whose policy is {@link
   * SlowConsumer#CONFLATE}. Keys belong to the connection, not to the event's name.
   *
   * @throws IllegalArgumentException if the key is empty
   */
  public Emission conflate(String key) {
    return new Emission(this, false, SendOptions.DEFAULTS).conflate(key);
  }

  /** Returns this socket for events that transports may compress, which is the default, or not. */
  public Emission compress(boolean may) {
    return new Emission(this, false, SendOptions.DEFAULTS).compress(may);
  }

  // Rooms.

  /** Joins rooms; does nothing once the socket has left. */
  public void join(String... rooms) {
    join(List.of(rooms));
  }

  /** Joins rooms; does nothing once the socket has left. */
  public void join(Collection<String> rooms) {
    if (!state.joinEarly(rooms)) {
      namespace.adapter().join(member, rooms);
    }
  }

  /** Leaves a room. */
  public void leave(String room) {
    if (!state.leaveEarly(room)) {
      namespace.adapter().leave(member, room);
    }
  }

  /**
   * Returns the rooms that this socket is in, the one named by its id among them; empty once it has
   * left.
   */
  public Set<String> rooms() {
    Set<String> early = state.earlyRooms();
    return early != null ? early : namespace.adapter().rooms(member);
  }

  /** Returns a broadcast to rooms, without this socket. */
  public Broadcast to(String... rooms) {
    return namespace.to(rooms).except(id);
  }

  /** Returns a broadcast to rooms, without this socket; the same as {@link #to}. */
  public Broadcast in(String... rooms) {
    return to(rooms);
  }

  /** Returns a broadcast to the namespace without some rooms and without this socket. */
  public Broadcast except(String... rooms) {
    return namespace.except(rooms).except(id);
  }

  /** Returns a broadcast to everybody in the namespace but this socket. */
  public Broadcast broadcast() {
    return namespace.except(id);
  }

  // The end.

  /** Leaves the namespace; the client is told, and its connection stays. */
  public void disconnect() {
    disconnect(false);
  }

  /**
   * Leaves the namespace; does nothing if this socket is not in it, so in middlewares too.
   *
   * @param close whether the client's other namespaces are left too and the connection is closed
   */
  public void disconnect(boolean close) {
    if (!state.isIn()) {
      return;
    }
    if (close) {
      router.disconnectAll();
    } else if (router.leave(this, true)) {
      // Neither another thread nor the client was first.
      router.session().send(namespace.encoder().disconnect());
      Disconnecting.begin(this, DisconnectReason.SERVER_NAMESPACE_DISCONNECT, null);
    }
  }

  @Override
  public String toString() {
    return "Socket " + id + " in " + namespace.name();
  }

  // For the other parts of this socket, and the router.

  /** The connection has been written empty. */
  void drained() {
    for (Runnable listener : drains) {
      inbox.runInOrder(listener);
    }
  }

  /** Takes what code of the application has thrown. */
  void report(Throwable thrown) {
    namespace.server().report(this, thrown);
  }

  /** Ends the session, because the client has sent what it must not. */
  void violation(PacketException invalid) {
    router.violation(invalid);
  }

  EngineSession session() {
    return router.session();
  }

  @Nullable Taps tapsOrNull() {
    return taps;
  }

  synchronized Map<String, Object> dataCopy() {
    return data == null ? Map.of() : Map.copyOf(data);
  }

  List<BiConsumer<DisconnectReason, @Nullable String>> disconnectingListeners() {
    return disconnecting;
  }

  List<BiConsumer<DisconnectReason, @Nullable String>> disconnectListeners() {
    return disconnected;
  }
}

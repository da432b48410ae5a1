package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.adapter.Adapter;
import io.towpath.adapter.BroadcastTarget;
import io.towpath.adapter.Member;
import io.towpath.adapter.OffsetMessage;
import io.towpath.adapter.RecoveryOptions;
import io.towpath.adapter.RestoredSession;
import io.towpath.adapter.StoredSession;
import io.towpath.engine.EngineSession;
import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.PacketException;
import io.towpath.engine.SessionId;
import io.towpath.engine.SlowConsumer;
import io.towpath.engine.TransportChange;
import io.towpath.engine.TransportName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
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
  private enum State {
    CONNECTING,
    CONNECTED,
    GONE
  }

  private final String id;
  private final Namespace namespace;
  private final NamespaceRouter router;

  /** When the client connected, in milliseconds since 1970. */
  private final long issued;

  /** What the client sent with its CONNECT; null for nothing. */
  private final @Nullable JsonNode auth;

  /** Null until somebody asks for it; then always the same. Guarded by this socket. */
  private @Nullable Handshake handshake;

  private final Inbox inbox;
  private final SocketMember presence = new SocketMember(this);

  /** Null until the first answer is asked for. */
  @GuardedBy("this")
  private @Nullable PendingAcks pendingAcks;

  /** Whether no answer is waited for any more. */
  @GuardedBy("this")
  private boolean acksClosed;

  // Listeners: lists that are replaced as a whole under this socket's lock and read by any thread.

  private volatile List<BiConsumer<DisconnectReason, @Nullable String>> disconnecting = List.of();
  private volatile List<BiConsumer<DisconnectReason, @Nullable String>> disconnected = List.of();

  /** Almost always none. */
  private volatile List<Runnable> drains = List.of();

  /** Null until the first catch-all listener or middleware; written under this socket's lock. */
  private volatile @Nullable Taps taps;

  /** Made by whoever first asks for it; guarded by this socket. */
  private @Nullable Map<String, Object> data;

  @GuardedBy("this")
  private State state = State.CONNECTING;

  /** Whether the listeners run who may still see it connected. */
  @GuardedBy("this")
  private boolean leaving;

  /** Whether this socket has gone and its client may come back. */
  @GuardedBy("this")
  private boolean mayReturn;

  /** Whether the adapter has been told of this socket. */
  @GuardedBy("this")
  private boolean present;

  /**
   * Whether events that wait are dropped: the server has left the namespace, or the disconnect
   * listeners have run.
   */
  @GuardedBy("this")
  private boolean deaf;

  /**
   * Rooms joined by middlewares, before the adapter knows this socket; null when there are none.
   */
  @GuardedBy("this")
  private @Nullable Set<String> earlyRooms;

  /** Orders what leaves; null unless connection state recovery is on. */
  private final @Nullable Outbox outbox;

  /** What the client proves itself with when it comes back; null if it cannot. */
  private final @Nullable String privateId;

  /** What the client gets before the answer to its CONNECT; confined to the inbox. */
  private List<MessageBatch> missed = List.of();

  /** What this socket was before; null if it is new. */
  private final @Nullable RestoredSession restored;

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
    this.restored = restored;
    SocketIo io = namespace.server();
    boolean recovers = io.options().connectionStateRecovery() != null;
    this.outbox = recovers ? new Outbox(this::handOver, router.session()::closeNow) : null;
    if (restored != null) {
      privateId = restored.session().privateId();
      data = new ConcurrentHashMap<>(restored.session().data());
    } else {
      privateId = recovers && !router.isRevision3() ? SessionId.next() : null;
    }
    this.inbox = io.inbox(presence, router.session());
  }

  /** Returns the socket's public id; it has nothing to do with the session's secret one. */
  public String id() {
    return id;
  }

  /** Returns the session that this socket belongs to. */
  EngineSession session() {
    return router.session();
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
  public synchronized boolean isConnected() {
    return state == State.CONNECTED || leaving;
  }

  /**
   * Returns whether the client was here before and was away for a short time only: it has got, or
   * gets now, the events that it has missed, and this socket has the id, the rooms and the data
   * that it had. Always false unless connection state recovery is on.
   */
  public boolean isRecovered() {
    return restored != null;
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
  public Socket onDrain(Runnable listener) {
    synchronized (this) {
      drains = Stream.concat(drains.stream(), Stream.of(listener)).toList();
    }
    return this;
  }

  /** Removes a listener. */
  public Socket offDrain(Runnable listener) {
    synchronized (this) {
      drains = drains.stream().filter(present -> present != listener).toList();
    }
    return this;
  }

  /** The connection has been written empty. */
  void drained() {
    for (Runnable listener : drains) {
      runInOrder(listener);
    }
  }

  /** Returns a place for the application's own data on this socket; safe for any thread. */
  public synchronized Map<String, Object> data() {
    if (data == null) {
      data = new ConcurrentHashMap<>();
    }
    return data;
  }

  synchronized Map<String, Object> dataCopy() {
    return data == null ? Map.of() : Map.copyOf(data);
  }

  // Events in.

  @Override
  Socket self() {
    return this;
  }

  @Override
  Calls calls() {
    return new Calls(this, thrown -> namespace.server().report(this, thrown));
  }

  /**
   * Shows every event that comes in to a listener, before middlewares and handlers, also events
   * that are refused then.
   */
  public Socket onAny(CatchAll listener) {
    taps().incoming.add(seeing(listener));
    return this;
  }

  /** Shows every event that comes in to a listener, with its ack. */
  public Socket onAny(CatchAll.WithAck listener) {
    taps().incoming.add(new Taps.Incoming(listener, listener));
    return this;
  }

  /** The same as {@link #onAny(CatchAll)}, before the listeners that are there. */
  public Socket prependAny(CatchAll listener) {
    taps().incoming.add(0, seeing(listener));
    return this;
  }

  private static Taps.Incoming seeing(CatchAll listener) {
    return new Taps.Incoming(listener, (event, arguments, ack) -> listener.on(event, arguments));
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
  public Socket onDisconnecting(Consumer<DisconnectReason> listener) {
    BiConsumer<DisconnectReason, @Nullable String> added =
        (reason, description) -> listener.accept(reason);
    synchronized (this) {
      disconnecting = Stream.concat(disconnecting.stream(), Stream.of(added)).toList();
    }
    return this;
  }

  /** Calls a listener when this socket has left. */
  public Socket onDisconnect(Consumer<DisconnectReason> listener) {
    return onDisconnect((reason, description) -> listener.accept(reason));
  }

  /** Calls a listener when this socket has left, with details for logs, which may be null. */
  public Socket onDisconnect(BiConsumer<DisconnectReason, @Nullable String> listener) {
    synchronized (this) {
      disconnected = Stream.concat(disconnected.stream(), Stream.of(listener)).toList();
    }
    return this;
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
    EventHandlers.requireUsable(event);
    if (outbox != null) {
      return writeKept(encoder().keepable(event, arguments));
    }
    return write(encoder().event(SocketPacket.NO_ID, event, arguments), false);
  }

  /** Sends an event with arguments that were received, unchanged. */
  public boolean emit(String event, Arguments arguments) {
    EventHandlers.requireUsable(event);
    if (outbox != null) {
      return writeKept(encoder().keepable(event, arguments));
    }
    return write(encoder().event(SocketPacket.NO_ID, event, arguments), false);
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
    return emitWithAck(SendOptions.DEFAULTS, event, arguments);
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

  CompletableFuture<Arguments> emitWithAck(
      SendOptions options, String event, @Nullable Object... arguments) {
    EventHandlers.requireUsable(event);
    long ackId = namespace.nextAckId();
    MessageBatch message = options.onQuestion(encoder().event(ackId, event, arguments));
    CompletableFuture<Arguments> answer = pendingAcks().await(ackId, options.timeoutMillis());
    if (!answer.isDone()) {
      write(message, false);
    }
    return answer;
  }

  boolean emit(SendOptions options, boolean droppable, String event, @Nullable Object[] arguments) {
    EventHandlers.requireUsable(event);
    if (outbox != null && !droppable && options.key() == null) {
      return writeKept(options.on(encoder().keepable(event, arguments)));
    }
    return write(options.on(encoder().event(SocketPacket.NO_ID, event, arguments)), droppable);
  }

  /** Sends an event that is kept in case that the client has to come back for it. */
  private boolean writeKept(OffsetMessage message) {
    boolean early;
    synchronized (this) {
      if (state == State.GONE && !mayReturn) {
        return false;
      }
      early = !present && state != State.GONE;
    }
    if (early) {
      // The adapter does not know this socket yet: a middleware speaks.
      return handOver(message.plain(), false, null);
    }
    BroadcastTarget onlyThis = new BroadcastTarget(Set.of(id), Set.of(), false, false);
    adapter().broadcast(message, onlyThis);
    return true;
  }

  boolean write(MessageBatch message, boolean droppable) {
    return write(message, droppable, null);
  }

  /** The same; with a fan-out, the message is one of a broadcast to many. */
  boolean write(MessageBatch message, boolean droppable, @Nullable FanOut fanOut) {
    Outbox ordered = outbox;
    if (ordered == null) {
      return handOver(message, droppable, fanOut);
    }
    synchronized (this) {
      if (state == State.GONE) {
        return false;
      }
    }
    ordered.add(message, droppable);
    ordered.drain(fanOut);
    return true;
  }

  private boolean handOver(MessageBatch message, boolean droppable, @Nullable FanOut fanOut) {
    synchronized (this) {
      if (state == State.GONE) {
        return false;
      }
    }
    Taps tapped = taps;
    if (tapped != null && !tapped.outgoing.isEmpty()) {
      showOutgoing(tapped, message);
    }
    EngineSession session = router.session();
    if (fanOut != null) {
      return fanOut.send(session, message, droppable);
    }
    return droppable ? session.sendVolatile(message) : session.send(message);
  }

  private void showOutgoing(Taps tapped, MessageBatch message) {
    SocketPacket.Event event = namespace.server().eventIn(message);
    if (event == null) {
      return;
    }
    PayloadReader reader = namespace.server().json().read(event.payload());
    String name = reader.eventName();
    Arguments arguments = reader.rest();
    for (CatchAll listener : tapped.outgoing) {
      try {
        listener.on(name, arguments);
      } catch (Throwable thrown) {
        namespace.server().report(this, thrown);
      }
    }
  }

  SocketPacketEncoder encoder() {
    return namespace.encoder();
  }

  // Rooms.

  /** Joins rooms; does nothing once the socket has left. */
  public void join(String... rooms) {
    join(List.of(rooms));
  }

  /** Joins rooms; does nothing once the socket has left. */
  public void join(Collection<String> rooms) {
    synchronized (this) {
      if (!present && state != State.GONE) {
        if (earlyRooms == null) {
          earlyRooms = new LinkedHashSet<>();
        }
        earlyRooms.addAll(rooms);
        return;
      }
    }
    adapter().join(presence, rooms);
  }

  /** Leaves a room. */
  public void leave(String room) {
    synchronized (this) {
      if (!present && state != State.GONE) {
        if (earlyRooms != null) {
          earlyRooms.remove(room);
        }
        return;
      }
    }
    adapter().leave(presence, room);
  }

  /**
   * Returns the rooms that this socket is in, the one named by its id among them; empty once it has
   * left.
   */
  public Set<String> rooms() {
    synchronized (this) {
      if (!present && state != State.GONE && earlyRooms != null) {
        return new LinkedHashSet<>(earlyRooms);
      }
    }
    return adapter().rooms(presence);
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

  private Adapter adapter() {
    return namespace.adapter();
  }

  // The end.

  /** Whether it may still be spoken to and heard. */
  synchronized boolean isIn() {
    return state == State.CONNECTED;
  }

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
    if (!isIn()) {
      return;
    }
    if (close) {
      router.disconnectAll();
      return;
    }
    if (!router.leave(this, true)) {
      // Another thread, or the client, was first.
      return;
    }
    router.session().send(encoder().disconnect());
    gone(DisconnectReason.SERVER_NAMESPACE_DISCONNECT, null);
  }

  /**
   * Ends this socket. Events that came before the client left, or was lost, are still handled; when
   * the server leaves they are dropped.
   */
  void gone(DisconnectReason reason, @Nullable String description) {
    gone(reason, description, reason.isRecoverable());
  }

  /**
   * Ends this socket.
   *
   * @param recoverable whether what it had is kept for its client, if such things are kept at all
   */
  void gone(DisconnectReason reason, @Nullable String description, boolean recoverable) {
    boolean wasConnected;
    synchronized (this) {
      if (state == State.GONE) {
        return;
      }
      wasConnected = state == State.CONNECTED;
      state = State.GONE;
      mayReturn = wasConnected && privateId != null && recoverable;
      deaf =
          reason == DisconnectReason.SERVER_NAMESPACE_DISCONNECT
              || reason == DisconnectReason.SERVER_SHUTTING_DOWN;
    }
    runInOrder(() -> finish(wasConnected, reason, description));
  }

  private void finish(boolean wasConnected, DisconnectReason reason, @Nullable String description) {
    synchronized (this) {
      deaf = true;
      leaving = wasConnected;
    }
    if (wasConnected) {
      tell(disconnecting, reason, description);
    }
    synchronized (this) {
      leaving = false;
    }
    Set<String> rooms = rooms();
    adapter().remove(presence);
    if (privateId != null && isReturning()) {
      adapter().persistSession(new StoredSession(id, privateId, rooms, dataCopy()));
    }
    if (privateId != null) {
      namespace.release(privateId, this);
    }
    closeAcks();
    if (wasConnected) {
      tell(disconnected, reason, description);
    }
    namespace.exit();
  }

  private synchronized boolean isReturning() {
    return mayReturn;
  }

  private void tell(
      List<BiConsumer<DisconnectReason, @Nullable String>> listeners,
      DisconnectReason reason,
      @Nullable String description) {
    for (BiConsumer<DisconnectReason, @Nullable String> listener : listeners) {
      try {
        listener.accept(reason, description);
      } catch (Throwable thrown) {
        namespace.server().report(this, thrown);
      }
    }
  }

  // What the router and the inbox do with this socket.

  /** Starts the middlewares; in the end the client is in, or refused. */
  void begin() {
    RestoredSession before = restored;
    if (before == null) {
      deliver((Runnable) () -> pass(0), 0);
    } else {
      deliver((Runnable) () -> comeBack(before), 0);
    }
  }

  /** Takes the old place in the rooms; what is sent from now on waits in the outbox. */
  private void comeBack(RestoredSession before) {
    synchronized (this) {
      if (state != State.CONNECTING) {
        return;
      }
      present = true;
    }
    List<MessageBatch> more =
        adapter().rejoin(presence, before.session().rooms(), before.lastOffset());
    if (more == null) {
      // Too much has been sent in this very moment; the client tries again, as a new one.
      router.session().closeNow();
      return;
    }
    missed = new ArrayList<>(before.missed());
    missed.addAll(more);
    RecoveryOptions recovery = namespace.server().options().connectionStateRecovery();
    if (recovery != null && recovery.skipMiddlewares()) {
      connected();
    } else {
      pass(0);
    }
  }

  private void pass(int index) {
    synchronized (this) {
      if (state != State.CONNECTING) {
        return;
      }
    }
    Middleware middleware = namespace.middleware(index);
    if (middleware == null) {
      connected();
      return;
    }
    ConnectVerdict verdict = new ConnectVerdict(this, () -> pass(index + 1));
    try {
      middleware.handle(this, verdict);
    } catch (RefusedException refused) {
      verdict.refuse(String.valueOf(refused.getMessage()), refused.data());
    } catch (Throwable thrown) {
      namespace.server().report(this, thrown);
      verdict.refuse("Internal error");
    }
  }

  private void connected() {
    synchronized (this) {
      if (state != State.CONNECTING) {
        return;
      }
      state = State.CONNECTED;
    }
    if (privateId != null) {
      namespace.hold(privateId, this);
    }
    router.joined();
    for (MessageBatch message : missed) {
      router.session().send(message);
    }
    missed = List.of();
    router
        .session()
        .send(
            router.isRevision3() ? encoder().connectRevision3() : encoder().connect(id, privateId));
    if (outbox != null) {
      outbox.open();
    }
    if (restored == null) {
      adapter().add(presence);
    }
    Set<String> rooms;
    synchronized (this) {
      present = true;
      rooms = earlyRooms;
      earlyRooms = null;
    }
    if (rooms != null) {
      adapter().join(presence, rooms);
    }
    namespace.connected(this);
  }

  void refused(String message, @Nullable Object data) {
    synchronized (this) {
      if (state != State.CONNECTING) {
        return;
      }
      state = State.GONE;
    }
    MessageBatch refusal;
    try {
      refusal = router.connectError(encoder(), message, data);
    } catch (IllegalArgumentException unwritable) {
      namespace.server().report(this, unwritable);
      refusal = router.connectError(encoder(), message, null);
    }
    router.leave(this, false);
    router.session().send(refusal);
    adapter().remove(presence);
    closeAcks();
    namespace.exit();
  }

  /** Hands over a packet or a task; {@link #wake} must follow. */
  void deliver(Object item, int size) {
    inbox.add(item, size);
  }

  void wake() {
    inbox.wake();
  }

  void runInOrder(Runnable task) {
    inbox.add(task, 0);
    inbox.wake();
  }

  /** Runs in the inbox. */
  void handle(Object item) {
    try {
      if (item instanceof SocketPacket.Event event) {
        if (!isDeaf()) {
          Ack ack = event.id() == SocketPacket.NO_ID ? Ack.NONE : new Ack(this, event.id());
          Taps tapped = taps;
          if (tapped == null) {
            handlers.dispatch(namespace.server().json(), event.payload(), ack);
          } else {
            new EventPassage(this, tapped, event.payload(), ack).begin();
          }
        }
      } else if (item instanceof SocketPacket.Ack answer) {
        Arguments arguments = namespace.server().json().read(answer.payload()).all();
        PendingAcks acks = acksOrNull();
        if (acks != null) {
          acks.answer(answer.id(), arguments);
        }
      } else {
        ((Runnable) item).run();
      }
    } catch (PacketException invalid) {
      router.violation(invalid);
    } catch (Throwable thrown) {
      // Errors too: what escaped from here would stop this socket's inbox for good.
      namespace.server().report(this, thrown);
    }
  }

  void violation(PacketException invalid) {
    router.violation(invalid);
  }

  synchronized boolean isDeaf() {
    return deaf;
  }

  @Override
  public String toString() {
    return "Socket " + id + " in " + namespace.name();
  }

  /** Returns the socket behind a member of this node. */
  static Socket of(Member member) {
    return ((SocketMember) member).socket();
  }

  synchronized PendingAcks pendingAcks() {
    if (pendingAcks == null) {
      SocketIo io = namespace.server();
      pendingAcks =
          new PendingAcks(io.wheel(), io.options().maxPendingAcks(), this::runInOrder, acksClosed);
    }
    return pendingAcks;
  }

  private synchronized @Nullable PendingAcks acksOrNull() {
    return pendingAcks;
  }

  private void closeAcks() {
    PendingAcks acks;
    synchronized (this) {
      acksClosed = true;
      acks = pendingAcks;
    }
    if (acks != null) {
      acks.close();
    }
  }

  /** Returns what orders the events that leave; null unless connection state recovery is on. */
  @Nullable Outbox outbox() {
    return outbox;
  }
}

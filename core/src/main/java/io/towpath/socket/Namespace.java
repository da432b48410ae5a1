package io.towpath.socket;

import io.towpath.adapter.Adapter;
import io.towpath.adapter.Answer;
import io.towpath.adapter.AnswerCollector;
import io.towpath.adapter.BroadcastTarget;
import io.towpath.adapter.LocalAdapter;
import io.towpath.adapter.RoomListener;
import io.towpath.engine.EngineSession;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A part of the server that clients join by name: its middlewares, connection handlers, sockets and
 * rooms. Any thread.
 */
public final class Namespace extends EventReceiver<Namespace> implements BroadcastOperations {
  private final String name;
  private final SocketIo server;
  private final Adapter adapter;
  private final SocketPacketEncoder encoder;
  private final Broadcast everybody = new Broadcast(this, BroadcastTarget.ALL);
  private final AtomicLong nextAckId = new AtomicLong();
  private final List<Middleware> middlewares = new CopyOnWriteArrayList<>();
  private final List<ConnectionHandler> connectionHandlers = new CopyOnWriteArrayList<>();

  /** Where this namespace comes from; null if the application made it. */
  private final @Nullable ParentNamespace parent;

  /** Connected sockets by their private ids; empty unless connection state recovery is on. */
  private final ConcurrentHashMap<String, Held> held = new ConcurrentHashMap<>();

  /** A socket, and what is done once it has gone. */
  private record Held(Socket socket, CompletableFuture<@Nullable Void> gone) {}

  /** Sockets of a child, those that are still joining among them; guarded by this namespace. */
  private int inhabitants;

  /** Whether a child has been cleaned up; guarded by this namespace. */
  private boolean discarded;

  /** Greets a client that has joined. */
  @FunctionalInterface
  public interface ConnectionHandler {
    /** Registers what the socket is to react to; no event is dispatched before it returns. */
    void on(Socket socket) throws Exception;
  }

  Namespace(String name, SocketIo server, Adapter adapter, @Nullable ParentNamespace parent) {
    this.name = name;
    this.parent = parent;
    if (parent != null) {
      middlewares.addAll(parent.middlewares());
      connectionHandlers.addAll(parent.connectionHandlers());
    }
    this.server = server;
    this.adapter = adapter;
    this.encoder = server.encoder(name);
    adapter.onServerEvent(this::fromServer);
  }

  /** Returns the name, {@code /} first. */
  public String name() {
    return name;
  }

  /** Adds a middleware after those that are there. */
  public Namespace use(Middleware middleware) {
    middlewares.add(middleware);
    return this;
  }

  /** Calls a handler for each client that joins from now on. */
  public Namespace onConnection(ConnectionHandler handler) {
    connectionHandlers.add(handler);
    return this;
  }

  @Override
  public Broadcast everybody() {
    return everybody;
  }

  /** Returns the rooms of this node that somebody is in, those named by ids among them. */
  public Set<String> rooms() {
    return adapter.rooms();
  }

  /** Tells a listener how the rooms of this node change from now on. */
  public Namespace onRoomChange(RoomListener listener) {
    adapter.onRoomChange(listener);
    return this;
  }

  /**
   * Sends an event to this namespace on all other servers, where handlers registered with {@link
   * #on} get it. Without a remote adapter there are none.
   *
   * @throws IllegalArgumentException if the name is reserved, {@code connection} and {@code
   *     new_namespace} among them, or an argument cannot be written as JSON
   */
  public void serverSideEmit(String event, @Nullable Object... arguments) {
    adapter.emitToServers(serverEvent(event, arguments));
  }

  /**
   * The same as {@link #serverSideEmit} with an answer from each server.
   *
   * @param limit how long to wait
   * @return fails with {@link MissingAnswersException} when not all have answered in time; empty at
   *     once if there are no other servers
   */
  public CompletableFuture<BroadcastAnswers> serverSideEmitWithAck(
      Duration limit, String event, @Nullable Object... arguments) {
    Answer written = serverEvent(event, arguments);
    long millis = Math.max(1, limit.toMillis());
    return collect(true, millis, answers -> adapter.emitToServers(written, millis, answers));
  }

  private Answer serverEvent(String event, @Nullable Object[] arguments) {
    EventHandlers.requireUsable(event);
    if (event.equals("connection") || event.equals("new_namespace")) {
      throw new IllegalArgumentException("\"" + event + "\" is a reserved event name");
    }
    return server.json().writeAnswer(event, arguments);
  }

  private void fromServer(Answer event, @Nullable Consumer<Answer> answer) {
    Ack ack = answer == null ? Ack.NONE : new Ack.ToServer(server.json(), answer);
    try {
      handlers.dispatch(
          server.json(),
          new Payload(event.bytes(), event.offset(), event.length(), event.attachments()),
          ack);
    } catch (Throwable thrown) {
      server.report(null, thrown);
    }
  }

  /** Collects answers that one server gives, or all of them. */
  CompletableFuture<BroadcastAnswers> collect(
      boolean oneServer, long timeoutMillis, Consumer<AnswerCollector> send) {
    CompletionStage<Integer> servers =
        oneServer ? CompletableFuture.completedStage(1) : adapter.serverCount();
    return servers
        .thenCompose(
            count -> {
              Collected collected =
                  new Collected(server.json(), server.wheel(), count, timeoutMillis);
              send.accept(collected);
              return collected.future();
            })
        .toCompletableFuture();
  }

  @Override
  Namespace self() {
    return this;
  }

  @Override
  Calls calls() {
    return new Calls(null, thrown -> server.report(null, thrown));
  }

  SocketIo server() {
    return server;
  }

  @Nullable ParentNamespace parent() {
    return parent;
  }

  /**
   * Counts a socket in; false if this child has just been cleaned up and must be asked for anew.
   */
  boolean enter() {
    if (parent == null) {
      return true;
    }
    synchronized (this) {
      if (discarded) {
        return false;
      }
      inhabitants++;
      return true;
    }
  }

  /** Counts a socket out, which has left or was refused. */
  void exit() {
    if (parent == null) {
      return;
    }
    synchronized (this) {
      inhabitants--;
      if (inhabitants > 0 || !server.options().cleanupEmptyChildNamespaces()) {
        return;
      }
      discarded = true;
    }
    server.discard(this);
  }

  /** Whether no code but our own runs when a socket leaves, apart from its own listeners. */
  boolean hearsNothing() {
    return parent == null && adapter instanceof LocalAdapter local && !local.isListenedTo();
  }

  /** Notes who has a private id, until {@link #release}. */
  void hold(String privateId, Socket socket) {
    held.put(privateId, new Held(socket, new CompletableFuture<>()));
  }

  /** A socket has gone, and what it had is kept if it may return. */
  void release(String privateId, Socket socket) {
    Held entry = held.get(privateId);
    if (entry != null && entry.socket == socket && held.remove(privateId, entry)) {
      entry.gone.complete(null);
    }
  }

  /**
   * Makes way for the client of a private id that is here again. If its session is held without a
   * transport, as it may be for much longer than a client waits, it ends now. A socket whose client
   * is connected is left alone: a private id is good for one return.
   *
   * @return done once the old socket has gone; at once if there is none, or one that stays
   */
  CompletableFuture<@Nullable Void> takeOver(String privateId) {
    Held entry = held.get(privateId);
    if (entry == null) {
      return CompletableFuture.completedFuture(null);
    }
    EngineSession former = entry.socket.session();
    if (former.isDetached()) {
      former.takeOver();
    }
    return former.isOpen() ? CompletableFuture.completedFuture(null) : entry.gone;
  }

  Adapter adapter() {
    return adapter;
  }

  SocketPacketEncoder encoder() {
    return encoder;
  }

  /** One counter for all sockets of a namespace, as the reference has it. */
  long nextAckId() {
    return nextAckId.getAndIncrement();
  }

  @Nullable Middleware middleware(int index) {
    return index < middlewares.size() ? middlewares.get(index) : null;
  }

  void connected(Socket socket) {
    for (ConnectionHandler handler : connectionHandlers) {
      try {
        handler.on(socket);
      } catch (Throwable thrown) {
        server.report(socket, thrown);
      }
    }
  }
}

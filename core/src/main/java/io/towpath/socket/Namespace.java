package io.towpath.socket;

import io.towpath.adapter.Adapter;
import io.towpath.adapter.BroadcastTarget;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A part of the server that clients join by name: its middlewares, connection handlers, sockets and
 * rooms. Any thread.
 */
public final class Namespace {
  private final String name;
  private final SocketIo server;
  private final Adapter adapter;
  private final SocketPacketEncoder encoder;
  private final Broadcast everybody = new Broadcast(this, BroadcastTarget.ALL);
  private final AtomicLong nextAckId = new AtomicLong();
  private final List<Middleware> middlewares = new CopyOnWriteArrayList<>();
  private final List<ConnectionHandler> connectionHandlers = new CopyOnWriteArrayList<>();

  /** Greets a client that has joined. */
  @FunctionalInterface
  public interface ConnectionHandler {
    /** Registers what the socket is to react to; no event is dispatched before it returns. */
    void on(Socket socket) throws Exception;
  }

  Namespace(String name, SocketIo server, Adapter adapter) {
    this.name = name;
    this.server = server;
    this.adapter = adapter;
    this.encoder = new SocketPacketEncoder(server.json(), name);
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

  /** Returns a broadcast to rooms. */
  public Broadcast to(String... rooms) {
    return everybody.to(rooms);
  }

  /** Returns a broadcast to rooms; the same as {@link #to}. */
  public Broadcast in(String... rooms) {
    return everybody.to(rooms);
  }

  /** Returns a broadcast to everybody but the sockets in some rooms. */
  public Broadcast except(String... rooms) {
    return everybody.except(rooms);
  }

  /** Returns a broadcast that sockets may miss if they cannot take it now. */
  public Broadcast asVolatile() {
    return everybody.asVolatile();
  }

  /** Sends an event to everybody; see {@link Broadcast#emit(String, Object...)}. */
  public void emit(String event, @Nullable Object... arguments) {
    everybody.emit(event, arguments);
  }

  /** Sends an event with arguments that were received, unchanged, to everybody. */
  public void emit(String event, Arguments arguments) {
    everybody.emit(event, arguments);
  }

  /** Returns the sockets of this node. */
  public Collection<Socket> sockets() {
    return everybody.sockets();
  }

  /** Makes everybody leave; see {@link Broadcast#disconnectSockets}. */
  public void disconnectSockets(boolean close) {
    everybody.disconnectSockets(close);
  }

  SocketIo server() {
    return server;
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

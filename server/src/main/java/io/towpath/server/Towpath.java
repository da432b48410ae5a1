package io.towpath.server;

import io.towpath.engine.ConnectionError;
import io.towpath.engine.TransportCount;
import io.towpath.socket.Broadcast;
import io.towpath.socket.BroadcastOperations;
import io.towpath.socket.Middleware;
import io.towpath.socket.Namespace;
import io.towpath.socket.NamespaceRule;
import io.towpath.socket.ParentNamespace;
import io.towpath.socket.Socket;
import io.towpath.socket.SocketIo;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an application does with Towpath, whether it listens on a port of its own ({@link
 * TowpathServer}) or lives in an Undertow that is there already ({@link TowpathHandler}). What does
 * not name a namespace is about the namespace {@code /}. Any thread.
 *
 * @param <S> the very type, for chaining
 */
public abstract sealed class Towpath<S extends Towpath<S>> implements BroadcastOperations
    permits TowpathServer, TowpathHandler {
  Towpath() {}

  abstract S self();

  /** Returns the one that requests come to. */
  abstract TowpathHandler handler();

  private SocketIo io() {
    return handler().io();
  }

  /** Returns the namespace of a name, which is created if it is new. */
  public Namespace of(String name) {
    return io().of(name);
  }

  /** Lets clients bring namespaces into being; see {@link SocketIo#of(Pattern)}. */
  public ParentNamespace of(Pattern pattern) {
    return io().of(pattern);
  }

  /** Lets clients bring namespaces into being; see {@link SocketIo#of(NamespaceRule)}. */
  public ParentNamespace of(NamespaceRule rule) {
    return io().of(rule);
  }

  /** The same for a rule that may answer later. */
  public ParentNamespace ofAsync(NamespaceRule.Async rule) {
    return io().ofAsync(rule);
  }

  /** Calls a listener for each new namespace; see {@link SocketIo#onNewNamespace}. */
  public S onNewNamespace(Consumer<Namespace> listener) {
    io().onNewNamespace(listener);
    return self();
  }

  /** Calls a handler for each client that joins the namespace {@code /}. */
  public S onConnection(Namespace.ConnectionHandler handler) {
    of("/").onConnection(handler);
    return self();
  }

  /** Adds a middleware to the namespace {@code /}. */
  public S use(Middleware middleware) {
    of("/").use(middleware);
    return self();
  }

  /** Returns a broadcast to everybody in the namespace {@code /}. */
  @Override
  public Broadcast everybody() {
    return of("/").everybody();
  }

  /** Sends an event to the other servers; see {@link Namespace#serverSideEmit}. */
  public void serverSideEmit(String event, @Nullable Object... arguments) {
    of("/").serverSideEmit(event, arguments);
  }

  /** Calls a listener for what handlers throw; see {@link SocketIo#onError}. */
  public S onError(BiConsumer<@Nullable Socket, Throwable> listener) {
    io().onError(listener);
    return self();
  }

  /**
   * Calls a listener for every request to the engine that is refused, with the code and message of
   * the reply. On the I/O thread; it must not block.
   */
  public S onConnectionError(Consumer<ConnectionError> listener) {
    handler().endpoint().onConnectionError(listener);
    return self();
  }

  /** Returns how many sessions there are. */
  public int sessionCount() {
    return handler().sessions().size();
  }

  /**
   * Returns how often sessions have changed their transport since the server started, by transport
   * and reason; for a dashboard. Sorted; at most 64 different ones are told apart. Any thread.
   */
  public List<TransportCount> transportCounts() {
    return handler().sessions().transportCounts();
  }
}

package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the namespaces have in common that clients bring into being by asking for them: each gets
 * the middlewares and connection handlers that are here when it is created. Any thread.
 *
 * <p>A broadcast reaches the children of this node; whatever else there is to do with a namespace
 * is done with each of {@link #children}.
 */
public final class ParentNamespace {
  private static final CompletionStage<Boolean> YES = CompletableFuture.completedStage(true);
  private static final CompletionStage<Boolean> NO = CompletableFuture.completedStage(false);

  private final SocketIo server;
  private final @Nullable Pattern pattern;
  private final NamespaceRule.@Nullable Async rule;
  private final ParentBroadcast everybody = new ParentBroadcast(this);
  private final List<Middleware> middlewares = new CopyOnWriteArrayList<>();
  private final List<Namespace.ConnectionHandler> connectionHandlers = new CopyOnWriteArrayList<>();

  ParentNamespace(SocketIo server, Pattern pattern) {
    this.server = server;
    this.pattern = pattern;
    this.rule = null;
  }

  ParentNamespace(SocketIo server, NamespaceRule.Async rule) {
    this.server = server;
    this.pattern = null;
    this.rule = rule;
  }

  /** Adds a middleware for the children created from now on. */
  public ParentNamespace use(Middleware middleware) {
    middlewares.add(middleware);
    return this;
  }

  /** Adds a connection handler for the children created from now on. */
  public ParentNamespace onConnection(Namespace.ConnectionHandler handler) {
    connectionHandlers.add(handler);
    return this;
  }

  /** Returns the children that there are on this node. */
  public Collection<Namespace> children() {
    return server.childrenOf(this);
  }

  /** Returns a broadcast to rooms of every child. */
  public ParentBroadcast to(String... rooms) {
    return everybody.to(rooms);
  }

  /** Returns a broadcast to rooms of every child; the same as {@link #to}. */
  public ParentBroadcast in(String... rooms) {
    return everybody.to(rooms);
  }

  /** Returns a broadcast to every child but the sockets in some rooms. */
  public ParentBroadcast except(String... rooms) {
    return everybody.except(rooms);
  }

  /** Returns a broadcast to the sockets of this node. */
  public ParentBroadcast local() {
    return everybody.local();
  }

  /** Returns a broadcast that sockets may miss if they cannot take it now. */
  public ParentBroadcast asVolatile() {
    return everybody.asVolatile();
  }

  /** Sends an event to everybody in every child. */
  public void emit(String event, @Nullable Object... arguments) {
    everybody.emit(event, arguments);
  }

  /** Sends the event {@code message} to everybody in every child. */
  public void send(@Nullable Object... arguments) {
    everybody.send(arguments);
  }

  /** Puts everybody into rooms of their namespaces. */
  public void socketsJoin(String... rooms) {
    everybody.socketsJoin(rooms);
  }

  /** Takes everybody out of rooms. */
  public void socketsLeave(String... rooms) {
    everybody.socketsLeave(rooms);
  }

  /** Makes everybody leave; see {@link Broadcast#disconnectSockets}. */
  public void disconnectSockets(boolean close) {
    everybody.disconnectSockets(close);
  }

  /** Whether a pattern, which nobody has to wait for, lets a name through. */
  boolean matches(String name) {
    return pattern != null && pattern.matcher(name).find();
  }

  CompletionStage<Boolean> admits(String name, JsonNode auth, Executor handlers) {
    NamespaceRule.Async asked = rule;
    if (asked == null) {
      return matches(name) ? YES : NO;
    }
    CompletableFuture<Boolean> verdict = new CompletableFuture<>();
    handlers.execute(
        () -> {
          try {
            asked
                .admits(name, auth)
                .whenComplete(
                    (admitted, thrown) -> {
                      if (thrown != null) {
                        verdict.completeExceptionally(thrown);
                      } else {
                        verdict.complete(admitted);
                      }
                    });
          } catch (Throwable thrown) {
            verdict.completeExceptionally(thrown);
          }
        });
    return verdict;
  }

  List<Middleware> middlewares() {
    return middlewares;
  }

  List<Namespace.ConnectionHandler> connectionHandlers() {
    return connectionHandlers;
  }
}

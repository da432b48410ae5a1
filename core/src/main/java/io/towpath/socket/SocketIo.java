package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towpath.adapter.Adapter;
import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineSession;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionListener;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event layer of a server: its namespaces, and what they share. Takes sessions from the engine
 * and makes sockets of them. Any thread.
 */
public final class SocketIo {
  private static final Logger log = LoggerFactory.getLogger(SocketIo.class);

  private final SocketOptions options;
  private final DeadlineWheel wheel;
  private final Executor handlers;
  private final BurstWatch watch;
  private final Json json;
  private final Adapter.Factory adapters;
  private final ConcurrentHashMap<String, Namespace> namespaces = new ConcurrentHashMap<>();
  private final List<ParentNamespace> parents = new CopyOnWriteArrayList<>();
  private final AtomicInteger children = new AtomicInteger();
  private final List<Consumer<Namespace>> namespaceListeners = new CopyOnWriteArrayList<>();
  private final Set<NamespaceRouter> routers = ConcurrentHashMap.newKeySet();
  private final List<BiConsumer<Socket, Throwable>> errorListeners = new CopyOnWriteArrayList<>();
  private volatile boolean closing;

  /**
   * Creates the event layer with the namespace {@code /}.
   *
   * @param defaultHandlers runs handlers unless the options say otherwise
   */
  public SocketIo(
      SocketOptions options, Scheduler scheduler, DeadlineWheel wheel, Executor defaultHandlers) {
    this.options = options;
    this.wheel = wheel;
    this.adapters = options.adapter();
    Executor chosen = options.handlers();
    this.handlers = options.inline() ? Runnable::run : chosen != null ? chosen : defaultHandlers;
    this.watch = new BurstWatch(scheduler);
    this.json = new Json(options);
    of("/");
  }

  /**
   * Returns the namespace of a name, which is created if it is new, as a child of the first pattern
   * that matches if there is one; {@code /} is put before the name if it is missing.
   *
   * @throws IllegalArgumentException if the name has a comma or more than 256 bytes
   */
  public Namespace of(String name) {
    String full = name.startsWith("/") ? name : "/" + name;
    int bytes = full.getBytes(StandardCharsets.UTF_8).length;
    if (full.indexOf(',') >= 0 || bytes > SocketPacketDecoder.MAX_NAMESPACE_BYTES) {
      throw new IllegalArgumentException(
          "a namespace has no comma and at most "
              + SocketPacketDecoder.MAX_NAMESPACE_BYTES
              + " bytes in UTF-8");
    }
    Namespace present = namespaces.get(full);
    if (present != null) {
      return present;
    }
    for (ParentNamespace parent : parents) {
      if (parent.matches(full)) {
        return create(full, parent);
      }
    }
    return create(full, null);
  }

  /**
   * Lets clients bring namespaces into being whose names have a match of a pattern; anchor it to
   * match whole names. Patterns and rules are asked in the order of their registration, for names
   * that no namespace has yet.
   */
  public ParentNamespace of(Pattern pattern) {
    return add(new ParentNamespace(this, pattern));
  }

  /** Lets clients bring namespaces into being that a rule admits; see {@link #of(Pattern)}. */
  public ParentNamespace of(NamespaceRule rule) {
    return ofAsync((name, auth) -> CompletableFuture.completedStage(rule.admits(name, auth)));
  }

  /** The same as {@link #of(NamespaceRule)} for a rule that may answer later. */
  public ParentNamespace ofAsync(NamespaceRule.Async rule) {
    return add(new ParentNamespace(this, rule));
  }

  private ParentNamespace add(ParentNamespace parent) {
    parents.add(parent);
    return parent;
  }

  /**
   * Calls a listener for each namespace that is created from now on, before the client that asked
   * for it is let in.
   */
  public void onNewNamespace(Consumer<Namespace> listener) {
    namespaceListeners.add(listener);
  }

  private Namespace create(String name, @Nullable ParentNamespace parent) {
    boolean[] created = {false};
    Namespace namespace =
        namespaces.computeIfAbsent(
            name,
            path -> {
              created[0] = true;
              return new Namespace(path, this, adapters.create(path), parent);
            });
    if (created[0]) {
      if (parent != null) {
        children.incrementAndGet();
      }
      for (Consumer<Namespace> listener : namespaceListeners) {
        try {
          listener.accept(namespace);
        } catch (Throwable thrown) {
          log.error("a listener for new namespaces failed", thrown);
        }
      }
    }
    return namespace;
  }

  /**
   * Finds the namespace that a client asks for, or creates it if a pattern or a rule lets the
   * client do that.
   *
   * @return a stage that is done already unless a rule has to be asked; null in it means no
   */
  CompletionStage<@Nullable Namespace> resolve(String name, JsonNode auth) {
    Namespace present = find(name);
    return present != null || parents.isEmpty()
        ? CompletableFuture.completedStage(present)
        : ask(parents.iterator(), name, auth);
  }

  private CompletionStage<@Nullable Namespace> ask(
      Iterator<ParentNamespace> left, String name, JsonNode auth) {
    if (!left.hasNext() || children.get() >= options.maxChildNamespaces()) {
      return CompletableFuture.completedStage(null);
    }
    ParentNamespace parent = left.next();
    return parent
        .admits(name, auth, handlers)
        .exceptionally(
            thrown -> {
              log.error("a rule for namespaces failed", thrown);
              return false;
            })
        .thenCompose(
            admitted ->
                Boolean.TRUE.equals(admitted)
                    ? CompletableFuture.completedStage(create(name, parent))
                    : ask(left, name, auth));
  }

  @Nullable Namespace find(String name) {
    return namespaces.get(name);
  }

  Collection<Namespace> childrenOf(ParentNamespace parent) {
    return namespaces.values().stream().filter(child -> child.parent() == parent).toList();
  }

  /** Forgets a child whose last socket has left. */
  void discard(Namespace child) {
    if (namespaces.remove(child.name(), child)) {
      children.decrementAndGet();
      child.adapter().close();
    }
  }

  /**
   * Calls a listener for whatever handlers, middlewares and listeners throw. Without any, it is
   * logged. The session goes on in either case.
   */
  public void onError(BiConsumer<Socket, Throwable> listener) {
    errorListeners.add(listener);
  }

  /** Takes a session and returns what listens to it. */
  public SessionListener accept(EngineSession session) {
    NamespaceRouter router = new NamespaceRouter(this, session);
    routers.add(router);
    return router;
  }

  /**
   * Ends every socket with {@link DisconnectReason#SERVER_SHUTTING_DOWN} and closes every session.
   */
  public void close() {
    closing = true;
    routers.forEach(NamespaceRouter::shutDown);
    namespaces.values().forEach(namespace -> namespace.adapter().close());
  }

  boolean isClosing() {
    return closing;
  }

  SocketOptions options() {
    return options;
  }

  DeadlineWheel wheel() {
    return wheel;
  }

  Json json() {
    return json;
  }

  void forget(NamespaceRouter router) {
    routers.remove(router);
  }

  Inbox inbox(Consumer<Object> handler, EngineSession session) {
    return new Inbox(handler, session, handlers, watch, options);
  }

  Socket socket(String id, Namespace namespace, NamespaceRouter router, Handshake handshake) {
    return new Socket(id, namespace, router, handshake);
  }

  SocketPacketEncoder encoder(String namespace) {
    return new SocketPacketEncoder(json, namespace);
  }

  Handshake handshake(EngineSession session, Payload auth) {
    JsonNode tree =
        auth.isEmpty()
            ? JsonNodeFactory.instance.objectNode()
            : json.readValue(auth, JsonNode.class);
    return new Handshake(session.request(), Instant.now(), tree);
  }

  /** Takes what failed in a handler that belongs to no socket. */
  void reportElsewhere(Throwable thrown) {
    log.error("a handler for events of other servers failed", thrown);
  }

  /** Revision 3: what a CONNECT carries is a query. */
  Handshake handshake(EngineSession session, Map<String, String> query) {
    ObjectNode auth = JsonNodeFactory.instance.objectNode();
    query.forEach(auth::put);
    return new Handshake(session.request(), Instant.now(), auth);
  }

  void report(Socket socket, Throwable thrown) {
    if (errorListeners.isEmpty()) {
      log.error("a handler of {} failed", socket, thrown);
      return;
    }
    for (BiConsumer<Socket, Throwable> listener : errorListeners) {
      try {
        listener.accept(socket, thrown);
      } catch (Throwable again) {
        log.error("an error listener failed", again);
      }
    }
  }
}

package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towpath.adapter.Adapter;
import io.towpath.adapter.LocalAdapter;
import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineSession;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionListener;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
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
  private final Set<NamespaceRouter> routers = ConcurrentHashMap.newKeySet();
  private final List<BiConsumer<Socket, Throwable>> errorListeners = new CopyOnWriteArrayList<>();
  private volatile boolean closing;

  /**
   * Creates the event layer with rooms in memory and the namespace {@code /}.
   *
   * @param defaultHandlers runs handlers unless the options say otherwise
   */
  public SocketIo(
      SocketOptions options, Scheduler scheduler, DeadlineWheel wheel, Executor defaultHandlers) {
    this.options = options;
    this.wheel = wheel;
    this.adapters = namespace -> new LocalAdapter();
    Executor chosen = options.handlers();
    this.handlers = options.inline() ? Runnable::run : chosen != null ? chosen : defaultHandlers;
    this.watch = new BurstWatch(scheduler);
    this.json = new Json(options);
    of("/");
  }

  /**
   * Returns the namespace of a name, which is created if it is new; {@code /} is put before the
   * name if it is missing.
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
    return namespaces.computeIfAbsent(
        full, path -> new Namespace(path, this, adapters.create(path)));
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

  @Nullable Namespace find(String name) {
    return namespaces.get(name);
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

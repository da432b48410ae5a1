package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towpath.adapter.Adapter;
import io.towpath.adapter.LocalAdapter;
import io.towpath.adapter.RecoveryOptions;
import io.towpath.adapter.RestoredSession;
import io.towpath.adapter.SessionAwareAdapter;
import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
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
import java.util.concurrent.CompletionException;
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

  /** For what this side has written itself. */
  private static final SocketOptions UNBOUNDED =
      SocketOptions.builder()
          .maxAttachments(Integer.MAX_VALUE)
          .maxAttachmentBytes(Long.MAX_VALUE)
          .maxJsonDepth(Integer.MAX_VALUE)
          .maxJsonStringLength(Integer.MAX_VALUE)
          .build();

  private final SocketOptions options;
  private final DeadlineWheel wheel;
  private final Executor handlers;
  private final Inbox.Surroundings inboxes;
  private final Json json;
  private final Adapter.Factory adapters;
  private final ConcurrentHashMap<String, Namespace> namespaces = new ConcurrentHashMap<>();
  private final List<ParentNamespace> parents = new CopyOnWriteArrayList<>();
  private final AtomicInteger children = new AtomicInteger();
  private final List<Consumer<Namespace>> namespaceListeners = new CopyOnWriteArrayList<>();
  private final Set<NamespaceRouter> routers = ConcurrentHashMap.newKeySet();
  private final List<BiConsumer<@Nullable Socket, Throwable>> errorListeners =
      new CopyOnWriteArrayList<>();
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
    this.adapters = adapters(options, wheel);
    Executor chosen = options.handlers();
    this.handlers =
        options.inline() ? new InlineHandlers() : chosen != null ? chosen : defaultHandlers;
    this.inboxes = new Inbox.Surroundings(handlers, new BurstWatch(scheduler), options);
    this.json = new Json(options);
    of("/");
  }

  private static Adapter.Factory adapters(SocketOptions options, DeadlineWheel wheel) {
    Adapter.Factory chosen = options.adapter();
    RecoveryOptions recovery = options.connectionStateRecovery();
    if (chosen != null) {
      return chosen;
    }
    return recovery == null
        ? namespace -> new LocalAdapter()
        : namespace -> new SessionAwareAdapter(recovery, wheel::now);
  }

  /**
   * Returns the namespace of a name, which is created if it is new, as a child of the first pattern
   * that matches if there is one; {@code /} is put before the name if it is missing.
   *
   * @throws IllegalArgumentException if the name has a comma or more than 256 bytes
   */
  public Namespace of(String name) {
    String full = name.startsWith("/") ? name : "/" + name;
    Namespace present = namespaces.get(full);
    if (present != null) {
      return present;
    }
    if (!isUsable(full)) {
      throw new IllegalArgumentException(
          "a namespace has no comma and at most "
              + SocketPacketDecoder.MAX_NAMESPACE_BYTES
              + " bytes in UTF-8");
    }
    for (ParentNamespace parent : parents) {
      if (parent.matches(full)) {
        return create(full, parent);
      }
    }
    return create(full, null);
  }

  /** Whether every parser has a form for a name. */
  private static boolean isUsable(String name) {
    return name.startsWith("/")
        && name.indexOf(',') < 0
        && name.getBytes(StandardCharsets.UTF_8).length <= SocketPacketDecoder.MAX_NAMESPACE_BYTES;
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
          report(null, thrown);
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
    return present != null || parents.isEmpty() || !isUsable(name)
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
              report(null, thrown instanceof CompletionException late ? cause(late) : thrown);
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
   * Calls a listener for whatever handlers, middlewares, rules and listeners throw, with the socket
   * that it happened to; null where there is none: in rules for namespaces, listeners for new
   * namespaces, and handlers for events of other servers. Without any, it is logged. The session
   * goes on in either case.
   */
  public void onError(BiConsumer<@Nullable Socket, Throwable> listener) {
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

  /** Returns what the inboxes of this server share. */
  Inbox.Surroundings inboxes() {
    return inboxes;
  }

  /**
   * Looks for what was kept of a client that says it has been here before. If its former session is
   * held without a transport, that one ends first.
   *
   * @return a stage that is done already unless the adapter has to ask elsewhere, and never fails;
   *     null in it means that the client is new
   */
  CompletionStage<@Nullable RestoredSession> restore(Namespace namespace, JsonNode auth) {
    JsonNode privateId = auth.path("pid");
    JsonNode offset = auth.path("offset");
    if (options.connectionStateRecovery() == null
        || !privateId.isTextual()
        || !offset.isTextual()) {
      return CompletableFuture.completedStage(null);
    }
    String pid = privateId.textValue();
    return namespace
        .takeOver(pid)
        .thenCompose(gone -> namespace.adapter().restoreSession(pid, offset.textValue()))
        .exceptionally(
            thrown -> {
              report(null, thrown);
              return null;
            });
  }

  SocketPacketEncoder encoder(String namespace) {
    return new SocketPacketEncoder(json, options.parser(), namespace);
  }

  /** Reads back an event that this side has encoded; null if the message is something else. */
  SocketPacket.@Nullable Event eventIn(MessageBatch message) {
    SocketParser.Decoder decoder = options.parser().decoder(UNBOUNDED, namespace -> true);
    SocketPacket packet = null;
    if (message.hasText()) {
      byte[] text = message.textPacket();
      packet = decoder.text(new EnginePacket.Text(text, 1, text.length - 1));
    }
    for (byte[] binary : message.binaries()) {
      packet = decoder.binary(binary);
    }
    return packet instanceof SocketPacket.Event event ? event : null;
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

  private static Throwable cause(CompletionException late) {
    return late.getCause() != null ? late.getCause() : late;
  }

  /** Takes what a handler has thrown, and the socket that it belongs to if there is one. */
  void report(@Nullable Socket socket, Throwable thrown) {
    if (errorListeners.isEmpty()) {
      log.error("a handler of {} failed", socket == null ? "the server" : socket, thrown);
      return;
    }
    for (BiConsumer<@Nullable Socket, Throwable> listener : errorListeners) {
      try {
        listener.accept(socket, thrown);
      } catch (Throwable again) {
        log.error("an error listener failed", again);
      }
    }
  }
}

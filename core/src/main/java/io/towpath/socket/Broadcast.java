package io.towpath.socket;

import io.towpath.adapter.BroadcastTarget;
import io.towpath.engine.MessageBatch;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Whom to tell. Each step returns a new broadcast and leaves the old one as it is; {@code emit}
 * encodes once and sends to everybody, each once: {@code
 * server.to("news").except("muted").emit("headline", text)}. Immutable; any thread.
 */
public final class Broadcast {
  private final Namespace namespace;
  private final BroadcastTarget target;

  private final SendOptions options;

  Broadcast(Namespace namespace, BroadcastTarget target) {
    this(namespace, target, SendOptions.DEFAULTS);
  }

  private Broadcast(Namespace namespace, BroadcastTarget target, SendOptions options) {
    this.namespace = namespace;
    this.target = target;
    this.options = options;
  }

  private Broadcast with(BroadcastTarget other) {
    return new Broadcast(namespace, other, options);
  }

  /**
   * Adds rooms. Without any room everybody in the namespace is meant. A socket's id is a room of
   * its own.
   */
  public Broadcast to(String... rooms) {
    return with(
        new BroadcastTarget(
            union(target.rooms(), rooms), target.except(), target.droppable(), target.local()));
  }

  /** Adds rooms; the same as {@link #to}. */
  public Broadcast in(String... rooms) {
    return to(rooms);
  }

  /** Leaves out the sockets that are in any of these rooms. */
  public Broadcast except(String... rooms) {
    return with(
        new BroadcastTarget(
            target.rooms(), union(target.except(), rooms), target.droppable(), target.local()));
  }

  /** Lets sockets that cannot take the message now go without it. */
  public Broadcast asVolatile() {
    return with(new BroadcastTarget(target.rooms(), target.except(), true, target.local()));
  }

  /**
   * Lets slow clients of this node have the latest event of a key instead of all of them; see
   * {@link Socket#conflate}.
   *
   * @throws IllegalArgumentException if the key is empty
   */
  public Broadcast conflate(String key) {
    return new Broadcast(namespace, target, options.conflate(key));
  }

  /** Lets transports compress the message, which is the default, or not. */
  public Broadcast compress(boolean may) {
    return new Broadcast(namespace, target, options.compress(may));
  }

  /** Means only the sockets of this node. */
  public Broadcast local() {
    return with(new BroadcastTarget(target.rooms(), target.except(), target.droppable(), true));
  }

  private static Set<String> union(Set<String> some, String... more) {
    Set<String> all = new LinkedHashSet<>(some);
    all.addAll(List.of(more));
    return all;
  }

  /**
   * Sends an event to all.
   *
   * @throws IllegalArgumentException if the name is reserved, or an argument cannot be written as
   *     JSON
   */
  public void emit(String event, @Nullable Object... arguments) {
    EventHandlers.requireUsable(event);
    if (isKept()) {
      namespace
          .adapter()
          .broadcast(options.on(namespace.encoder().keepable(event, arguments)), target);
    } else {
      send(namespace.encoder().event(SocketPacket.NO_ID, event, arguments));
    }
  }

  /** Sends an event with arguments that were received, unchanged, to all. */
  public void emit(String event, Arguments arguments) {
    EventHandlers.requireUsable(event);
    if (isKept()) {
      namespace
          .adapter()
          .broadcast(options.on(namespace.encoder().keepable(event, arguments)), target);
    } else {
      send(namespace.encoder().event(SocketPacket.NO_ID, event, arguments));
    }
  }

  /** Whether the event is kept for those who come back. */
  private boolean isKept() {
    return !target.droppable()
        && options.key() == null
        && namespace.server().options().connectionStateRecovery() != null;
  }

  private void send(MessageBatch message) {
    namespace.adapter().broadcast(options.on(message), target);
  }

  /** Returns the sockets of this node that are meant. */
  public Collection<Socket> sockets() {
    return namespace.adapter().members(target).stream().map(SocketMember::socket).toList();
  }

  /** Puts all of them into rooms. */
  public void socketsJoin(String... rooms) {
    namespace.adapter().join(target, List.of(rooms));
  }

  /** Takes all of them out of rooms. */
  public void socketsLeave(String... rooms) {
    namespace.adapter().leave(target, List.of(rooms));
  }

  /**
   * Makes all of them leave.
   *
   * @param close whether their connections are closed too
   */
  public void disconnectSockets(boolean close) {
    namespace.adapter().disconnect(target, close);
  }

  /** Returns all of them, on whatever server they are, as they are now. */
  public CompletableFuture<List<RemoteSocket>> fetchSockets() {
    return namespace
        .adapter()
        .fetch(target)
        .<List<RemoteSocket>>thenApply(
            found -> found.stream().map(details -> new RemoteSocket(namespace, details)).toList())
        .toCompletableFuture();
  }

  /** Limits the time for answers. */
  public Broadcast timeout(Duration limit) {
    return new Broadcast(namespace, target, options.timeout(limit));
  }

  /**
   * Sends an event to all and collects their answers, of each the first argument. Without {@link
   * #timeout} it waits for everybody for as long as they are there. An answer is never awaited from
   * nobody: then it is empty at once.
   *
   * @return fails with {@link MissingAnswersException}, which has the answers that came, when the
   *     time is over, or when those who have not answered have left
   * @throws IllegalArgumentException if the name is reserved, or an argument cannot be written as
   *     JSON
   */
  public CompletableFuture<BroadcastAnswers> emitWithAck(
      String event, @Nullable Object... arguments) {
    EventHandlers.requireUsable(event);
    long ackId = namespace.nextAckId();
    MessageBatch message = options.onQuestion(namespace.encoder().event(ackId, event, arguments));
    long timeoutMillis = options.timeoutMillis();
    return namespace.collect(
        target.local(),
        timeoutMillis,
        answers -> namespace.adapter().broadcast(message, target, ackId, timeoutMillis, answers));
  }
}

package io.towpath.socket;

import io.towpath.adapter.BroadcastTarget;
import io.towpath.engine.MessageBatch;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom to tell. Each step returns a new broadcast and leaves the old one as it is; {@code emit}
 * encodes once and sends to everybody, each once: {@code
 * server.to("news").except("muted").emit("headline", text)}. Immutable; any thread.
 */
public final class Broadcast {
  private final Namespace namespace;
  private final BroadcastTarget target;

  Broadcast(Namespace namespace, BroadcastTarget target) {
    this.namespace = namespace;
    this.target = target;
  }

  /**
   * Adds rooms. Without any room everybody in the namespace is meant. A socket's id is a room of
   * its own.
   */
  public Broadcast to(String... rooms) {
    return new Broadcast(
        namespace,
        new BroadcastTarget(
            union(target.rooms(), rooms), target.except(), target.droppable(), target.local()));
  }

  /** Adds rooms; the same as {@link #to}. */
  public Broadcast in(String... rooms) {
    return to(rooms);
  }

  /** Leaves out the sockets that are in any of these rooms. */
  public Broadcast except(String... rooms) {
    return new Broadcast(
        namespace,
        new BroadcastTarget(
            target.rooms(), union(target.except(), rooms), target.droppable(), target.local()));
  }

  /** Lets sockets that cannot take the message now go without it. */
  public Broadcast asVolatile() {
    return new Broadcast(
        namespace, new BroadcastTarget(target.rooms(), target.except(), true, target.local()));
  }

  /** Means only the sockets of this node. */
  public Broadcast local() {
    return new Broadcast(
        namespace, new BroadcastTarget(target.rooms(), target.except(), target.droppable(), true));
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
    send(namespace.encoder().event(SocketPacket.NO_ID, event, arguments));
  }

  /** Sends an event with arguments that were received, unchanged, to all. */
  public void emit(String event, Arguments arguments) {
    EventHandlers.requireUsable(event);
    send(namespace.encoder().event(SocketPacket.NO_ID, event, arguments));
  }

  private void send(MessageBatch message) {
    namespace.adapter().broadcast(message, target);
  }

  /** Returns the sockets of this node that are meant. */
  public Collection<Socket> sockets() {
    return namespace.adapter().members(target).stream().map(Socket::of).toList();
  }

  /** Puts all of them into rooms. */
  public void socketsJoin(String... rooms) {
    sockets().forEach(socket -> socket.join(rooms));
  }

  /** Takes all of them out of rooms. */
  public void socketsLeave(String... rooms) {
    for (Socket socket : sockets()) {
      for (String room : rooms) {
        socket.leave(room);
      }
    }
  }

  /**
   * Makes all of them leave.
   *
   * @param close whether their connections are closed too
   */
  public void disconnectSockets(boolean close) {
    sockets().forEach(socket -> socket.disconnect(close));
  }
}

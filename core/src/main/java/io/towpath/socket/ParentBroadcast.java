package io.towpath.socket;

import io.towpath.adapter.BroadcastTarget;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whom to tell in all children of a {@link ParentNamespace} on this node, as {@link Broadcast} is
 * for one namespace. Which children there are is looked up when something is sent. Immutable; any
 * thread.
 */
public final class ParentBroadcast {
  private final ParentNamespace parent;
  private final UnaryOperator<Broadcast> steps;

  ParentBroadcast(ParentNamespace parent) {
    this(parent, broadcast -> broadcast);
  }

  private ParentBroadcast(ParentNamespace parent, UnaryOperator<Broadcast> steps) {
    this.parent = parent;
    this.steps = steps;
  }

  private ParentBroadcast and(UnaryOperator<Broadcast> step) {
    return new ParentBroadcast(parent, broadcast -> step.apply(steps.apply(broadcast)));
  }

  private List<Broadcast> broadcasts() {
    List<Broadcast> broadcasts = new ArrayList<>();
    for (Namespace child : parent.children()) {
      broadcasts.add(steps.apply(new Broadcast(child, BroadcastTarget.ALL)));
    }
    return broadcasts;
  }

  /** Adds rooms; see {@link Broadcast#to}. */
  public ParentBroadcast to(String... rooms) {
    return and(broadcast -> broadcast.to(rooms));
  }

  /** Adds rooms; the same as {@link #to}. */
  public ParentBroadcast in(String... rooms) {
    return to(rooms);
  }

  /** Leaves out the sockets that are in any of these rooms. */
  public ParentBroadcast except(String... rooms) {
    return and(broadcast -> broadcast.except(rooms));
  }

  /** Lets sockets that cannot take the message now go without it. */
  public ParentBroadcast asVolatile() {
    return and(Broadcast::asVolatile);
  }

  /** Means only the sockets of this node. */
  public ParentBroadcast local() {
    return and(Broadcast::local);
  }

  /**
   * Sends an event to all.
   *
   * @throws IllegalArgumentException if the name is reserved, or an argument cannot be written as
   *     JSON
   */
  public void emit(String event, @Nullable Object... arguments) {
    for (Broadcast broadcast : broadcasts()) {
      broadcast.emit(event, arguments);
    }
  }

  /** Sends the event {@code message} to all. */
  public void send(@Nullable Object... arguments) {
    emit("message", arguments);
  }

  /** Returns the sockets of this node that are meant. */
  public Collection<Socket> sockets() {
    List<Socket> sockets = new ArrayList<>();
    for (Broadcast broadcast : broadcasts()) {
      sockets.addAll(broadcast.sockets());
    }
    return sockets;
  }

  /** Puts all of them into rooms of their namespaces. */
  public void socketsJoin(String... rooms) {
    broadcasts().forEach(broadcast -> broadcast.socketsJoin(rooms));
  }

  /** Takes all of them out of rooms. */
  public void socketsLeave(String... rooms) {
    broadcasts().forEach(broadcast -> broadcast.socketsLeave(rooms));
  }

  /** Makes all of them leave; see {@link Broadcast#disconnectSockets}. */
  public void disconnectSockets(boolean close) {
    broadcasts().forEach(broadcast -> broadcast.disconnectSockets(close));
  }
}

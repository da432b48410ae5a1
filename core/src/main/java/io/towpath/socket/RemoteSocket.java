package io.towpath.socket;

import io.towpath.adapter.MemberDetails;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket as it was when it was asked for, on whatever server it is. What is done to it is done
 * there. Immutable; any thread.
 */
public final class RemoteSocket {
  private final Namespace namespace;
  private final MemberDetails details;

  RemoteSocket(Namespace namespace, MemberDetails details) {
    this.namespace = namespace;
    this.details = details;
  }

  /** Returns the socket's id. */
  public String id() {
    return details.id();
  }

  /** Returns what the client said when it connected. */
  public Handshake handshake() {
    return new Handshake(details.request(), details.issued(), details.auth());
  }

  /** Returns the rooms that it was in. */
  public Set<String> rooms() {
    return details.rooms();
  }

  /** Returns what the application kept with it; changing the map changes nothing there. */
  public Map<String, Object> data() {
    return details.data();
  }

  /** Sends an event to it. */
  public void emit(String event, @Nullable Object... arguments) {
    operator().emit(event, arguments);
  }

  /**
   * Returns a broadcast to this socket alone: for answers, with {@link Broadcast#timeout}, and for
   * events that may be dropped.
   */
  public Broadcast operator() {
    return namespace.to(id());
  }

  /** Puts it into rooms. */
  public void join(String... rooms) {
    operator().socketsJoin(rooms);
  }

  /** Takes it out of rooms. */
  public void leave(String... rooms) {
    operator().socketsLeave(rooms);
  }

  /** Makes it leave the namespace, and if asked closes its connection. */
  public void disconnect(boolean close) {
    operator().disconnectSockets(close);
  }

  @Override
  public String toString() {
    return "RemoteSocket " + id() + " in " + namespace.name();
  }
}

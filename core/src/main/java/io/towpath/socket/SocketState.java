package io.towpath.socket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a socket is between the CONNECT of its client and its end.
 *
 * <pre>
 *   CONNECTING --connect--> CONNECTED --end--> GONE
 *        `--------- refuse, end ----------------^
 * </pre>
 *
 * <p>Decides and calls nobody: what follows from a step is {@link Connecting}'s and {@link
 * Disconnecting}'s. Any thread.
 */
final class SocketState {
  /** What only ever moves forward. */
  enum Phase {
    CONNECTING,
    CONNECTED,
    GONE
  }

  /** How an event goes out that is kept for a client that comes back. */
  enum Way {
    /** Past the adapter, which does not know the socket yet: a middleware speaks. */
    STRAIGHT,
    /** By the adapter, which keeps it, also for a client that is away. */
    ADAPTER,
    /** To nobody. */
    NONE
  }

  @GuardedBy("this")
  private Phase phase = Phase.CONNECTING;

  /** Whether the listeners run who may still see it connected. */
  @GuardedBy("this")
  private boolean leaving;

  /** Whether this socket has gone and its client may come back. */
  @GuardedBy("this")
  private boolean mayReturn;

  /** Whether the adapter has been told of this socket. */
  @GuardedBy("this")
  private boolean present;

  /**
   * Whether events that wait are dropped: the server has left the namespace, or the disconnect
   * listeners have run.
   */
  @GuardedBy("this")
  private boolean deaf;

  /**
   * Rooms joined by middlewares, before the adapter knows this socket; null when there are none.
   */
  @GuardedBy("this")
  private @Nullable Set<String> earlyRooms;

  /** Whether the client still waits for the answer to its CONNECT. */
  synchronized boolean isConnecting() {
    return phase == Phase.CONNECTING;
  }

  /** Whether it may be spoken to and heard. */
  synchronized boolean isIn() {
    return phase == Phase.CONNECTED;
  }

  /** Whether the application may call it connected, as its last listeners may. */
  synchronized boolean isConnected() {
    return phase == Phase.CONNECTED || leaving;
  }

  synchronized boolean isGone() {
    return phase == Phase.GONE;
  }

  /** Whether events that wait are dropped. */
  synchronized boolean isDeaf() {
    return deaf;
  }

  /** Whether the socket has gone and its client may come back. */
  synchronized boolean mayReturn() {
    return mayReturn;
  }

  /** Lets the client in; false if it does not wait any more. */
  synchronized boolean connect() {
    if (phase != Phase.CONNECTING) {
      return false;
    }
    phase = Phase.CONNECTED;
    return true;
  }

  /** Turns the client away; false if it does not wait any more. */
  synchronized boolean refuse() {
    if (phase != Phase.CONNECTING) {
      return false;
    }
    phase = Phase.GONE;
    return true;
  }

  /**
   * Ends it, from whichever phase.
   *
   * @param recoverable whether the client may come back if it was in
   * @param drops whether events that wait are not handled any more
   * @return the phase before; {@link Phase#GONE} if nothing has changed
   */
  synchronized Phase end(boolean recoverable, boolean drops) {
    Phase before = phase;
    if (before != Phase.GONE) {
      phase = Phase.GONE;
      mayReturn = before == Phase.CONNECTED && recoverable;
      deaf = drops;
    }
    return before;
  }

  /** What came before the end has been handled; the listeners hear of it now if it was in. */
  synchronized void beginLeaving(boolean wasIn) {
    deaf = true;
    leaving = wasIn;
  }

  /** From now on nobody sees it connected. */
  synchronized void endLeaving() {
    leaving = false;
  }

  // The adapter.

  /** The adapter is about to be told of a socket that comes back; false if it has gone. */
  synchronized boolean rejoin() {
    if (phase != Phase.CONNECTING) {
      return false;
    }
    present = true;
    return true;
  }

  /** The adapter knows the socket; returns the rooms that it does not know of, or null. */
  synchronized @Nullable Set<String> enter() {
    Set<String> rooms = earlyRooms;
    present = true;
    earlyRooms = null;
    return rooms;
  }

  /** Notes rooms if the adapter does not know the socket yet; else false. */
  synchronized boolean joinEarly(Collection<String> rooms) {
    if (!isEarly()) {
      return false;
    }
    if (earlyRooms == null) {
      earlyRooms = new LinkedHashSet<>();
    }
    earlyRooms.addAll(rooms);
    return true;
  }

  /** Forgets a room if the adapter does not know the socket yet; else false. */
  synchronized boolean leaveEarly(String room) {
    if (!isEarly()) {
      return false;
    }
    if (earlyRooms != null) {
      earlyRooms.remove(room);
    }
    return true;
  }

  /** Returns the rooms that the adapter will be told of; null if it is the one who knows. */
  synchronized @Nullable Set<String> earlyRooms() {
    return isEarly() && earlyRooms != null ? new LinkedHashSet<>(earlyRooms) : null;
  }

  /** Returns how an event goes out that is kept for a client that comes back. */
  synchronized Way wayOut() {
    if (phase == Phase.GONE && !mayReturn) {
      return Way.NONE;
    }
    return isEarly() ? Way.STRAIGHT : Way.ADAPTER;
  }

  @GuardedBy("this")
  private boolean isEarly() {
    return !present && phase != Phase.GONE;
  }
}

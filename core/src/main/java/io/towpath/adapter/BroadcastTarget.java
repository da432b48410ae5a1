package io.towpath.adapter;

import java.util.Set;

/**
 * Whom a broadcast reaches, and how.
 *
 * @param rooms the rooms, each socket in any of them once; empty means everybody in the namespace
 * @param except rooms whose sockets are left out
 * @param droppable whether sockets that cannot take the message now go without it
 * @param local whether only sockets of this node are meant
 */
public record BroadcastTarget(
    Set<String> rooms, Set<String> except, boolean droppable, boolean local) {
  /** Everybody. */
  public static final BroadcastTarget ALL = new BroadcastTarget(Set.of(), Set.of(), false, false);

  /** Copies the sets. */
  public BroadcastTarget {
    rooms = Set.copyOf(rooms);
    except = Set.copyOf(except);
  }
}

package io.towpath.adapter;

import io.towpath.engine.MessageBatch;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The rooms of one namespace. A namespace has one adapter and tells it who is there; the adapter
 * finds whom a broadcast reaches. Every socket is also in a room named by its own id.
 *
 * <p>All methods may be called by any thread. An adapter holds none of its locks while it calls a
 * {@link Member}.
 */
public interface Adapter {
  /** Makes the adapter of a namespace. */
  @FunctionalInterface
  interface Factory {
    /** Creates an adapter for the namespace of that name. */
    Adapter create(String namespace);
  }

  /** Adds a socket that has connected; it is in no room but its own. */
  void add(Member member);

  /** Removes a socket that has gone, from all rooms; does nothing if it is not there. */
  void remove(Member member);

  /** Puts a socket into rooms; does nothing if the socket is not there. */
  void join(Member member, Collection<String> rooms);

  /** Takes a socket out of a room. */
  void leave(Member member, String room);

  /** Returns the rooms that a socket is in, its own among them; empty if it is not there. */
  Set<String> rooms(Member member);

  /** Returns the sockets of this node that a target names, each once. */
  List<Member> members(BroadcastTarget target);

  /** Hands a message to everybody whom the target names, each once. */
  void broadcast(MessageBatch message, BroadcastTarget target);

  /** Lets go of everything. */
  default void close() {}
}

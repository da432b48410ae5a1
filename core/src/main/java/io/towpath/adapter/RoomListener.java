package io.towpath.adapter;

/**
 * Is told how the rooms of this server change, those named by the ids of sockets among them. Called
 * by the thread that changes them, after the change and without a lock; when several threads change
 * the same room, the order is not promised.
 */
public interface RoomListener {
  /** A room has its first socket. */
  default void onCreate(String room) {}

  /** A socket has joined a room. */
  default void onJoin(String room, String socketId) {}

  /** A socket has left a room. */
  default void onLeave(String room, String socketId) {}

  /** A room has lost its last socket. */
  default void onDelete(String room) {}
}

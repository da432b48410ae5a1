package io.towpath.adapter;

import io.towpath.engine.MessageBatch;

/** What an adapter may ask of a socket on this node. Any thread. */
public interface Member {
  /** Returns the socket's id, which is also the name of a room that only it is in. */
  String id();

  /**
   * Hands over a message of a broadcast.
   *
   * @param droppable whether it may be dropped when the socket cannot take it now
   */
  void deliver(MessageBatch message, boolean droppable);
}

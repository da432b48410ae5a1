package io.towpath.adapter;

import io.towpath.engine.FanOut;
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

  /**
   * Hands over a message of a broadcast that many get; {@link FanOut#end} must follow.
   *
   * @param droppable whether it may be dropped when the socket cannot take it now
   */
  default void deliver(MessageBatch message, boolean droppable, FanOut fanOut) {
    deliver(message, droppable);
  }

  /**
   * Hands over a message that asks for an answer, and tells the collector of the answer, or that it
   * will not come.
   *
   * @param ackId the ack id in the message
   * @param timeoutMillis how long to wait, or 0 for as long as the socket is there
   */
  void deliver(MessageBatch message, long ackId, long timeoutMillis, AnswerCollector answers);

  /**
   * Queues an event that has an offset; {@link #flush} must follow. Takes no lock and calls nobody,
   * so that an adapter may call it under its own lock and give every socket the same order.
   */
  void enqueue(MessageBatch message);

  /** Hands over what was queued, in order. */
  void flush();

  /** The same for a broadcast that many get; {@link FanOut#end} must follow. */
  default void flush(FanOut fanOut) {
    flush();
  }

  /** Makes the socket leave the namespace, and if asked closes its connection. */
  void disconnect(boolean close);

  /** Returns what there is to know about the socket. */
  MemberDetails details();
}

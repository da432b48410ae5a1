package io.towpath.adapter;

import io.towpath.engine.MessageBatch;

/**
 * An event that can be sent with an offset: a text behind its arguments, by which a client says
 * later what it has received. Immutable; any thread.
 */
public interface OffsetMessage {
  /** Returns the event without an offset. */
  MessageBatch plain();

  /** Returns the event with an offset; encodes it anew each time. */
  MessageBatch at(String offset);
}

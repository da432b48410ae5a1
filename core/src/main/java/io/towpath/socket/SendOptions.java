package io.towpath.socket;

import io.towpath.adapter.OffsetMessage;
import io.towpath.engine.MessageBatch;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an event is sent, whoever gets it.
 *
 * @param timeoutMillis for answers; 0 means no limit
 * @param compressible whether transports may compress it
 * @param key under which a newer event replaces one that waits, or null
 */
record SendOptions(long timeoutMillis, boolean compressible, @Nullable String key) {
  static final SendOptions DEFAULTS = new SendOptions(0, true, null);

  SendOptions timeout(Duration limit) {
    return new SendOptions(Math.max(1, limit.toMillis()), compressible, key);
  }

  SendOptions compress(boolean may) {
    return new SendOptions(timeoutMillis, may, key);
  }

  SendOptions conflate(String newKey) {
    if (newKey.isEmpty()) {
      throw new IllegalArgumentException("an empty key for conflation");
    }
    return new SendOptions(timeoutMillis, compressible, newKey);
  }

  /** Returns the message with what transports and queues have to know. */
  MessageBatch on(MessageBatch message) {
    MessageBatch keyed = key == null ? message : message.conflated(key);
    return keyed.compressible(compressible);
  }

  /** Returns the event, which is kept for clients that come back and so is never replaced. */
  OffsetMessage on(OffsetMessage event) {
    if (compressible) {
      return event;
    }
    return new OffsetMessage() {
      @Override
      public MessageBatch plain() {
        return event.plain().compressible(false);
      }

      @Override
      public MessageBatch at(String offset) {
        return event.at(offset).compressible(false);
      }
    };
  }

  /** Returns the message, which asks for an answer and so is never replaced. */
  MessageBatch onQuestion(MessageBatch message) {
    return message.compressible(compressible);
  }
}

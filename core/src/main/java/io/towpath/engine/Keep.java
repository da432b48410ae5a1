package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * The messages of a resumable session that were written and not acknowledged, by their consecutive
 * numbers; each is one packet. Owns no memory while it is empty.
 *
 * <p>Not thread safe: guarded by the lock of its session.
 */
final class Keep {
  /** What each message counts beside its bytes, so that empty ones count too. */
  static final int OVERHEAD = 64;

  private static final int SMALLEST = 8;

  /** A ring; null while it is empty. */
  private @Nullable MessageBatch @Nullable [] ring;

  /** Where the oldest message stands. */
  private int head;

  private int count;

  /** The number of the message before the oldest one here: what was acknowledged last. */
  private long acked;

  private long bytes;

  /** Returns the number up to which all is acknowledged, and so no longer here. */
  long acked() {
    return acked;
  }

  /** Returns the number of the newest message. */
  long last() {
    return acked + count;
  }

  /** Returns the bytes of all messages here. */
  long bytes() {
    return bytes;
  }

  /** Returns the bytes of all messages here and what each counts beside. */
  long weight() {
    return bytes + (long) count * OVERHEAD;
  }

  /** Adds a message of one packet and gives it the next number. */
  void add(MessageBatch message) {
    @Nullable MessageBatch[] to = ring;
    if (to == null) {
      to = new MessageBatch[SMALLEST];
      head = 0;
    } else if (count == to.length) {
      @Nullable MessageBatch[] larger = new MessageBatch[count * 2];
      System.arraycopy(to, head, larger, 0, count - head);
      System.arraycopy(to, 0, larger, count - head, head);
      to = larger;
      head = 0;
    }
    to[(head + count) & (to.length - 1)] = message;
    ring = to;
    count++;
    bytes += message.size();
  }

  /**
   * Returns a message.
   *
   * @param number more than {@link #acked}, at most {@link #last}
   */
  MessageBatch get(long number) {
    long index = number - acked - 1;
    MessageBatch message =
        ring == null || index < 0 || index >= count
            ? null
            : ring[(head + (int) index) & (ring.length - 1)];
    if (message == null) {
      throw new IllegalStateException("message " + number + " is not kept");
    }
    return message;
  }

  /**
   * Forgets all messages up to a number.
   *
   * @param number at most {@link #last}; at or below {@link #acked} nothing happens
   */
  void forgetTo(long number) {
    while (acked < number) {
      bytes -= get(acked + 1).size();
      if (ring != null) {
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
      }
      acked++;
      count--;
    }
    if (count == 0) {
      ring = null;
    }
  }

  /** Forgets everything, because the session is over. */
  void clear() {
    ring = null;
    acked += count;
    count = 0;
    bytes = 0;
  }
}

package io.towpath.benchmarks;

import java.util.HashSet;
import java.util.Set;

/**
 * The events of one session that wait for their acks. Each ack is known by its id: every event has
 * to get one, none may get two, and no other may come. An ack that comes before that of an older
 * event is counted, because a session's events should be answered in order. Confined to one thread.
 */
final class Unanswered {
  /** When so many later ones have been answered, an event's ack is taken for lost. */
  static final int MOST_EARLY = 10_000;

  private final long first;
  private final long step;

  /** The id of the next event. */
  private long next;

  /** The oldest event without its ack; {@link #next} if all have theirs. */
  private long oldest;

  /** Events after the oldest that have their acks. */
  private final Set<Long> early = new HashSet<>();

  private long disordered;

  /**
   * Prepares ids.
   *
   * @param first the first one
   * @param step from each to the next one
   */
  Unanswered(long first, long step) {
    this.first = first;
    this.step = step;
    this.next = first;
    this.oldest = first;
  }

  /** Returns the id of a new event. */
  long send() {
    long id = next;
    next += step;
    return id;
  }

  /**
   * Takes an ack.
   *
   * @throws LoadFailure if it is for no event of this session, or its event has one, or an ack is
   *     lost
   */
  void answer(long id) {
    if (id < first || id >= next || (id - first) % step != 0) {
      throw new LoadFailure("an ack for no event of its session");
    }
    if (id < oldest || early.contains(id)) {
      throw new LoadFailure("a second ack for an event");
    }
    if (id != oldest) {
      disordered++;
      if (early.size() == MOST_EARLY) {
        throw new LoadFailure("an event without its ack");
      }
      early.add(id);
      return;
    }
    do {
      oldest += step;
    } while (!early.isEmpty() && early.remove(oldest));
  }

  /** Returns whether every event has its ack. */
  boolean isEmpty() {
    return oldest == next;
  }

  /** Returns how many acks have come before that of an older event. */
  long disordered() {
    return disordered;
  }
}

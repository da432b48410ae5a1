package io.towpath.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The transports that are offered to one resumable session and not yet confirmed: at most one open
 * WebSocket and one open stream, each for a short time, and only so many within a minute.
 *
 * <p>Not thread safe: guarded by the lock of its session.
 *
 * @param <T> the transports
 */
class Offers<T extends Carrier> {
  /** How long an offer stays open. */
  static final long OPEN_MILLIS = 10_000;

  private static final long MINUTE = 60_000;

  /** An open offer. */
  private static final class Offer<T> {
    final T transport;
    final long generation;
    final long expiresAt;

    Offer(T transport, long generation, long expiresAt) {
      this.transport = transport;
      this.generation = generation;
      this.expiresAt = expiresAt;
    }
  }

  private final int perMinute;
  private final List<Offer<T>> open = new ArrayList<>(2);

  /** When the minute began in which offers are counted. */
  private long countedSince;

  private int counted;

  /** The newest offer of a poll, of which only its reason is of use. */
  private long pollGeneration;

  private String pollWhy = ResumeRequest.NO_WHY;

  Offers(int perMinute) {
    this.perMinute = perMinute;
  }

  /** Counts an offer; returns false if there were too many within this minute. */
  boolean count(long now) {
    if (now - countedSince >= MINUTE) {
      countedSince = now;
      counted = 0;
    }
    if (counted >= perMinute) {
      return false;
    }
    counted++;
    return true;
  }

  /** Returns how many are open. */
  int size() {
    return open.size();
  }

  /** Returns the open offer of a kind, or null. */
  @Nullable T get(TransportName kind) {
    for (Offer<T> offer : open) {
      if (offer.transport.transport.name() == kind) {
        return offer.transport;
      }
    }
    return null;
  }

  /** Opens an offer and returns the one of its kind that it closes, or null. */
  @Nullable T put(T transport, long generation, long now) {
    T older = get(transport.transport.name());
    if (older != null) {
      remove(older);
    }
    open.add(new Offer<>(transport, generation, now + OPEN_MILLIS));
    return older;
  }

  /** Closes an offer, if it is one. */
  void remove(T transport) {
    open.removeIf(offer -> offer.transport == transport);
  }

  /** Closes and returns the offers up to a generation. */
  List<T> takeUpTo(long generation) {
    return take(offer -> offer <= generation, true);
  }

  /** Closes and returns the offers whose time is over. */
  List<T> takeExpired(long now) {
    return take(expiresAt -> now >= expiresAt, false);
  }

  private List<T> take(LongPredicate isTaken, boolean byGeneration) {
    List<T> taken = new ArrayList<>(0);
    for (int i = open.size() - 1; i >= 0; i--) {
      Offer<T> offer = open.get(i);
      if (isTaken.test(byGeneration ? offer.generation : offer.expiresAt)) {
        taken.add(offer.transport);
        open.remove(i);
      }
    }
    return taken;
  }

  /** Returns when the next offer expires. */
  long nextExpiry() {
    long next = DeadlineWheel.NEVER;
    for (int i = 0; i < open.size(); i++) {
      next = Math.min(next, open.get(i).expiresAt);
    }
    return next;
  }

  /** Remembers why a poll is offered. */
  void notePoll(ResumeRequest asked) {
    pollGeneration = asked.generation();
    pollWhy = asked.why();
  }

  /** Returns why the poll was offered that a request belongs to. */
  String whyOfPoll(ResumeRequest asked) {
    return pollGeneration == asked.generation() ? pollWhy : asked.why();
  }
}

package io.towpath.benchmarks;

import java.util.IdentityHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Broadcasts to many subscribers at a fixed rate, whether or not earlier ones have been heard; each
 * subscriber must hear every one, in order. Confined to the loop's thread.
 */
final class RateLoad implements Session.Listener {
  /** Each rate is this many times the one before. */
  private static final double STEP = 1.25;

  private static final double FIRST_PER_SECOND = 15;
  private static final double STEP_SECONDS = 1.5;

  /** A rate is sustained if everybody has heard everything so long after the last one was due. */
  private static final double LATE_SECONDS = 0.25;

  private final int count;
  private final Text text;
  private final IdentityHashMap<Session, long[]> expected = new IdentityHashMap<>();
  private @Nullable Session sender;
  private int connected;
  private long sent;
  private long done;
  private boolean ending;

  RateLoad(int subscribers, int size) {
    this.count = subscribers;
    this.text = new Text("broadcast", size);
  }

  /**
   * Raises the rate until the server does not keep it, twice.
   *
   * @return the highest rate that it kept, in deliveries per second
   */
  double highest(LoadLoop loop) {
    for (int i = 0; i < count; i++) {
      Session session = new WebSocketSession(loop, this);
      expected.put(session, new long[1]);
      sender = session;
      int opened = i + 1;
      loop.await("connecting", () -> connected > opened - 20);
    }
    loop.await("connecting", () -> connected == count);
    double kept = 0;
    int missed = 0;
    for (double rate = FIRST_PER_SECOND; missed < 2; rate *= missed > 0 ? 1 : STEP) {
      if (keeps(loop, rate)) {
        kept = rate;
        missed = 0;
      } else {
        missed++;
      }
      loop.await("the last delivery", () -> done == sent * count);
    }
    ending = true;
    loop.end(expected.keySet(), () -> connected == 0);
    return kept * count;
  }

  private boolean keeps(LoadLoop loop, double perSecond) {
    Session from = Objects.requireNonNull(sender);
    long start = System.nanoTime();
    long first = sent;
    long last = first + (long) (perSecond * STEP_SECONDS);
    long now = start;
    while (sent < last) {
      while (sent < last && start + (long) ((sent - first) / perSecond * 1e9) - now <= 0) {
        text.send(from, sent++, -1);
        from.flush();
      }
      loop.poll();
      now = System.nanoTime();
    }
    // From when it was due: a client that falls behind because it reads all the time counts too.
    long end = start + (long) ((STEP_SECONDS + LATE_SECONDS) * 1e9);
    boolean heard = done == sent * count;
    while (!heard && System.nanoTime() - end < 0) {
      loop.poll();
      heard = done == sent * count;
    }
    return heard && System.nanoTime() - end < 0;
  }

  @Override
  public void onConnected(Session session) {
    connected++;
  }

  @Override
  public void onPacket(Session session, byte[] bytes, int start, int end) {
    text.broadcast(bytes, start, end, Objects.requireNonNull(expected.get(session))[0]++);
    done++;
  }

  @Override
  public void onEnd(Session session) {
    if (!ending) {
      throw new LoadFailure("the server ended a session");
    }
    connected--;
  }
}

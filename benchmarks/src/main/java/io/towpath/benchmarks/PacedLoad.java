package io.towpath.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Acked events at a fixed rate, whether or not the answers to earlier ones have come. The time of
 * an answer counts from when its event was due, not from when the client got round to sending it,
 * so that a server that stops for a moment pays for every event of that moment. Confined to the
 * loop's thread.
 */
final class PacedLoad implements Session.Listener {
  /** More unanswered events than this, and the server cannot keep up. */
  private static final long MOST_OPEN_SECONDS = 2;

  private final int perSecond;
  private final int count;
  private final Text text;
  private final List<Session> sessions = new ArrayList<>();

  /** By session. */
  private final List<Unanswered> unanswered = new ArrayList<>();

  private final Latencies latencies = new Latencies();

  /** How late this client itself was with each event. */
  private final Latencies lateness = new Latencies();

  private int connected;
  private long start;
  private long sent;
  private long done;
  private boolean ending;

  PacedLoad(int perSecond, int sessions, int size) {
    this.perSecond = perSecond;
    this.count = sessions;
    this.text = new Text("text", size);
    for (int i = 0; i < sessions; i++) {
      unanswered.add(new Unanswered(i, sessions));
    }
  }

  void begin(LoadLoop loop) {
    for (int i = 0; i < count; i++) {
      sessions.add(new WebSocketSession(loop, this));
      int opened = i + 1;
      loop.await("connecting", () -> connected > opened - 20);
    }
    loop.await("connecting", () -> connected == count);
    start = System.nanoTime();
  }

  /** Forgets the latencies so far. */
  void clear() {
    latencies.clear();
    lateness.clear();
  }

  Latencies latencies() {
    return latencies;
  }

  /** Returns how late the client was with its events: a part of every latency, not the server's. */
  Latencies lateness() {
    return lateness;
  }

  long done() {
    return done;
  }

  /** Sends what is due, and reads, for a time. */
  void run(LoadLoop loop, double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long now;
    while ((now = System.nanoTime()) - end < 0) {
      while (dueAt(sent) - now <= 0) {
        int index = (int) (sent % count);
        Session session = sessions.get(index);
        long id = unanswered.get(index).send();
        text.send(session, id, id);
        session.flush();
        lateness.add(System.nanoTime() - dueAt(id));
        sent++;
      }
      loop.poll();
      if (sent - done > MOST_OPEN_SECONDS * perSecond) {
        throw new LoadFailure("cannot keep up");
      }
    }
  }

  private long dueAt(long number) {
    return start + number * 1_000_000_000L / perSecond;
  }

  void end(LoadLoop loop) {
    ending = true;
    loop.await("the last ack", () -> unanswered.stream().allMatch(Unanswered::isEmpty));
    loop.end(sessions, () -> connected == 0);
  }

  @Override
  public void onConnected(Session session) {
    connected++;
  }

  @Override
  public void onPacket(Session session, byte[] bytes, int start, int end) {
    long id = text.ack(bytes, start, end);
    int index = (int) (id % count);
    if (sessions.get(index) != session) {
      throw new LoadFailure("an ack for no event of its session");
    }
    unanswered.get(index).answer(id);
    latencies.add(System.nanoTime() - dueAt(id));
    done++;
  }

  @Override
  public void onEnd(Session session) {
    if (!ending || done < sent) {
      throw new LoadFailure("the server ended a session");
    }
    connected--;
  }
}

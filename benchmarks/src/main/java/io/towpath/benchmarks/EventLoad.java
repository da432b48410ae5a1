package io.towpath.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Acked events: each session keeps a number of them outstanding. */
final class EventLoad implements Load, Session.Listener {
  private final BiFunction<LoadLoop, Session.Listener, Session> opening;
  private final int count;
  private final int window;
  private final Text text;
  private final List<Session> sessions = new ArrayList<>();

  /** By session. */
  private final List<Unanswered> unanswered = new ArrayList<>();

  private int connected;
  private long sent;
  private long done;
  private boolean ending;

  EventLoad(
      BiFunction<LoadLoop, Session.Listener, Session> opening, int sessions, int window, int size) {
    this.opening = opening;
    this.count = sessions;
    this.window = window;
    this.text = new Text("text", size);
    for (int i = 0; i < sessions; i++) {
      unanswered.add(new Unanswered(i, sessions));
    }
  }

  @Override
  public void begin(LoadLoop loop) {
    for (int i = 0; i < count; i++) {
      sessions.add(opening.apply(loop, this));
      int opened = i + 1;
      // A few at a time, so that no server's queue of new connections overflows.
      loop.await("connecting", () -> connected > opened - 20);
    }
    loop.await("connecting", () -> connected == count);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < window; j++) {
        event(i);
      }
      sessions.get(i).flush();
    }
  }

  /** Ids tell the session: its index plus multiples of the number of sessions. */
  private void event(int index) {
    long id = unanswered.get(index).send();
    text.send(sessions.get(index), id, id);
    sent++;
  }

  @Override
  public long done() {
    return done;
  }

  @Override
  public long disordered() {
    return unanswered.stream().mapToLong(Unanswered::disordered).sum();
  }

  @Override
  public void end(LoadLoop loop) {
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
    done++;
    if (!ending) {
      event(index);
    }
  }

  @Override
  public void onEnd(Session session) {
    if (!ending || done < sent) {
      throw new LoadFailure("the server ended a session");
    }
    connected--;
  }
}

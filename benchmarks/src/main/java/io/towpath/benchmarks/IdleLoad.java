package io.towpath.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Sessions that are there and do nothing. */
final class IdleLoad implements Load, Session.Listener {
  /** How long nothing has happened when sessions count as idle, whatever the server. */
  private static final double IDLE_SECONDS = 3;

  private final boolean polling;
  private final int count;
  private final List<Session> sessions = new ArrayList<>();
  private int connected;
  private boolean ending;

  IdleLoad(boolean polling, int sessions) {
    this.polling = polling;
    this.count = sessions;
  }

  /** Returns the same with fewer sessions. */
  IdleLoad smaller(int sessions) {
    return new IdleLoad(polling, sessions);
  }

  int count() {
    return count;
  }

  @Override
  public void begin(LoadLoop loop) {
    for (int i = 0; i < count; i++) {
      Session session = polling ? new PollingSession(loop, this) : new WebSocketSession(loop, this);
      sessions.add(session);
      session.flush();
      int opened = i + 1;
      loop.await("connecting", () -> connected > opened - 20);
    }
    loop.await("connecting", () -> connected == count);
    loop.run(IDLE_SECONDS);
  }

  @Override
  public long done() {
    return connected;
  }

  @Override
  public void end(LoadLoop loop) {
    ending = true;
    loop.end(sessions, () -> connected == 0);
  }

  @Override
  public void onConnected(Session session) {
    connected++;
  }

  @Override
  public void onPacket(Session session, byte[] bytes, int start, int end) {
    throw new LoadFailure("an idle session was sent something");
  }

  @Override
  public void onEnd(Session session) {
    if (!ending) {
      throw new LoadFailure("the server ended an idle session");
    }
    connected--;
  }
}

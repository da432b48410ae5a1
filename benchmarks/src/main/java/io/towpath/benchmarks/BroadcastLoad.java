package io.towpath.benchmarks;

import java.util.IdentityHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Broadcasts to many subscribers, some under way at a time; each subscriber must hear every one of
 * them, in order.
 */
final class BroadcastLoad implements Load, Session.Listener {
  private final int count;
  private final int underWay;
  private final Text text;

  /** What each subscriber has to hear next. */
  private final IdentityHashMap<Session, long[]> expected = new IdentityHashMap<>();

  private @Nullable Session sender;
  private int connected;
  private long sent;
  private long done;
  private boolean ending;

  /**
   * Prepares the load.
   *
   * @param underWay how many broadcasts have been sent and not been heard by everybody
   */
  BroadcastLoad(int subscribers, int underWay, int size) {
    this.count = subscribers;
    this.underWay = underWay;
    this.text = new Text("broadcast", size);
  }

  @Override
  public void begin(LoadLoop loop) {
    for (int i = 0; i < count; i++) {
      Session session = new WebSocketSession(loop, this);
      expected.put(session, new long[1]);
      sender = session;
      int opened = i + 1;
      loop.await("connecting", () -> connected > opened - 20);
    }
    loop.await("connecting", () -> connected == count);
    for (int i = 0; i < underWay; i++) {
      broadcast();
    }
  }

  private void broadcast() {
    Session from = Objects.requireNonNull(sender);
    text.send(from, sent++, -1);
    from.flush();
  }

  @Override
  public long done() {
    return done;
  }

  @Override
  public void end(LoadLoop loop) {
    ending = true;
    loop.await("the last delivery", () -> done == sent * count);
    loop.end(expected.keySet(), () -> connected == 0);
  }

  @Override
  public void onConnected(Session session) {
    connected++;
  }

  @Override
  public void onPacket(Session session, byte[] bytes, int start, int end) {
    text.broadcast(bytes, start, end, Objects.requireNonNull(expected.get(session))[0]++);
    done++;
    if (!ending && done > (sent - underWay) * count && done % count == 0) {
      broadcast();
    }
  }

  @Override
  public void onEnd(Session session) {
    if (!ending || done < sent * count) {
      throw new LoadFailure("the server ended a session");
    }
    connected--;
  }
}

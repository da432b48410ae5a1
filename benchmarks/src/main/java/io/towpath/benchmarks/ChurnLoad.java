package io.towpath.benchmarks;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Sessions that connect, have one event acked, and close, a number of them at a time. */
final class ChurnLoad implements Load, Session.Listener {
  private final int count;
  private final Text text = new Text("text", 64);
  private @Nullable LoadLoop loop;
  private int open;
  private long acks;
  private long done;
  private boolean ending;

  ChurnLoad(int atATime) {
    this.count = atATime;
  }

  @Override
  public void begin(LoadLoop to) {
    loop = to;
    for (int i = 0; i < count; i++) {
      connect();
    }
  }

  private void connect() {
    open++;
    new WebSocketSession(Objects.requireNonNull(loop), this).flush();
  }

  @Override
  public long done() {
    return done;
  }

  @Override
  public void end(LoadLoop to) {
    ending = true;
    to.await("the last close", () -> open == 0);
    if (acks != done) {
      throw new LoadFailure((done - acks) + " sessions ended without their ack");
    }
  }

  @Override
  public void onConnected(Session session) {
    text.send(session, 7, 7);
  }

  @Override
  public void onPacket(Session session, byte[] bytes, int start, int end) {
    text.ack(bytes, start, end);
    acks++;
    session.end();
  }

  @Override
  public void onEnd(Session session) {
    open--;
    done++;
    if (!ending) {
      connect();
    }
  }
}

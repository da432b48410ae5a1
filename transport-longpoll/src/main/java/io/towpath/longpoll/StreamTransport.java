package io.towpath.longpoll;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Scheduler;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * HTTP streaming in a resumable session: one answer that does not end brings packets down, each
 * followed by U+001E; POSTs bring packets up. Proxies are asked not to collect the answer, browsers
 * not to look into it before they hand it on.
 *
 * <p>Any thread. It ends when the client or the network ends the answer, when the network takes
 * nothing for {@link PollingOptions#writeTimeout}, or when its session lets go of it. Packets go up
 * by {@link io.towpath.engine.ResumableSession#receiveBody}.
 */
public final class StreamTransport implements Transport {
  static final Map<String, String> HEADERS =
      Map.of(
          "Content-Type", "text/plain; charset=UTF-8",
          "Cache-Control", "no-store",
          "X-Accel-Buffering", "no",
          "X-Content-Type-Options", "nosniff");

  private final PollExchange exchange;
  private final PollingOptions options;
  private final Scheduler scheduler;
  private final PostLane posts;

  /** Set by {@link #start}, before anything is written. */
  private volatile PollExchange.@Nullable Stream stream;

  private volatile @Nullable Events events;

  private volatile boolean ended;

  /** The bound on a write that is stuck; null while none is. */
  @GuardedBy("this")
  private Scheduler.@Nullable Task writeTimeout;

  StreamTransport(PollExchange exchange, PollingOptions options, Scheduler scheduler) {
    this.exchange = exchange;
    this.options = options;
    this.scheduler = scheduler;
    this.posts = new PostLane(scheduler);
  }

  @Override
  public TransportName name() {
    return TransportName.STREAM;
  }

  /** Begins the answer. */
  @Override
  public void start(Events to) {
    events = to;
    stream = exchange.stream(HEADERS, new Fate());
  }

  /** Returns where its POSTs go. */
  PostLane posts() {
    return posts;
  }

  @Override
  public boolean isWritable() {
    PollExchange.Stream to = stream;
    return !ended && to != null && to.isWritable();
  }

  @Override
  public void send(List<? extends Outgoing> batch) {
    PollExchange.Stream to = stream;
    if (ended || to == null || batch.isEmpty()) {
      return;
    }
    to.write(PayloadCodec.encodeStream(batch));
    if (!to.isWritable()) {
      timeWrite();
    }
  }

  private void timeWrite() {
    Scheduler.Task task =
        scheduler.schedule(options.writeTimeout().toMillis(), this::onWriteTimeout);
    Scheduler.Task older;
    synchronized (this) {
      older = writeTimeout;
      writeTimeout = task;
    }
    if (older != null) {
      older.cancel();
    }
    if (ended || isWritable()) {
      stopTimer();
    }
  }

  private void stopTimer() {
    Scheduler.Task task;
    synchronized (this) {
      task = writeTimeout;
      writeTimeout = null;
    }
    if (task != null) {
      task.cancel();
    }
  }

  private void onWriteTimeout() {
    PollExchange.Stream to = stream;
    if (end(CloseReason.TRANSPORT_ERROR, "write timeout") && to != null) {
      to.destroy();
    }
  }

  @Override
  public void close() {
    dismiss(Dismissal.SESSION_OVER);
  }

  @Override
  public void release() {
    dismiss(Dismissal.REPLACED);
  }

  @Override
  public void dismiss(Dismissal why) {
    PollExchange.Stream to = stream;
    if (!end(CloseReason.FORCED_CLOSE, null) || to == null) {
      return;
    }
    if (why == Dismissal.SESSION_OVER) {
      to.write(PayloadCodec.encodeStream(List.of(EnginePacket.CLOSE)));
    }
    to.end();
  }

  /** Ends this transport, unless it has ended. */
  private boolean end(CloseReason reason, @Nullable String description) {
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
    }
    stopTimer();
    Events session = events;
    if (session != null) {
      session.onClosed(reason, description);
    }
    posts.end();
    return true;
  }

  @Override
  public void setReceiving(boolean receiving) {
    posts.setReceiving(receiving);
  }

  /** What the answer tells. */
  private final class Fate implements PollExchange.StreamEvents {
    @Override
    public void onProgress() {
      timeWrite();
    }

    @Override
    public void onWritable() {
      stopTimer();
      Events session = events;
      if (session != null && !ended) {
        session.onWritable();
      }
    }

    @Override
    public void onClosed() {
      end(CloseReason.TRANSPORT_CLOSE, "stream closed by the client or the network");
    }
  }
}

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
import org.jspecify.annotations.Nullable;

/**
 * Long-polling in a resumable session: at most one parked GET, which a newer one replaces, and
 * POSTs. Unlike {@link PollingTransport} no request ends it or its session: requests that overlap,
 * or whose clients give up, are ordinary on networks that lose and repeat. It ends when its session
 * lets go of it; whether its client is alive is for the session's clock to say.
 *
 * <p>Any thread. State is decided under one lock; requests are answered and the session is called
 * outside it. Packets go up by {@link io.towpath.engine.ResumableSession#receiveBody}.
 */
public final class ResumablePolling implements Transport {
  private static final List<EnginePacket> CLOSE = List.of(EnginePacket.CLOSE);
  private static final List<EnginePacket> NOOP = List.of(EnginePacket.NOOP);

  private final PollingOptions options;
  private final PostLane posts;
  private final Object lock = new Object();

  /** The session; null until {@link #start}. */
  private volatile @Nullable Events events;

  /** Written under the lock; read without it by {@link #isWritable}. */
  private volatile @Nullable PollExchange parked;

  /** What a GET is told that comes after the end; null until then. */
  @GuardedBy("lock")
  private @Nullable List<EnginePacket> lastWord;

  ResumablePolling(PollingOptions options, Scheduler scheduler) {
    this.options = options;
    this.posts = new PostLane(scheduler);
  }

  @Override
  public TransportName name() {
    return TransportName.POLLING;
  }

  @Override
  public void start(Events to) {
    events = to;
  }

  /** Returns where its POSTs go. */
  PostLane posts() {
    return posts;
  }

  /** Parks a GET, in the place of an older one; it may be answered at once. */
  public void park(PollExchange exchange) {
    PollExchange older;
    List<EnginePacket> told;
    synchronized (lock) {
      told = lastWord;
      older = parked;
      parked = told == null ? exchange : null;
    }
    if (older != null) {
      answer(older, NOOP);
    }
    if (told != null) {
      answer(exchange, told);
      return;
    }
    Events session = events;
    if (session != null) {
      session.onWritable();
    }
    if (parked == exchange) {
      exchange.onAbort(() -> onAbort(exchange));
    }
  }

  /** The client has given up its GET; it may come again. */
  private void onAbort(PollExchange exchange) {
    synchronized (lock) {
      if (parked != exchange) {
        return;
      }
      parked = null;
    }
    Events session = events;
    if (session != null) {
      session.onIdle();
    }
  }

  @Override
  public boolean isWritable() {
    return parked != null;
  }

  /**
   * {@inheritDoc}
   *
   * <p>If the GET has just been lost the batch is dropped: the session keeps its messages.
   */
  @Override
  public void send(List<? extends Outgoing> batch) {
    PollExchange exchange;
    synchronized (lock) {
      exchange = parked;
      parked = null;
    }
    if (exchange != null) {
      answer(exchange, batch);
    }
  }

  private void answer(PollExchange exchange, List<? extends Outgoing> batch) {
    PollResponse response = PollResponse.payload(PayloadCodec.encode(batch));
    exchange.respond(HttpCompression.compress(response, batch, exchange, options));
  }

  @Override
  public void close() {
    end(CLOSE);
  }

  @Override
  public void release() {
    end(NOOP);
  }

  @Override
  public void dismiss(Dismissal why) {
    end(why == Dismissal.SESSION_OVER ? CLOSE : NOOP);
  }

  private void end(List<EnginePacket> word) {
    PollExchange last;
    synchronized (lock) {
      if (lastWord != null) {
        return;
      }
      lastWord = word;
      last = parked;
      parked = null;
    }
    // The session knows of the end before the client does.
    Events session = events;
    if (session != null) {
      session.onClosed(CloseReason.FORCED_CLOSE, null);
    }
    if (last != null) {
      answer(last, word);
    }
    posts.end();
  }

  @Override
  public void setReceiving(boolean receiving) {
    posts.setReceiving(receiving);
  }
}

package io.towpath.longpoll;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Scheduler;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP requests of one session: two lanes, each with at most one request. A GET is parked until
 * the session has something to say and is then answered with all of it; a POST brings packets and
 * is answered {@code ok} when all of them have been handed up. Overlapping requests and clients
 * that give up end the session, as in the reference.
 *
 * <p><b>Threads.</b> A GET, a POST, the session's pump and the clock come on different threads. All
 * state is decided under one lock; requests are answered and the session is called outside it.
 * Packets are handed up by one thread at a time, because there is one POST at a time; {@link
 * Transport.Events#onWritable} may meet them, because a GET may arrive during a POST.
 *
 * <p><b>The end.</b> Whoever ends the transport decides under the lock what each open request will
 * be told. When the last call into the session has returned, {@code onClosed} is called, and only
 * then are the requests answered: a client that has been told of the end never finds the session
 * alive.
 */
public final class PollingTransport implements Transport {
  private static final Logger log = LoggerFactory.getLogger(PollingTransport.class);

  private static final List<EnginePacket> CLOSE = List.of(EnginePacket.CLOSE);
  private static final List<EnginePacket> NOOP = List.of(EnginePacket.NOOP);
  private static final List<EnginePacket> NOOP_AND_CLOSE =
      List.of(EnginePacket.NOOP, EnginePacket.CLOSE);

  /**
   * How long the client's {@code 1} waits for a GET that was sent together with it. The two travel
   * on two connections, and the GET is to find the session still there, as it does in the
   * reference, where one thread reads both.
   */
  private static final long OVERTAKEN_GET_MILLIS = 50;

  private enum State {
    OPEN,
    /** Closed by the session, with no GET at hand: the next one is told. */
    CLOSING,
    ENDED
  }

  private final PollingDialect dialect;
  private final PollingOptions options;
  private final Scheduler scheduler;

  /** When the end is told, and to whom; also the lock. */
  private final PollingEnd ending = new PollingEnd();

  /** The session; null until {@link #start}. */
  private volatile @Nullable Events events;

  /** Written under the lock; read without it only to stop early. */
  private volatile State state = State.OPEN;

  /**
   * The GET that waits for something to say, or null. Written under the lock; read without it by
   * {@link #isWritable}, which sessions call under their own.
   */
  private volatile @Nullable PollExchange parked;

  /** The POST in progress, or null. */
  @GuardedBy("ending")
  private @Nullable PollPost post;

  /** Whether the session takes more packets. */
  @GuardedBy("ending")
  private boolean receiving = true;

  /** Whether the client has said {@code 1}; nothing that it says afterwards counts. */
  @GuardedBy("ending")
  private boolean peerClosing;

  /** Whether the session has been told of it. */
  @GuardedBy("ending")
  private boolean peerCloseTold;

  /** The bound on {@link State#CLOSING}; null outside it. */
  @GuardedBy("ending")
  private Scheduler.@Nullable Task closeTask;

  /** Creates the transport of one session of revision 4. */
  public PollingTransport(PollingOptions options, Scheduler scheduler) {
    this(PollingDialect.REVISION_4, options, scheduler);
  }

  /** Creates the transport of one session. */
  public PollingTransport(PollingDialect dialect, PollingOptions options, Scheduler scheduler) {
    this.dialect = dialect;
    this.options = options;
    this.scheduler = scheduler;
  }

  @Override
  public TransportName name() {
    return TransportName.POLLING;
  }

  @Override
  public void start(Events events) {
    this.events = events;
  }

  // In.

  /**
   * Takes a request of this session and sees to its answer. The opening GET is a request like any
   * other: it is parked, and the session's open packet answers it. Any thread.
   *
   * @throws IllegalStateException if the transport has not been started
   */
  public void onRequest(PollExchange exchange) {
    session();
    switch (exchange.method()) {
      case "GET":
        onGet(exchange);
        break;
      case "POST":
        onPost(exchange);
        break;
      default:
        exchange.respond(PollResponse.WRONG_METHOD);
    }
  }

  private void onGet(PollExchange exchange) {
    boolean wasParked = false;
    boolean tooLate = false;
    synchronized (ending) {
      if (state == State.ENDED) {
        tooLate = true;
      } else if (state == State.CLOSING) {
        end(CloseReason.FORCED_CLOSE, null, CLOSE);
        ending.then(() -> exchange.respond(dialect.answer(NOOP_AND_CLOSE)));
      } else if (parked != null) {
        end(CloseReason.TRANSPORT_ERROR, "overlap from client", CLOSE);
        ending.then(() -> exchange.respond(PollResponse.BAD_REQUEST));
      } else {
        parked = exchange;
        ending.callBegins();
        wasParked = true;
      }
    }
    if (tooLate) {
      exchange.respond(PollResponse.BAD_REQUEST);
    } else if (wasParked) {
      boolean survived = PollingEnd.survives(session()::onWritable);
      tellPeerClose();
      synchronized (ending) {
        callEnds(survived);
      }
      tellEnd();
      // Most polls that find something to fetch are answered by now and need no watching.
      if (parked == exchange) {
        exchange.onAbort(() -> onAbort(exchange));
      }
    } else {
      tellEnd();
    }
  }

  private void onPost(PollExchange exchange) {
    PollPost accepted = null;
    boolean tooLate = false;
    synchronized (ending) {
      PollPost first = post;
      if (state == State.ENDED) {
        tooLate = true;
      } else if (first != null) {
        post = null;
        end(CloseReason.TRANSPORT_ERROR, "data request overlap from client", CLOSE);
        ending.then(() -> exchange.respond(PollResponse.BAD_REQUEST));
        ending.then(first.exchange()::destroy);
      } else if (!dialect.takes(exchange.header("Content-Type"))) {
        end(CloseReason.TRANSPORT_ERROR, "invalid content", CLOSE);
        ending.then(() -> exchange.respond(PollResponse.BAD_REQUEST));
      } else {
        accepted = new PollPost(this, exchange);
        post = accepted;
      }
    }
    if (tooLate) {
      exchange.respond(PollResponse.BAD_REQUEST);
    } else if (accepted != null) {
      exchange.receive(options.maxBodyBytes(), accepted);
    } else {
      tellEnd();
    }
  }

  /** The body of a POST is longer than it may be; the session lives on. */
  void onTooLarge(PollPost refused) {
    synchronized (ending) {
      if (post != refused) {
        return;
      }
      post = null;
    }
    log.debug("POST of more than {} bytes refused", options.maxBodyBytes());
    refused.exchange().respond(PollResponse.TOO_LARGE);
  }

  /** The body of a POST has come. */
  void onBody(PollPost read, byte[] body) {
    synchronized (ending) {
      if (post != read) {
        return;
      }
      read.deliver();
      ending.callBegins();
    }
    PollExchange exchange = read.exchange();
    PollingDialect.Packets packets =
        dialect.read(body, exchange.header("Content-Type"), options.maxPayloadPackets());
    boolean survived = PollingEnd.survives(() -> deliver(packets));
    boolean held = false;
    boolean taken = false;
    synchronized (ending) {
      callEnds(survived);
      String violation = packets.violation();
      if (survived && violation != null) {
        end(CloseReason.PARSE_ERROR, violation, CLOSE);
      }
      if (post == read) {
        CloseReason reason = ending.reason();
        if (reason != null) {
          post = null;
          // A session that ended over its packets has taken them; that is no fault of the request.
          boolean faulty = !survived || reason == CloseReason.PARSE_ERROR;
          PollResponse answer = faulty ? PollResponse.BAD_REQUEST : PollResponse.OK;
          ending.then(() -> exchange.respond(answer));
        } else if (receiving) {
          post = null;
          taken = true;
        } else {
          read.hold();
          held = true;
        }
      }
    }
    if (taken) {
      exchange.respond(PollResponse.OK);
    } else if (held) {
      exchange.onAbort(() -> onAbort(exchange));
    } else {
      tellEnd();
    }
  }

  /** Hands up the packets of a body, as long as the session wants them. */
  private void deliver(PollingDialect.Packets packets) {
    Events session = session();
    boolean delivered = false;
    try {
      EnginePacket packet = packets.next();
      while (packet != null && state != State.ENDED) {
        if (state == State.OPEN) {
          if (packet instanceof EnginePacket.Close && awaitsOvertakenGet() || isPeerClosing()) {
            break;
          }
          delivered = true;
          session.onPacket(packet);
        } else if (packet instanceof EnginePacket.Close) {
          // Both sides have said it: nobody will come for a last GET.
          synchronized (ending) {
            end(CloseReason.FORCED_CLOSE, null, CLOSE);
          }
        }
        packet = packets.next();
      }
    } finally {
      if (delivered) {
        session.onBurstEnd();
      }
    }
  }

  /** Holds the client's {@code 1} back if no GET is parked that could be answered. */
  private boolean awaitsOvertakenGet() {
    synchronized (ending) {
      if (parked != null) {
        return false;
      }
      peerClosing = true;
    }
    scheduler.schedule(OVERTAKEN_GET_MILLIS, this::tellPeerClose);
    return true;
  }

  private boolean isPeerClosing() {
    synchronized (ending) {
      return peerClosing;
    }
  }

  /** Tells the session of the client's {@code 1}, once; does nothing if there was none. */
  private void tellPeerClose() {
    synchronized (ending) {
      if (!peerClosing || peerCloseTold || state != State.OPEN) {
        return;
      }
      peerCloseTold = true;
      ending.callBegins();
    }
    boolean survived =
        PollingEnd.survives(
            () -> {
              session().onPacket(EnginePacket.CLOSE);
              session().onBurstEnd();
            });
    synchronized (ending) {
      callEnds(survived);
    }
    tellEnd();
  }

  /** The client has given up a request. */
  void onAbort(PollExchange exchange) {
    synchronized (ending) {
      if (exchange == parked) {
        parked = null;
        end(CloseReason.TRANSPORT_ERROR, "poll connection closed prematurely", CLOSE);
      } else if (post != null && exchange == post.exchange()) {
        post = null;
        end(CloseReason.TRANSPORT_ERROR, "data request connection closed prematurely", CLOSE);
      } else {
        return;
      }
    }
    tellEnd();
  }

  @Override
  public void setReceiving(boolean receiving) {
    PollPost held = null;
    synchronized (ending) {
      this.receiving = receiving;
      if (receiving && post != null && post.isHeld()) {
        held = post;
        post = null;
      }
    }
    if (held != null) {
      held.exchange().respond(PollResponse.OK);
    }
  }

  // Out.

  @Override
  public boolean isWritable() {
    return parked != null;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Answers the parked GET with the whole batch. If that GET has just been lost, and the session
   * with it, the batch is dropped.
   */
  @Override
  public void send(List<? extends Outgoing> batch) {
    if (batch.isEmpty()) {
      return;
    }
    PollResponse response = dialect.answer(batch);
    PollExchange exchange;
    synchronized (ending) {
      exchange = parked;
      parked = null;
    }
    if (exchange != null) {
      exchange.respond(HttpCompression.compress(response, batch, exchange, options));
    }
  }

  // The end.

  @Override
  public void close() {
    synchronized (ending) {
      if (state != State.OPEN) {
        return;
      }
      if (parked == null) {
        state = State.CLOSING;
      } else {
        end(CloseReason.FORCED_CLOSE, null, CLOSE);
      }
    }
    if (state == State.CLOSING) {
      Scheduler.Task task =
          scheduler.schedule(options.closeTimeout().toMillis(), this::onCloseTimeout);
      boolean closing;
      synchronized (ending) {
        closing = state == State.CLOSING;
        closeTask = closing ? task : null;
      }
      if (!closing) {
        task.cancel();
      }
    }
    tellEnd();
  }

  private void onCloseTimeout() {
    synchronized (ending) {
      if (state == State.CLOSING) {
        end(CloseReason.FORCED_CLOSE, "no poll came to be told", CLOSE);
      }
    }
    tellEnd();
  }

  @Override
  public void release() {
    synchronized (ending) {
      if (state == State.OPEN) {
        end(CloseReason.FORCED_CLOSE, null, NOOP);
      }
    }
    tellEnd();
  }

  /**
   * Ends this transport, unless it has ended; {@link #tellEnd} must follow when the lock is let go
   * of.
   *
   * @param lastWord what a parked GET is told
   */
  @GuardedBy("ending")
  private void end(CloseReason reason, @Nullable String description, List<EnginePacket> lastWord) {
    if (!ending.begin(reason, description)) {
      return;
    }
    state = State.ENDED;
    PollExchange get = parked;
    if (get != null) {
      parked = null;
      ending.then(() -> get.respond(dialect.answer(lastWord)));
    }
    PollPost current = post;
    // A POST that is being handed up is answered by the thread that does so.
    if (current != null && !current.isDelivering()) {
      post = null;
      PollExchange exchange = current.exchange();
      ending.then(current.isHeld() ? () -> exchange.respond(PollResponse.OK) : exchange::destroy);
    }
    Scheduler.Task task = closeTask;
    if (task != null) {
      closeTask = null;
      ending.then(task::cancel);
    }
  }

  /** A call into the session has returned; one that did not survive it ends this transport. */
  @GuardedBy("ending")
  private void callEnds(boolean survived) {
    ending.callEnds();
    if (!survived) {
      end(CloseReason.TRANSPORT_ERROR, "session failed", CLOSE);
    }
  }

  /** Tells the end, if it has come and nothing stands against it. */
  private void tellEnd() {
    ending.tell(events);
  }

  private Events session() {
    Events session = events;
    if (session == null) {
      throw new IllegalStateException("the transport has not been started");
    }
    return session;
  }
}

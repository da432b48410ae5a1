package io.towpath.longpoll;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Scheduler;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.util.ArrayList;
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

  private static final String SESSION_FAILED = "session failed";

  private enum State {
    OPEN,
    /** Closed by the session, with no GET at hand: the next one is told. */
    CLOSING,
    ENDED
  }

  private enum PostPhase {
    /** The body is on its way. */
    READING,
    /** Its packets are being handed up. */
    DELIVERING,
    /** Its packets have been handed up; the answer waits until the session receives again. */
    HELD
  }

  private final PollingDialect dialect;
  private final PollingOptions options;
  private final Scheduler scheduler;
  private final Object lock = new Object();

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
  @GuardedBy("lock")
  private @Nullable PollExchange post;

  /** How far {@link #post} has come; means nothing while that is null. */
  @GuardedBy("lock")
  private PostPhase postPhase = PostPhase.READING;

  /** Whether the session takes more packets. */
  @GuardedBy("lock")
  private boolean receiving = true;

  /** Calls into the session that have not returned; {@code onClosed} waits for them. */
  @GuardedBy("lock")
  private int upwardCalls;

  /** Why this transport has ended; null until then. */
  @GuardedBy("lock")
  private @Nullable Ending ending;

  /** Whether a thread has taken it upon itself to call {@code onClosed}. */
  @GuardedBy("lock")
  private boolean endReported;

  /** The bound on {@link State#CLOSING}; null outside it. */
  @GuardedBy("lock")
  private Scheduler.@Nullable Task closeTask;

  /** Why a transport ends, and what is to be done once the session knows. */
  private record Ending(
      CloseReason reason, @Nullable String description, List<Runnable> farewells) {}

  /**
   * How long the client's {@code 1} waits for a GET that was sent together with it. The two travel
   * on two connections, and the GET is to find the session still there, as it does in the
   * reference, where one thread reads both.
   */
  private static final long OVERTAKEN_GET_MILLIS = 50;

  /** Whether the client has said {@code 1}; nothing that it says afterwards counts. */
  @GuardedBy("lock")
  private boolean peerClosing;

  /** Whether the session has been told of it. */
  @GuardedBy("lock")
  private boolean peerCloseTold;

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
    synchronized (lock) {
      if (state == State.ENDED) {
        tooLate = true;
      } else if (state == State.CLOSING) {
        end(CloseReason.FORCED_CLOSE, null, CLOSE)
            .add(() -> exchange.respond(dialect.answer(NOOP_AND_CLOSE)));
      } else if (parked != null) {
        end(CloseReason.TRANSPORT_ERROR, "overlap from client", CLOSE)
            .add(() -> exchange.respond(PollResponse.BAD_REQUEST));
      } else {
        parked = exchange;
        upwardCalls++;
        wasParked = true;
      }
    }
    if (tooLate) {
      exchange.respond(PollResponse.BAD_REQUEST);
    } else if (wasParked) {
      boolean survived = survives(session()::onWritable);
      tellPeerClose();
      synchronized (lock) {
        upwardCalls--;
        if (!survived) {
          end(CloseReason.TRANSPORT_ERROR, SESSION_FAILED, CLOSE);
        }
      }
      reportEnd();
      // Most polls that find something to fetch are answered by now and need no watching.
      if (parked == exchange) {
        exchange.onAbort(() -> onAbort(exchange));
      }
    } else {
      reportEnd();
    }
  }

  private void onPost(PollExchange exchange) {
    boolean accepted = false;
    boolean tooLate = false;
    synchronized (lock) {
      PollExchange first = post;
      if (state == State.ENDED) {
        tooLate = true;
      } else if (first != null) {
        post = null;
        List<Runnable> farewells =
            end(CloseReason.TRANSPORT_ERROR, "data request overlap from client", CLOSE);
        farewells.add(() -> exchange.respond(PollResponse.BAD_REQUEST));
        farewells.add(first::destroy);
      } else if (!dialect.takes(exchange.header("Content-Type"))) {
        end(CloseReason.TRANSPORT_ERROR, "invalid content", CLOSE)
            .add(() -> exchange.respond(PollResponse.BAD_REQUEST));
      } else {
        post = exchange;
        postPhase = PostPhase.READING;
        accepted = true;
      }
    }
    if (tooLate) {
      exchange.respond(PollResponse.BAD_REQUEST);
    } else if (accepted) {
      exchange.receive(options.maxBodyBytes(), new PostBody(exchange));
    } else {
      reportEnd();
    }
  }

  /** Waits for the body of one POST. */
  private final class PostBody implements PollExchange.Body {
    private final PollExchange exchange;

    PostBody(PollExchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void complete(byte[] bytes) {
      onBody(exchange, bytes);
    }

    @Override
    public void tooLarge() {
      synchronized (lock) {
        if (post != exchange) {
          return;
        }
        post = null;
      }
      log.debug("POST of more than {} bytes refused", options.maxBodyBytes());
      exchange.respond(PollResponse.TOO_LARGE);
    }

    @Override
    public void aborted() {
      onAbort(exchange);
    }
  }

  private void onBody(PollExchange exchange, byte[] body) {
    synchronized (lock) {
      if (post != exchange) {
        return;
      }
      postPhase = PostPhase.DELIVERING;
      upwardCalls++;
    }
    PollingDialect.Packets packets =
        dialect.read(body, exchange.header("Content-Type"), options.maxPayloadPackets());
    boolean survived = survives(() -> deliver(packets));
    boolean held = false;
    boolean taken = false;
    synchronized (lock) {
      upwardCalls--;
      String violation = packets.violation();
      if (!survived) {
        end(CloseReason.TRANSPORT_ERROR, SESSION_FAILED, CLOSE);
      } else if (violation != null) {
        end(CloseReason.PARSE_ERROR, violation, CLOSE);
      }
      if (post == exchange) {
        if (ending != null) {
          post = null;
          // A session that ended over its packets has taken them; that is no fault of the request.
          boolean faulty = !survived || ending.reason() == CloseReason.PARSE_ERROR;
          PollResponse answer = faulty ? PollResponse.BAD_REQUEST : PollResponse.OK;
          ending.farewells().add(() -> exchange.respond(answer));
        } else if (receiving) {
          post = null;
          taken = true;
        } else {
          postPhase = PostPhase.HELD;
          held = true;
        }
      }
    }
    if (taken) {
      exchange.respond(PollResponse.OK);
    } else if (held) {
      exchange.onAbort(() -> onAbort(exchange));
    } else {
      reportEnd();
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
          synchronized (lock) {
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
    synchronized (lock) {
      if (parked != null) {
        return false;
      }
      peerClosing = true;
    }
    scheduler.schedule(OVERTAKEN_GET_MILLIS, this::tellPeerClose);
    return true;
  }

  private boolean isPeerClosing() {
    synchronized (lock) {
      return peerClosing;
    }
  }

  /** Tells the session of the client's {@code 1}, once; does nothing if there was none. */
  private void tellPeerClose() {
    synchronized (lock) {
      if (!peerClosing || peerCloseTold || state != State.OPEN) {
        return;
      }
      peerCloseTold = true;
      upwardCalls++;
    }
    boolean survived =
        survives(
            () -> {
              session().onPacket(EnginePacket.CLOSE);
              session().onBurstEnd();
            });
    synchronized (lock) {
      upwardCalls--;
      if (!survived) {
        end(CloseReason.TRANSPORT_ERROR, SESSION_FAILED, CLOSE);
      }
    }
    reportEnd();
  }

  private void onAbort(PollExchange exchange) {
    synchronized (lock) {
      if (exchange == parked) {
        parked = null;
        end(CloseReason.TRANSPORT_ERROR, "poll connection closed prematurely", CLOSE);
      } else if (exchange == post) {
        post = null;
        end(CloseReason.TRANSPORT_ERROR, "data request connection closed prematurely", CLOSE);
      } else {
        return;
      }
    }
    reportEnd();
  }

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
    synchronized (lock) {
      exchange = parked;
      parked = null;
    }
    if (exchange != null) {
      exchange.respond(wantsCompression(batch) ? compressed(response, exchange) : response);
    }
  }

  /** The reference's rule: an answer is compressed if one of the messages in it may be. */
  static boolean wantsCompression(List<? extends Outgoing> batch) {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.get(i) instanceof MessageBatch message && message.isCompressible()) {
        return true;
      }
    }
    return false;
  }

  private PollResponse compressed(PollResponse response, PollExchange exchange) {
    return options.httpCompression()
        ? HttpCompression.compress(
            response, exchange.header("Accept-Encoding"), options.compressionThreshold())
        : response;
  }

  @Override
  public void close() {
    synchronized (lock) {
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
      synchronized (lock) {
        closing = state == State.CLOSING;
        closeTask = closing ? task : null;
      }
      if (!closing) {
        task.cancel();
      }
    }
    reportEnd();
  }

  private void onCloseTimeout() {
    synchronized (lock) {
      if (state == State.CLOSING) {
        end(CloseReason.FORCED_CLOSE, "no poll came to be told", CLOSE);
      }
    }
    reportEnd();
  }

  @Override
  public void release() {
    synchronized (lock) {
      if (state == State.OPEN) {
        end(CloseReason.FORCED_CLOSE, null, NOOP);
      }
    }
    reportEnd();
  }

  @Override
  public void setReceiving(boolean receiving) {
    PollExchange held = null;
    synchronized (lock) {
      this.receiving = receiving;
      if (receiving && post != null && postPhase == PostPhase.HELD) {
        held = post;
        post = null;
      }
    }
    if (held != null) {
      held.respond(PollResponse.OK);
    }
  }

  private Events session() {
    Events session = events;
    if (session == null) {
      throw new IllegalStateException("the transport has not been started");
    }
    return session;
  }

  /** Calls into the session; returns whether that went well. */
  private static boolean survives(Runnable call) {
    try {
      call.run();
      return true;
    } catch (RuntimeException bug) {
      // A session does not throw. If it does, the client must not wait for ever.
      log.error("A session has failed; its polling transport ends", bug);
      return false;
    }
  }

  /**
   * Ends this transport, unless it has ended; {@link #reportEnd} must follow when the lock is let
   * go of. Returns the list of what is to be done after {@code onClosed}.
   *
   * @param lastWord what a parked GET is told
   */
  @GuardedBy("lock")
  private List<Runnable> end(
      CloseReason reason, @Nullable String description, List<EnginePacket> lastWord) {
    if (ending != null) {
      return ending.farewells();
    }
    state = State.ENDED;
    List<Runnable> farewells = new ArrayList<>();
    ending = new Ending(reason, description, farewells);
    PollExchange get = parked;
    if (get != null) {
      parked = null;
      farewells.add(() -> get.respond(dialect.answer(lastWord)));
    }
    PollExchange current = post;
    // A POST that is being handed up is answered by the thread that does so.
    if (current != null && postPhase != PostPhase.DELIVERING) {
      post = null;
      farewells.add(
          postPhase == PostPhase.HELD ? () -> current.respond(PollResponse.OK) : current::destroy);
    }
    Scheduler.Task task = closeTask;
    if (task != null) {
      closeTask = null;
      farewells.add(task::cancel);
    }
    return farewells;
  }

  /** Reports the end, if it has come, has not been reported, and no call upward is running. */
  private void reportEnd() {
    Ending end;
    synchronized (lock) {
      end = ending;
      if (end == null || endReported || upwardCalls > 0) {
        return;
      }
      endReported = true;
    }
    log.debug("polling ends: {} ({})", end.reason(), end.description());
    Events session = events;
    if (session != null) {
      survives(() -> session.onClosed(end.reason(), end.description()));
    }
    for (Runnable farewell : end.farewells()) {
      farewell.run();
    }
  }
}

package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session whose messages are numbered and kept until they are acknowledged, so that it can live
 * on when its transport dies: what goes down its current transport, what is kept, and what happens
 * while there is none. A {@link Track} takes in what comes up; {@link ResumableSession} is how
 * transports come and go. The protocol is {@code docs/resumable-sessions.md}; the numbers are kept
 * by {@link Resumption}.
 *
 * <p>Threads: as {@link EngineSession}. Transports of one session may be read by several threads at
 * once; what they bring is put in order under the lock, and goes through the {@link Inbox} to the
 * listener.
 */
abstract sealed class NumberedSession extends EngineSession permits ResumableSession {
  @GuardedBy("lock")
  final Resumption numbers;

  @GuardedBy("lock")
  final Inbox inbox = new Inbox();

  @GuardedBy("lock")
  final Offers<Track> offers;

  /** The kind of the transport that was confirmed last. */
  @GuardedBy("lock")
  TransportName confirmedKind;

  /** Whether the client has been heard beyond its opening: only then is it waited for. */
  @GuardedBy("lock")
  boolean known;

  /** Whether no transport carries the session; written under the lock. */
  volatile boolean detached;

  /** Whether the client has said goodbye; written before the session ends. */
  private volatile boolean endedByClient;

  /** Beside the heartbeat. */
  @GuardedBy("lock")
  final ResumeDeadlines times;

  /** Whether an acknowledgement leaves with the next write. */
  @GuardedBy("lock")
  boolean ackDue;

  /** Whether the goodbye no longer waits for acknowledgements. */
  @GuardedBy("lock")
  boolean goodbyeDue;

  NumberedSession(
      String id,
      HandshakeRequest request,
      EngineSessions sessions,
      Transport transport,
      Resumption numbers,
      Offers<Track> offers) {
    super(id, request, sessions, transport, new Heartbeat(sessions.options(), false));
    this.times = new ResumeDeadlines(options);
    this.numbers = numbers;
    this.offers = offers;
    this.confirmedKind = transport.name();
  }

  /** Returns the number up to which all messages of the client have arrived. Any thread. */
  public long received() {
    synchronized (lock) {
      return numbers.received();
    }
  }

  /** Returns whether no transport carries the session, which waits for one. Any thread. */
  @Override
  public boolean isDetached() {
    return detached;
  }

  /** Returns the generation of the transport that was confirmed last. */
  long confirmedGeneration() {
    synchronized (lock) {
      return numbers.confirmed();
    }
  }

  /** Returns how many offers are open. */
  int openOffers() {
    synchronized (lock) {
      return offers.size();
    }
  }

  // What comes up from the current transport.

  @Override
  void receive(Carrier from, EnginePacket packet) {
    ((Track) from).receive(packet);
  }

  /** Acts on a packet that is no message; returns what is wrong with it, or null. */
  @GuardedBy("lock")
  @Nullable String control(Track from, EnginePacket packet) {
    if (packet instanceof EnginePacket.Received received) {
      if (!numbers.isPossibleAck(received.number())) {
        return Resumption.Violation.BAD_ACK.wording();
      }
      acknowledge(received.number());
      return null;
    }
    if (packet instanceof EnginePacket.Next next) {
      Resumption.Violation violation = numbers.mark(from.lane, next.number());
      return violation == null ? null : violation.wording();
    }
    if (packet instanceof EnginePacket.Ping ping && isDigits(ping.data())) {
      from.control(new EnginePacket.Pong(ping.data()));
      return null;
    }
    return packet instanceof EnginePacket.Pong ? null : "parse error";
  }

  private static boolean isDigits(String data) {
    return data.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  static int size(EnginePacket message) {
    return message instanceof EnginePacket.Text text
        ? text.length() + 1
        : ((EnginePacket.Binary) message).bytes().length;
  }

  /** Forgets what the client has; the numbers were found possible. */
  @GuardedBy("lock")
  void acknowledge(long number) {
    long freed = numbers.acknowledge(number, ((Track) current).lane);
    if (freed > 0) {
      outflow.released(freed);
      if (detached) {
        boundWhileDetached();
      }
      if (outflow.isAwaited()) {
        lock.notifyAll();
      }
    }
  }

  /** A sign of life: the deadlines of the current transport start anew. */
  @GuardedBy("lock")
  void beat(Track track, long now) {
    heartbeat.restart(now);
    times.beat(track.isPoll(), now);
  }

  // To the listener.

  /** Delivers what this thread was told to, and then all that has come meanwhile. */
  void deliver(Object first) {
    try {
      for (Object item = first; item != null; item = nextInInbox()) {
        Inbox.tell(item, listener);
      }
    } catch (RuntimeException bug) {
      log.error("a session's listener has failed", bug);
      end(CloseReason.TRANSPORT_ERROR, "internal error", false);
    }
  }

  private @Nullable Object nextInInbox() {
    synchronized (lock) {
      return inbox.next();
    }
  }

  @Override
  void tellBurstEnd() {
    boolean deliver;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      deliver = inbox.add(Inbox.Signal.BURST_END);
    }
    if (deliver) {
      deliver(Inbox.Signal.BURST_END);
    }
  }

  // The pump.

  @Override
  @GuardedBy("lock")
  void begin(EnginePacket.Open open, @Nullable MessageBatch greeting) {
    Track track = (Track) current;
    numbers.open(track.lane);
    track.control(open);
    if (greeting != null) {
      outflow.add(greeting);
    }
    beat(track, sessions.wheel().now());
  }

  @Override
  public boolean send(MessageBatch message) {
    boolean accepted = super.send(message);
    if (accepted && detached) {
      spend();
    }
    return accepted;
  }

  @Override
  @GuardedBy("lock")
  boolean canWrite() {
    return !outflow.isWriting() && current.transport.isWritable() && !numbers.isPaused();
  }

  @Override
  @GuardedBy("lock")
  List<? extends Outgoing> take(Carrier to) {
    Track track = (Track) to;
    if (track.greeting || !to.transport.isWritable()) {
      return List.of();
    }
    List<Outgoing> batch = new ArrayList<>(4);
    track.takeControls(batch);
    if (ackDue) {
      batch.add(new EnginePacket.Received(numbers.received()));
      numbers.acknowledged();
      ackDue = false;
      times.acknowledged();
    }
    numbers.take(track.lane, track.isPoll(), outflow, batch);
    if (goodbyeDue && !track.saidGoodbye && outflow.isEmpty() && numbers.isWritten(track.lane)) {
      track.saidGoodbye = !track.isPoll();
      batch.add(EnginePacket.CLOSE);
    }
    if (track.isPoll() && !batch.isEmpty()) {
      beat(track, sessions.wheel().now());
    }
    return batch;
  }

  /** What was written is held until it is acknowledged. */
  @Override
  @GuardedBy("lock")
  void written() {}

  @Override
  @GuardedBy("lock")
  boolean isWritten() {
    return !numbers.isPaused();
  }

  // Closing, and the ends.

  @Override
  long closeTimeout() {
    return options.resume().window();
  }

  @Override
  public void close() {
    long now = sessions.wheel().now();
    synchronized (lock) {
      if (state == State.OPEN) {
        times.closing(now);
      }
    }
    sessions.wheel().watch(deadlines, now + ResumeDeadlines.GOODBYE_MILLIS);
    super.close();
  }

  @Override
  @GuardedBy("lock")
  boolean closesWith(Carrier to) {
    return outflow.isEmpty() && numbers.isAcked();
  }

  @Override
  void closeLast(Carrier last) {
    end(CloseReason.FORCED_CLOSE, null, false);
  }

  @Override
  @GuardedBy("lock")
  void forget() {
    numbers.keep().clear();
    inbox.clear();
  }

  @Override
  void sayGoodbye(Carrier last, boolean byPeer) {
    List<Track> open;
    synchronized (lock) {
      open = offers.takeUpTo(Long.MAX_VALUE);
    }
    sessions.detached().remove(this);
    open.forEach(offer -> offer.transport.dismiss(Dismissal.SESSION_OVER));
    last.transport.dismiss(Dismissal.SESSION_OVER);
  }

  @Override
  public boolean isEndedByClient() {
    return endedByClient;
  }

  void endByClient() {
    endedByClient = true;
    end(CloseReason.TRANSPORT_CLOSE, "client closed", true);
  }

  void violated(String description) {
    log.info("session ended: {}", description);
    end(CloseReason.TRANSPORT_ERROR, description, false);
  }

  @Override
  void overflow() {
    if (!detached) {
      super.overflow();
      return;
    }
    log.info("session ended: more is kept for it than may be");
    end(CloseReason.TRANSPORT_ERROR, "buffer", false);
  }

  // Detached.

  @Override
  void lose(Carrier from, CloseReason reason, @Nullable String description) {
    if (reason == CloseReason.PARSE_ERROR) {
      violated(description == null ? "parse error" : description);
    } else {
      detach((Track) from, "lost", reason, description);
    }
  }

  private void detach(Track track, String code, CloseReason reason, @Nullable String description) {
    long now = sessions.wheel().now();
    boolean over;
    boolean tell = false;
    long due = DeadlineWheel.NEVER;
    synchronized (lock) {
      if (track != current || state == State.CLOSED) {
        return;
      }
      over = !known;
      if (!over) {
        current =
            new Track(this, new Nowhere(track.transport.name()), track.lane.generation(), code);
        detached = true;
        outflow.endBurst(track);
        heartbeat.stop();
        times.detached(now);
        ackDue = false;
        boundWhileDetached();
        note(null, code, now);
        tell = inbox.add(Inbox.Signal.DETACHED);
        due = due();
      }
    }
    if (over) {
      end(reason, description, false);
      return;
    }
    sessions.wheel().watch(deadlines, due);
    track.transport.dismiss(Dismissal.OFFER_GONE);
    log.info("transport {} lost: {}; the session waits", track.transport.name(), code);
    if (tell) {
      deliver(Inbox.Signal.DETACHED);
    }
    pump.run();
    spend();
  }

  @GuardedBy("lock")
  private void boundWhileDetached() {
    Keep keep = numbers.keep();
    long beside = keep.weight() - keep.bytes();
    outflow.bound(options.resume().buffer() - beside, Keep.OVERHEAD);
  }

  /** Reports what this session holds while it is detached; who holds too much then ends. */
  private void spend() {
    long weight;
    synchronized (lock) {
      Keep keep = numbers.keep();
      weight =
          outflow.bytes() + (keep.weight() - keep.bytes()) + outflow.size() * (long) Keep.OVERHEAD;
    }
    sessions.detached().hold(this, weight);
  }

  /** Returns whether this session is there, and no transport carries it. */
  boolean isWaiting() {
    synchronized (lock) {
      return detached && state != State.CLOSED;
    }
  }

  /** Ends this session, if it is detached, for the good of all. */
  void evict() {
    if (detached) {
      log.info("session ended: detached sessions hold more than they may");
      end(CloseReason.TRANSPORT_ERROR, "budget", false);
    }
  }

  // Time.

  @Override
  @GuardedBy("lock")
  long due() {
    return Math.min(
        Math.min(heartbeat.next(), times.next()), Math.min(offers.nextExpiry(), closeDeadline));
  }

  @Override
  long onDeadline(long now) {
    CloseReason over = null;
    Track dead = null;
    List<Track> expired;
    boolean write = false;
    long next;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return DeadlineWheel.NEVER;
      }
      Track track = (Track) current;
      if (now >= closeDeadline) {
        over = CloseReason.FORCED_CLOSE;
      } else if (times.isWindowOver(now)) {
        over = CloseReason.TRANSPORT_CLOSE;
      }
      if (heartbeat.takePing(now)) {
        track.control(EnginePacket.PING);
        write = true;
      }
      if (times.takeAck(now)) {
        ackDue = true;
        write = true;
      }
      if (times.takeGoodbye(now)) {
        goodbyeDue = true;
        write = true;
      }
      if (isDead(track, now)) {
        dead = track;
      }
      expired = offers.takeExpired(now);
      next = due();
    }
    expired.forEach(offer -> offer.transport.dismiss(Dismissal.OFFER_GONE));
    if (over != null) {
      end(over, over == CloseReason.TRANSPORT_CLOSE ? "window" : null, false);
      return DeadlineWheel.NEVER;
    }
    if (dead != null) {
      detach(dead, "ping-timeout", CloseReason.PING_TIMEOUT, null);
      synchronized (lock) {
        next = due();
      }
    } else if (write) {
      pump.flush();
    }
    return next;
  }

  @GuardedBy("lock")
  private boolean isDead(Track track, long now) {
    if (pauses > 0 && heartbeat.isMissed(now)) {
      heartbeat.excuse(now);
    }
    boolean excused = pauses > 0 || track.transport.isWritable();
    return heartbeat.isMissed(now) || times.isIdle(excused, now);
  }

  @Override
  Carrier carrier(Transport transport) {
    return new Track(this, transport, 0, "open");
  }
}

package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session that outlives its transports: they are offered, prove themselves alive, are confirmed
 * by the client, and die, while messages keep their numbers and arrive once and in order. The
 * protocol is {@code docs/resumable-sessions.md}; the numbers are kept by {@link Resumption}.
 *
 * <p>Threads: as {@link EngineSession}. Transports of one session may be read by several threads at
 * once; what they bring is put in order under the lock, and goes through the {@link Inbox} to the
 * listener.
 */
public final class ResumableSession extends EngineSession {
  /** How long an offer stays open. */
  static final long OFFER_MILLIS = 10_000;

  /** How long an acknowledgement may wait on WebSocket. */
  static final long ACK_MILLIS = 200;

  /**
   * How long a closing session waits for the client's acknowledgement before it says goodbye: a
   * client that has been told may not acknowledge any more.
   */
  static final long GOODBYE_MILLIS = 2_000;

  /** Control packets that may wait for one transport; more are dropped. */
  static final int MAX_CONTROLS = 8;

  private static final long MINUTE = 60_000;

  @GuardedBy("lock")
  private final Resumption numbers;

  @GuardedBy("lock")
  private final Inbox inbox = new Inbox();

  /** The open offers, at most one of each kind. */
  @GuardedBy("lock")
  private @Nullable Track offeredWebSocket;

  @GuardedBy("lock")
  private @Nullable Track offeredStream;

  /** The reason that came with the newest offer of a poll, of which nothing else is remembered. */
  @GuardedBy("lock")
  private ResumeRequest newestPoll = new ResumeRequest(true, 0, 0, TransportName.POLLING, "attach");

  /** When the minute began in which offers are counted, and how many there were. */
  @GuardedBy("lock")
  private long countedSince;

  @GuardedBy("lock")
  private int offersCounted;

  /** The kind of the transport that was confirmed last. */
  @GuardedBy("lock")
  private TransportName confirmedKind;

  /** Whether the client has been heard beyond its opening: only then is it waited for. */
  @GuardedBy("lock")
  private boolean known;

  /** What cuts off the body of the POST that is on its way; null if none is. */
  @GuardedBy("lock")
  private @Nullable Runnable body;

  /** Whether no transport carries the session; written under the lock. */
  private volatile boolean detached;

  @GuardedBy("lock")
  private long windowDeadline = DeadlineWheel.NEVER;

  /** When a long-poll without a parked GET is dead. */
  @GuardedBy("lock")
  private long idleDeadline = DeadlineWheel.NEVER;

  @GuardedBy("lock")
  private long ackDeadline = DeadlineWheel.NEVER;

  /** Whether an acknowledgement leaves with the next write. */
  @GuardedBy("lock")
  private boolean ackDue;

  @GuardedBy("lock")
  private long goodbyeDeadline = DeadlineWheel.NEVER;

  /** Whether the goodbye no longer waits for acknowledgements. */
  @GuardedBy("lock")
  private boolean goodbyeDue;

  ResumableSession(
      String id, HandshakeRequest request, EngineSessions sessions, Transport transport) {
    super(id, request, sessions, transport);
    this.numbers = new Resumption(options.resume().buffer());
    this.confirmedKind = transport.name();
  }

  /** Whether a request belongs to this session, and to which transport of it. */
  public sealed interface Boarding permits Aboard, Refused {}

  /**
   * The request belongs to a transport.
   *
   * @param transport the one that carries the session
   */
  public record Aboard(Transport transport) implements Boarding {}

  /**
   * The request is refused, and nothing of it counts.
   *
   * @param why what the client is told
   */
  public record Refused(Dismissal why) implements Boarding {}

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
      return (offeredWebSocket == null ? 0 : 1) + (offeredStream == null ? 0 : 1);
    }
  }

  // Offers.

  /**
   * Offers a WebSocket or a stream to this session. It is started and told what has arrived; it
   * carries nothing else until the client confirms it. Any thread.
   *
   * @return why it is refused, and was not touched; null if it is taken
   */
  public @Nullable Dismissal attach(ResumeRequest asked, Transport transport) {
    long now = sessions.wheel().now();
    Track offered = new Track(transport, asked.generation(), asked.why());
    Track older;
    long received;
    synchronized (lock) {
      Dismissal refusal = judgeOffer(asked, now);
      if (refusal != null) {
        return refusal;
      }
      acknowledge(asked.ack());
      older = replaceOffer(transport.name(), offered);
      offered.expiresAt = now + OFFER_MILLIS;
      offered.greeting = true;
      received = numbers.received();
    }
    if (older != null) {
      older.transport.dismiss(Dismissal.OFFER_GONE);
    }
    transport.start(offered);
    if (transport.isWritable()) {
      transport.send(List.of(new EnginePacket.Received(received)));
    }
    sessions.wheel().watch(deadlines, now + OFFER_MILLIS);
    synchronized (lock) {
      offered.greeting = false;
    }
    // What the acknowledgement has made room for, or an early confirmation has left to us.
    pump();
    return null;
  }

  /**
   * Offers a long-poll to this session, of which nothing is remembered. Any thread.
   *
   * @return why it is refused; null if it may be confirmed
   */
  public @Nullable Dismissal attachPoll(ResumeRequest asked) {
    long now = sessions.wheel().now();
    synchronized (lock) {
      Dismissal refusal = judgeOffer(asked, now);
      if (refusal != null) {
        return refusal;
      }
      acknowledge(asked.ack());
      newestPoll = asked;
    }
    pump();
    return null;
  }

  @GuardedBy("lock")
  private @Nullable Dismissal judgeOffer(ResumeRequest asked, long now) {
    if (state == State.CLOSED) {
      return Dismissal.SESSION_OVER;
    }
    Track open = offer(asked.transport());
    if (asked.generation() <= numbers.confirmed()
        || open != null && asked.generation() < open.lane.generation()) {
      return Dismissal.STALE;
    }
    if (!numbers.isPossibleAck(asked.ack())) {
      return Dismissal.BAD_NUMBERS;
    }
    if (now - countedSince >= MINUTE) {
      countedSince = now;
      offersCounted = 0;
    }
    if (offersCounted >= options.resume().offersPerMinute()) {
      return Dismissal.TOO_MANY_OFFERS;
    }
    offersCounted++;
    return null;
  }

  @GuardedBy("lock")
  private @Nullable Track offer(TransportName kind) {
    return switch (kind) {
      case WEBSOCKET -> offeredWebSocket;
      case STREAM -> offeredStream;
      case POLLING -> null;
    };
  }

  @GuardedBy("lock")
  private @Nullable Track replaceOffer(TransportName kind, @Nullable Track by) {
    Track older = offer(kind);
    if (kind == TransportName.WEBSOCKET) {
      offeredWebSocket = by;
    } else {
      offeredStream = by;
    }
    return older;
  }

  /** Takes out the offers up to a generation. */
  @GuardedBy("lock")
  private List<Track> takeOffers(long upTo) {
    List<Track> taken = new ArrayList<>(2);
    if (offeredWebSocket != null && offeredWebSocket.lane.generation() <= upTo) {
      taken.add(offeredWebSocket);
      offeredWebSocket = null;
    }
    if (offeredStream != null && offeredStream.lane.generation() <= upTo) {
      taken.add(offeredStream);
      offeredStream = null;
    }
    return taken;
  }

  /** The first packet of an offered WebSocket confirms it, or ends it and nothing else. */
  @Override
  void receiveElsewhere(Carrier from, EnginePacket packet) {
    Track track = (Track) from;
    Switch done = null;
    Dismissal refusal = Dismissal.OFFER_GONE;
    long now = sessions.wheel().now();
    synchronized (lock) {
      if (state == State.CLOSED || offer(from.transport.name()) != track) {
        return;
      }
      if (packet instanceof EnginePacket.Received received
          && from.transport.name() == TransportName.WEBSOCKET) {
        if (numbers.isPossibleAck(received.number())) {
          done = confirm(track, received.number(), now);
        } else {
          refusal = Dismissal.BAD_NUMBERS;
        }
      }
      if (done == null) {
        replaceOffer(from.transport.name(), null);
      }
    }
    if (done == null) {
      from.transport.dismiss(refusal);
    } else {
      finish(done);
    }
  }

  @Override
  void loseElsewhere(Carrier from) {
    synchronized (lock) {
      TransportName kind = from.transport.name();
      if (offer(kind) == from) {
        replaceOffer(kind, null);
      }
    }
  }

  // Confirmation.

  /** What is to be done outside the lock after another transport has taken over. */
  private record Switch(
      Track from, Track to, boolean release, List<Track> offers, boolean tellResumed, long due) {}

  /** The one step by which another transport takes over. */
  @GuardedBy("lock")
  private Switch confirm(Track track, long ack, long now) {
    acknowledge(ack);
    numbers.confirm(track.lane);
    List<Track> lower = takeOffers(track.lane.generation());
    lower.remove(track);
    return carry(track, lower, now);
  }

  @GuardedBy("lock")
  private Switch carry(Track track, List<Track> lower, long now) {
    Track old = (Track) current;
    boolean wasDetached = detached;
    current = track;
    confirmedKind = track.transport.name();
    detached = false;
    known = true;
    windowDeadline = DeadlineWheel.NEVER;
    queue.bound(options.maxOutboundBytes(), 0);
    endBurst(old);
    // What came on the former transport may not be acknowledged yet.
    ackDue = false;
    ackDeadline = confirmedKind == TransportName.WEBSOCKET ? now + ACK_MILLIS : DeadlineWheel.NEVER;
    beat(track, now);
    note(confirmedKind, track.why, now);
    return new Switch(
        old, track, !pumping, lower, wasDetached && inbox.add(Inbox.Signal.RESUMED), due());
  }

  private void finish(Switch done) {
    sessions.wheel().watch(deadlines, done.due);
    if (done.release) {
      letGo(done.from);
    }
    done.offers.forEach(offer -> offer.transport.dismiss(Dismissal.OFFER_GONE));
    sessions.detached().remove(this);
    tellPause();
    TransportName to = done.to.transport.name();
    log.info("transport changed from {} to {}: {}", done.from.transport.name(), to, done.to.why);
    if (done.tellResumed) {
      deliver(Inbox.Signal.RESUMED);
    }
    if (to != done.from.transport.name()) {
      listener.onTransport(to);
    }
    pump();
    tellDrain();
  }

  @Override
  void letGo(Carrier replaced) {
    replaced.transport.dismiss(Dismissal.REPLACED);
  }

  // HTTP requests that say on=<g>.

  /**
   * Returns why a request would be refused by its numbers as they are now; null if it would not.
   * Changes nothing; any thread.
   */
  public @Nullable Dismissal judge(ResumeRequest asked) {
    synchronized (lock) {
      return judgeBoarding(asked);
    }
  }

  @GuardedBy("lock")
  private @Nullable Dismissal judgeBoarding(ResumeRequest asked) {
    if (state == State.CLOSED) {
      return Dismissal.SESSION_OVER;
    }
    if (!numbers.isPossibleAck(asked.ack())) {
      return Dismissal.BAD_NUMBERS;
    }
    long generation = asked.generation();
    boolean poll = asked.transport() == TransportName.POLLING;
    if (generation < numbers.confirmed()
        || generation == numbers.confirmed() && confirmedKind != asked.transport()) {
      return Dismissal.STALE;
    }
    if (generation == numbers.confirmed()) {
      return detached && !poll ? Dismissal.OFFER_GONE : null;
    }
    Track offered = offeredStream;
    boolean open = offered != null && offered.lane.generation() == generation;
    return poll || open ? null : Dismissal.OFFER_GONE;
  }

  /**
   * Takes a whole request of a transport: the first one of an offer confirms it, one of a long-poll
   * that was dead here revives it, and each counts as a sign of life. Any thread.
   *
   * @param poll makes the transport of a long-poll that is not here yet
   */
  public Boarding board(ResumeRequest asked, Supplier<? extends Transport> poll) {
    long now = sessions.wheel().now();
    Switch done = null;
    Transport aboard;
    long due;
    synchronized (lock) {
      Dismissal refusal = judgeBoarding(asked);
      if (refusal != null) {
        return new Refused(refusal);
      }
      known = true;
      if (asked.generation() > numbers.confirmed()) {
        Track track = offeredStream;
        if (asked.transport() == TransportName.POLLING) {
          boolean newest = newestPoll.generation() == asked.generation();
          String why = newest ? newestPoll.why() : asked.why();
          track = new Track(poll.get(), asked.generation(), why);
        }
        if (track == null) {
          throw new AssertionError("an offer that was judged to be open");
        }
        done = confirm(track, asked.ack(), now);
      } else if (detached) {
        Track track = new Track(poll.get(), asked.generation(), "revived");
        acknowledge(asked.ack());
        numbers.revive(track.lane);
        done = carry(track, List.of(), now);
      } else {
        acknowledge(asked.ack());
        beat((Track) current, now);
      }
      aboard = current.transport;
      due = due();
    }
    if (done == null) {
      sessions.wheel().watch(deadlines, due);
      pump();
      tellDrain();
    } else {
      if (done.to.transport.name() == TransportName.POLLING) {
        aboard.start(done.to);
      }
      finish(done);
    }
    return new Aboard(aboard);
  }

  /**
   * Notes that the body of a POST is on its way; there is one at a time.
   *
   * @param cut what cuts it off
   * @return what cuts off the one before, which is to be run; null if there is none
   */
  public @Nullable Runnable beginBody(Runnable cut) {
    synchronized (lock) {
      Runnable older = body;
      body = cut;
      return older;
    }
  }

  /** Returns whether a body that has ended is the one that was noted last, and forgets it. */
  public boolean endBody(Runnable cut) {
    synchronized (lock) {
      boolean noted = body == cut;
      body = noted ? null : body;
      return noted;
    }
  }

  /**
   * Takes the packets of a POST that has arrived as a whole. Any thread.
   *
   * @param asked the request, which has {@link #board boarded}
   * @param violation what is wrong behind the last packet; null if nothing is
   * @return why it is refused, and nothing of it counts; null if it was taken
   */
  public @Nullable Dismissal receiveBody(
      ResumeRequest asked, List<EnginePacket> packets, @Nullable String violation) {
    String wrong = null;
    boolean goodbye = false;
    Object first = null;
    synchronized (lock) {
      Dismissal refusal = judgeBoarding(asked);
      if (refusal != null) {
        return refusal;
      }
      Track track = (Track) current;
      if (detached || track.lane.generation() != asked.generation()) {
        return Dismissal.OFFER_GONE;
      }
      track.lane.beginBody();
      corks++;
      for (EnginePacket packet : packets) {
        if (packet instanceof EnginePacket.Close) {
          goodbye = true;
          break;
        }
        if (packet instanceof EnginePacket.Text || packet instanceof EnginePacket.Binary) {
          Resumption.Arrival arrival = numbers.arrive(track.lane, size(packet));
          if (arrival == Resumption.Arrival.UNNUMBERED) {
            wrong = Resumption.Violation.PROTOCOL_ERROR.wording();
          } else if (arrival == Resumption.Arrival.NEW && state == State.OPEN) {
            first = inbox.add(packet) ? packet : first;
          }
        } else {
          wrong = control(track, packet);
        }
        if (wrong != null) {
          break;
        }
      }
      wrong = wrong != null || goodbye ? wrong : violation;
      // The POST's answer says what has arrived.
      numbers.acknowledged();
      first = inbox.add(Inbox.Signal.BURST_END) ? Inbox.Signal.BURST_END : first;
    }
    if (first != null) {
      deliver(first);
    }
    uncork();
    if (goodbye) {
      endByClient();
    } else if (wrong != null) {
      violated(wrong);
      return Dismissal.SESSION_OVER;
    }
    pump();
    tellDrain();
    return null;
  }

  /** Ends the session because a POST is larger than it may be: a replay would be, too. */
  public void tooLarge() {
    violated("too large");
  }

  // What comes up from the current transport.

  @Override
  void receive(Carrier from, EnginePacket packet) {
    if (packet instanceof EnginePacket.Text || packet instanceof EnginePacket.Binary) {
      receiveMessage((Track) from, packet);
    } else {
      receiveControl((Track) from, packet);
    }
  }

  private void receiveMessage(Track from, EnginePacket packet) {
    long now = sessions.wheel().now();
    boolean deliver = false;
    boolean ack;
    long due = DeadlineWheel.NEVER;
    synchronized (lock) {
      if (from != current || state == State.CLOSED) {
        return;
      }
      Resumption.Arrival arrival = numbers.arrive(from.lane, size(packet));
      if (arrival == Resumption.Arrival.UNNUMBERED) {
        deliver = false;
        ack = false;
        due = -1;
      } else {
        known = true;
        if (!from.bursting) {
          beat(from, now);
          due = due();
        }
        if (arrival == Resumption.Arrival.NEW && state == State.OPEN) {
          beginBurst(from);
          deliver = inbox.add(packet);
        }
        if (ackDeadline == DeadlineWheel.NEVER) {
          ackDeadline = now + ACK_MILLIS;
          due = Math.min(due, ackDeadline);
        }
        ack = numbers.owesAck();
        ackDue |= ack;
      }
    }
    if (due < 0) {
      violated(Resumption.Violation.PROTOCOL_ERROR.wording());
      return;
    }
    if (due != DeadlineWheel.NEVER) {
      sessions.wheel().watch(deadlines, due);
    }
    if (deliver) {
      deliver(packet);
    }
    if (ack) {
      pump(true);
    }
  }

  private void receiveControl(Track from, EnginePacket packet) {
    long now = sessions.wheel().now();
    String wrong = null;
    boolean goodbye = packet instanceof EnginePacket.Close;
    long due;
    synchronized (lock) {
      if (from != current || state == State.CLOSED) {
        return;
      }
      beat(from, now);
      due = due();
      if (!goodbye) {
        wrong = control(from, packet);
      }
    }
    sessions.wheel().watch(deadlines, due);
    if (goodbye) {
      endByClient();
    } else if (wrong != null) {
      violated(wrong);
    } else {
      pump();
      tellDrain();
    }
  }

  /** Acts on a packet that is no message; returns what is wrong with it, or null. */
  @GuardedBy("lock")
  private @Nullable String control(Track from, EnginePacket packet) {
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

  private static int size(EnginePacket message) {
    return message instanceof EnginePacket.Text text
        ? text.length() + 1
        : ((EnginePacket.Binary) message).bytes().length;
  }

  /** Forgets what the client has; the numbers were found possible. */
  @GuardedBy("lock")
  private void acknowledge(long number) {
    long freed = numbers.acknowledge(number, ((Track) current).lane);
    if (freed > 0) {
      queue.released(freed);
      if (detached) {
        boundWhileDetached();
      }
      if (blocked > 0) {
        lock.notifyAll();
      }
    }
  }

  /** A sign of life: the deadlines of the current transport start anew. */
  @GuardedBy("lock")
  private void beat(Track track, long now) {
    heartbeat.restart(now);
    idleDeadline = track.isPoll() ? now + options.pingTimeout() : DeadlineWheel.NEVER;
  }

  // To the listener.

  /** Delivers what this thread was told to, and then all that has come meanwhile. */
  private void deliver(Object first) {
    try {
      for (Object item = first; item != null; item = nextInInbox()) {
        tell(item);
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

  private void tell(Object item) {
    if (item instanceof EnginePacket.Text text) {
      listener.onText(text);
    } else if (item instanceof EnginePacket.Binary binary) {
      listener.onBinary(binary.bytes());
    } else {
      switch ((Inbox.Signal) item) {
        case BURST_END -> listener.onBurstEnd();
        case DETACHED -> listener.onDetached();
        case RESUMED -> listener.onResumed();
      }
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
    track.controls.add(open);
    if (greeting != null) {
      queue.add(greeting);
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
    return !pumping && current.transport.isWritable() && !numbers.isPaused();
  }

  @Override
  @GuardedBy("lock")
  List<? extends Outgoing> take(Carrier to) {
    Track track = (Track) to;
    if (track.greeting || !to.transport.isWritable()) {
      return List.of();
    }
    List<Outgoing> batch = new ArrayList<>(4);
    batch.addAll(track.controls);
    track.controls.clear();
    if (ackDue) {
      batch.add(new EnginePacket.Received(numbers.received()));
      numbers.acknowledged();
      ackDue = false;
      ackDeadline = DeadlineWheel.NEVER;
    }
    numbers.take(track.lane, track.isPoll(), queue, batch);
    if (goodbyeDue && !track.saidGoodbye && queue.isEmpty() && numbers.isWritten(track.lane)) {
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
    long at = sessions.wheel().now() + GOODBYE_MILLIS;
    synchronized (lock) {
      if (state == State.OPEN) {
        goodbyeDeadline = at;
      }
    }
    sessions.wheel().watch(deadlines, at);
    super.close();
  }

  @Override
  @GuardedBy("lock")
  boolean closesWith(Carrier to) {
    return queue.isEmpty() && numbers.isAcked();
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
    List<Track> offers;
    synchronized (lock) {
      offers = takeOffers(Long.MAX_VALUE);
    }
    sessions.detached().remove(this);
    offers.forEach(offer -> offer.transport.dismiss(Dismissal.SESSION_OVER));
    last.transport.dismiss(Dismissal.SESSION_OVER);
  }

  private void endByClient() {
    end(CloseReason.TRANSPORT_CLOSE, "client closed", true);
  }

  private void violated(String description) {
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
        current = new Track(new Nowhere(track.transport.name()), track.lane.generation(), code);
        detached = true;
        endBurst(track);
        heartbeat.stop();
        idleDeadline = DeadlineWheel.NEVER;
        ackDeadline = DeadlineWheel.NEVER;
        ackDue = false;
        windowDeadline = now + options.resume().window();
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
    pump();
    spend();
  }

  @GuardedBy("lock")
  private void boundWhileDetached() {
    Keep keep = numbers.keep();
    long beside = keep.weight() - keep.bytes();
    queue.bound(options.resume().buffer() - beside, Keep.OVERHEAD);
  }

  /** Reports what this session holds while it is detached, and ends who holds too much. */
  private void spend() {
    long weight;
    synchronized (lock) {
      Keep keep = numbers.keep();
      weight = queue.bytes() + (keep.weight() - keep.bytes()) + queue.size() * (long) Keep.OVERHEAD;
    }
    DetachedSessions all = sessions.detached();
    ResumableSession most = all.put(this, weight);
    if (!detached || !isPresent()) {
      all.remove(this);
    }
    while (most != null) {
      most.evict();
      all.remove(most);
      most = all.excess();
    }
  }

  private boolean isPresent() {
    synchronized (lock) {
      return state != State.CLOSED;
    }
  }

  /** Ends this session, if it is detached, for the good of all. */
  private void evict() {
    if (detached) {
      log.info("session ended: detached sessions hold more than they may");
      end(CloseReason.TRANSPORT_ERROR, "budget", false);
    }
  }

  // Time.

  @Override
  @GuardedBy("lock")
  long due() {
    long offers = DeadlineWheel.NEVER;
    if (offeredWebSocket != null) {
      offers = offeredWebSocket.expiresAt;
    }
    if (offeredStream != null) {
      offers = Math.min(offers, offeredStream.expiresAt);
    }
    long next = Math.min(Math.min(heartbeat.next(), idleDeadline), Math.min(offers, ackDeadline));
    return Math.min(Math.min(next, windowDeadline), Math.min(goodbyeDeadline, closeDeadline));
  }

  @Override
  long onDeadline(long now) {
    CloseReason over = null;
    Track dead = null;
    List<Track> expired = new ArrayList<>(0);
    boolean pump = false;
    long next;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return DeadlineWheel.NEVER;
      }
      Track track = (Track) current;
      if (now >= closeDeadline) {
        over = CloseReason.FORCED_CLOSE;
      } else if (now >= windowDeadline) {
        over = CloseReason.TRANSPORT_CLOSE;
      }
      if (heartbeat.takePing(now)) {
        track.control(EnginePacket.PING);
        pump = true;
      }
      if (now >= ackDeadline) {
        ackDeadline = DeadlineWheel.NEVER;
        ackDue = true;
        pump = true;
      }
      if (now >= goodbyeDeadline) {
        goodbyeDeadline = DeadlineWheel.NEVER;
        goodbyeDue = true;
        pump = true;
      }
      if (isDead(track, now)) {
        dead = track;
      }
      takeExpired(offeredWebSocket, now, expired);
      takeExpired(offeredStream, now, expired);
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
    } else if (pump) {
      pump(true);
    }
    return next;
  }

  @GuardedBy("lock")
  private boolean isDead(Track track, long now) {
    if (pauses > 0 && heartbeat.isMissed(now)) {
      heartbeat.excuse(now);
    }
    if (now >= idleDeadline && (pauses > 0 || track.transport.isWritable())) {
      idleDeadline = now + options.pingTimeout();
    }
    return heartbeat.isMissed(now) || now >= idleDeadline;
  }

  @GuardedBy("lock")
  private void takeExpired(@Nullable Track offer, long now, List<Track> expired) {
    if (offer != null && now >= offer.expiresAt) {
      replaceOffer(offer.transport.name(), null);
      expired.add(offer);
    }
  }

  /** A transport with its numbers in this session. */
  private final class Track extends Carrier {
    private final Resumption.Lane lane;
    private final String why;

    /** Packets that go before messages; guarded by the session's lock, as all below. */
    private final List<EnginePacket> controls = new ArrayList<>(1);

    /** Whether its first word is on its way, so that nobody else writes. */
    private boolean greeting;

    /** When it is no longer an open offer. */
    private long expiresAt = DeadlineWheel.NEVER;

    private boolean saidGoodbye;

    Track(Transport transport, long generation, String why) {
      super(transport);
      this.lane = new Resumption.Lane(generation);
      this.why = why;
    }

    boolean isPoll() {
      return transport.name() == TransportName.POLLING;
    }

    void control(EnginePacket packet) {
      if (controls.size() < MAX_CONTROLS) {
        controls.add(packet);
      }
    }

    /** A client that gave up its poll may come back: its silence is counted from now on. */
    @Override
    public void onIdle() {
      long now = sessions.wheel().now();
      long due;
      synchronized (lock) {
        if (this != current || state == State.CLOSED) {
          return;
        }
        beat(this, now);
        due = due();
      }
      sessions.wheel().watch(deadlines, due);
    }
  }

  @Override
  Carrier carrier(Transport transport) {
    return new Track(transport, 0, "open");
  }

  /**
   * Stands in the place of a transport that has died.
   *
   * @param name what it was
   */
  private record Nowhere(TransportName name) implements Transport {
    @Override
    public void start(Events events) {}

    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public void send(List<? extends Outgoing> batch) {
      throw new IllegalStateException("nothing is sent to a transport that has died");
    }

    @Override
    public void close() {}

    @Override
    public void release() {}

    @Override
    public void setReceiving(boolean receiving) {}
  }
}

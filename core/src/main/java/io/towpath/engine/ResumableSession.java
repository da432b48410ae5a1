package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session that outlives its transports: they are offered, prove themselves alive, are confirmed
 * by the client, and die, while messages keep their numbers and arrive once and in order. The
 * protocol is {@code docs/resumable-sessions.md}.
 *
 * <p>Threads: as {@link EngineSession}.
 */
public non-sealed class ResumableSession extends NumberedSession {
  /** What cuts off the body of the POST that is on its way; null if none is. */
  @GuardedBy("lock")
  private @Nullable Runnable body;

  ResumableSession(
      String id, HandshakeRequest request, EngineSessions sessions, Transport transport) {
    this(
        id,
        request,
        sessions,
        transport,
        new Resumption(sessions.options().resume().buffer()),
        new Offers<>(sessions.options().resume().offersPerMinute()));
  }

  /** Creates a session with numbers and offers of the caller's; tests plant faults in them. */
  ResumableSession(
      String id,
      HandshakeRequest request,
      EngineSessions sessions,
      Transport transport,
      Resumption numbers,
      Offers<Track> offers) {
    super(id, request, sessions, transport, numbers, offers);
  }

  /** A resumable session is not upgraded: transports are {@link #attach attached} to it. */
  @Override
  public void offer(Transport transport) {
    transport.start(new Track(this, transport, 0, ""));
    transport.close();
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
    Track offered = new Track(this, transport, asked.generation(), asked.why());
    Track older;
    long received;
    synchronized (lock) {
      Dismissal refusal = judgeOffer(asked, now);
      if (refusal != null) {
        return refusal;
      }
      acknowledge(asked.ack());
      older = offers.put(offered, offered.lane.generation(), now);
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
    sessions.wheel().watch(deadlines, now + Offers.OPEN_MILLIS);
    synchronized (lock) {
      offered.greeting = false;
    }
    // What the acknowledgement has made room for, or an early confirmation has left to us.
    pump.run();
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
      offers.notePoll(asked);
    }
    pump.run();
    return null;
  }

  @GuardedBy("lock")
  private @Nullable Dismissal judgeOffer(ResumeRequest asked, long now) {
    if (state == State.CLOSED) {
      return Dismissal.SESSION_OVER;
    }
    Track open = offers.get(asked.transport());
    if (asked.generation() <= numbers.confirmed()
        || open != null && asked.generation() < open.lane.generation()) {
      return Dismissal.STALE;
    }
    if (!numbers.isPossibleAck(asked.ack())) {
      return Dismissal.BAD_NUMBERS;
    }
    return offers.count(now) ? null : Dismissal.TOO_MANY_OFFERS;
  }

  /** The first packet of an offered WebSocket confirms it, or ends it and nothing else. */
  @Override
  void receiveElsewhere(Carrier from, EnginePacket packet) {
    Track track = (Track) from;
    Switch done = null;
    Dismissal refusal = Dismissal.OFFER_GONE;
    long now = sessions.wheel().now();
    synchronized (lock) {
      if (state == State.CLOSED || offers.get(from.transport.name()) != track) {
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
        offers.remove(track);
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
      offers.remove((Track) from);
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
    List<Track> lower = offers.takeUpTo(track.lane.generation());
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
    outflow.bound(options.maxOutboundBytes(), 0);
    outflow.endBurst(old);
    // What came on the former transport may not be acknowledged yet.
    ackDue = false;
    times.attached(confirmedKind == TransportName.WEBSOCKET, now);
    beat(track, now);
    note(confirmedKind, track.why, now);
    return new Switch(
        old,
        track,
        !outflow.isWriting(),
        lower,
        wasDetached && inbox.add(Inbox.Signal.RESUMED),
        due());
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
    pump.run();
    pump.tellDrain();
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
    Track offered = offers.get(TransportName.STREAM);
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
        return new Boarding.Refused(refusal);
      }
      known = true;
      if (asked.generation() > numbers.confirmed()) {
        Track track = offers.get(TransportName.STREAM);
        if (asked.transport() == TransportName.POLLING) {
          track = new Track(this, poll.get(), asked.generation(), offers.whyOfPoll(asked));
        }
        if (track == null) {
          throw new AssertionError("an offer that was judged to be open");
        }
        done = confirm(track, asked.ack(), now);
      } else if (detached) {
        Track track = new Track(this, poll.get(), asked.generation(), "revived");
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
      pump.run();
      pump.tellDrain();
    } else {
      if (done.to.transport.name() == TransportName.POLLING) {
        aboard.start(done.to);
      }
      finish(done);
    }
    return new Boarding.Aboard(aboard);
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
      outflow.cork();
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
    pump.run();
    pump.tellDrain();
    return null;
  }

  /** Ends the session because a POST is larger than it may be: a replay would be, too. */
  public void tooLarge() {
    violated("too large");
  }
}

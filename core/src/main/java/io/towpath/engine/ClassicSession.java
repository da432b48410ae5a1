package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session as every client of Engine.IO knows it: one transport carries it, from polling it may be
 * upgraded once, and it ends with its transport. Speaks revision 4, and 3 to clients that do.
 *
 * <p>Threads: as {@link EngineSession}.
 */
final class ClassicSession extends EngineSession {
  /** Between two noops that an upgrading session sends to hurry parked polls; reference: 100 ms. */
  private static final long NOOP_PAUSE_MILLIS = 100;

  /** Whether the client speaks revision 3, and asks for signs of life itself. */
  private final boolean revision3;

  /** An upgrade in progress; written under the lock, read without it as a hint. */
  private volatile @Nullable Carrier candidate;

  /** Whether the candidate has been probed. */
  @GuardedBy("lock")
  private boolean probed;

  @GuardedBy("lock")
  private long upgradeDeadline = DeadlineWheel.NEVER;

  /** When the next noop may go to a parked poll of an upgrading session. */
  @GuardedBy("lock")
  private long nextNoopAt = DeadlineWheel.NEVER;

  ClassicSession(
      String id, HandshakeRequest request, EngineSessions sessions, Transport transport) {
    this(
        id,
        request,
        sessions,
        transport,
        sessions.options().allowEio3() && request.protocol() == 3);
  }

  private ClassicSession(
      String id,
      HandshakeRequest request,
      EngineSessions sessions,
      Transport transport,
      boolean revision3) {
    super(id, request, sessions, transport, new Heartbeat(sessions.options(), revision3));
    this.revision3 = revision3;
  }

  @Override
  public int protocol() {
    return revision3 ? 3 : 4;
  }

  @Override
  public boolean isUpgrading() {
    synchronized (lock) {
      return candidate != null && probed;
    }
  }

  // The pump.

  @Override
  @GuardedBy("lock")
  void begin(EnginePacket.Open open, @Nullable MessageBatch greeting) {
    outflow.begin(open, greeting);
  }

  @Override
  @GuardedBy("lock")
  boolean canWrite() {
    return !outflow.isWriting() && current.transport.isWritable();
  }

  @Override
  @GuardedBy("lock")
  List<? extends Outgoing> take(Carrier to) {
    return outflow.isEmpty() || !to.transport.isWritable() ? List.of() : outflow.take();
  }

  @Override
  @GuardedBy("lock")
  void written() {
    outflow.written();
    if (outflow.isAwaited()) {
      lock.notifyAll();
    }
  }

  @Override
  @GuardedBy("lock")
  boolean isWritten() {
    return outflow.isWritten();
  }

  @Override
  void letGo(Carrier replaced) {
    replaced.transport.release();
  }

  @Override
  @GuardedBy("lock")
  boolean closesWith(Carrier to) {
    return outflow.isEmpty();
  }

  @Override
  void closeLast(Carrier last) {
    last.transport.close();
  }

  @Override
  long closeTimeout() {
    return options.closeTimeout();
  }

  // What comes up from the current transport.

  @Override
  void receive(Carrier from, EnginePacket packet) {
    if (packet instanceof EnginePacket.Text || packet instanceof EnginePacket.Binary) {
      synchronized (lock) {
        if (state != State.OPEN) {
          return;
        }
        extendPongOnce();
        outflow.beginBurst(from);
      }
      if (packet instanceof EnginePacket.Text text) {
        listener.onText(text);
      } else {
        listener.onBinary(((EnginePacket.Binary) packet).bytes());
      }
    } else if (packet instanceof EnginePacket.Pong && !revision3) {
      long now = sessions.wheel().now();
      synchronized (lock) {
        heartbeat.restart(now);
      }
      // The wheel may know only the end of the pong's wait, which can be later.
      sessions.wheel().watch(deadlines, now + options.pingInterval());
    } else if (packet instanceof EnginePacket.Ping && revision3) {
      answerPing();
    } else if (packet instanceof EnginePacket.Ping || packet instanceof EnginePacket.Pong) {
      end(CloseReason.TRANSPORT_ERROR, "invalid heartbeat direction", false);
    } else if (packet instanceof EnginePacket.Close) {
      // The reference ignores it on WebSocket and waits for the heartbeat to fail; the peer has
      // said what it wants.
      end(CloseReason.TRANSPORT_CLOSE, null, true);
    }
    // Open, upgrade and noop say nothing on an open session, but that the peer is there.
    if (packet instanceof EnginePacket.Open
        || packet instanceof EnginePacket.Upgrade
        || packet instanceof EnginePacket.Noop) {
      synchronized (lock) {
        extendPongOnce();
      }
    }
  }

  /** Revision 3: the client's ping, whose data is not repeated. */
  private void answerPing() {
    long now = sessions.wheel().now();
    synchronized (lock) {
      if (state != State.OPEN) {
        return;
      }
      heartbeat.restart(now);
      outflow.add(EnginePacket.PONG);
    }
    pump.run();
  }

  @GuardedBy("lock")
  private void extendPongOnce() {
    if (heartbeat.mayExtend()) {
      heartbeat.extendOnce(sessions.wheel().now());
    }
  }

  @Override
  void tellBurstEnd() {
    listener.onBurstEnd();
  }

  @Override
  void lose(Carrier from, CloseReason reason, @Nullable String description) {
    end(reason, description, false);
  }

  // The classic upgrade, server side:
  //
  //   client                         server
  //   WebSocket with sid   ----->    offer(): the candidate
  //   2probe               ----->    3probe, and noops for polls that are parked
  //   (its polls have ended) 5 ----> the candidate is current; the poll transport is let go
  //
  // Anything else on the candidate, its end, or the deadline drops the candidate and leaves the
  // session as it was.

  @Override
  public void offer(Transport transport) {
    Carrier offered = new Carrier(this, transport);
    long deadline = sessions.wheel().now() + options.upgradeTimeout();
    boolean taken;
    synchronized (lock) {
      taken =
          state == State.OPEN
              && candidate == null
              && current.transport.name() == TransportName.POLLING
              && transport.name() != TransportName.POLLING;
      if (taken) {
        candidate = offered;
        upgradeDeadline = deadline;
      }
    }
    transport.start(offered);
    if (taken) {
      sessions.wheel().watch(deadlines, deadline);
    } else {
      transport.close();
    }
  }

  @Override
  void receiveElsewhere(Carrier from, EnginePacket packet) {
    boolean isCandidate;
    synchronized (lock) {
      isCandidate = from == candidate;
    }
    if (isCandidate) {
      receiveOnCandidate(from, packet);
    }
  }

  private void receiveOnCandidate(Carrier from, EnginePacket packet) {
    if (packet instanceof EnginePacket.Ping ping
        && ping.data().equals("probe")
        && from.transport.isWritable()) {
      synchronized (lock) {
        probed |= candidate == from;
      }
      // From here on the client's 5 may come, and a GET that overtakes it.
      from.transport.send(List.of(new EnginePacket.Pong("probe")));
      long now = sessions.wheel().now();
      synchronized (lock) {
        if (candidate == from) {
          nextNoopAt = now;
        }
      }
      hurryParkedPoll(now);
    } else if (packet instanceof EnginePacket.Upgrade) {
      switchTo(from);
    } else {
      dropCandidate(from);
      from.transport.close();
    }
  }

  private void hurryParkedPoll(long now) {
    synchronized (lock) {
      if (candidate == null || now < nextNoopAt || state != State.OPEN) {
        return;
      }
      if (!current.transport.isWritable() || outflow.isWriting()) {
        nextNoopAt = now;
        return;
      }
      outflow.add(EnginePacket.NOOP);
      nextNoopAt = now + NOOP_PAUSE_MILLIS;
    }
    sessions.wheel().watch(deadlines, now + NOOP_PAUSE_MILLIS);
    pump.run();
  }

  @Override
  void currentIsWritable() {
    if (candidate != null) {
      hurryParkedPoll(sessions.wheel().now());
    }
  }

  private void switchTo(Carrier from) {
    Carrier old;
    boolean busy;
    long now = sessions.wheel().now();
    long nextPing;
    synchronized (lock) {
      if (candidate != from || state == State.CLOSED) {
        return;
      }
      old = current;
      current = from;
      forgetCandidate();
      nextPing = heartbeat.restart(now);
      written();
      busy = outflow.isWriting();
    }
    sessions.wheel().watch(deadlines, nextPing);
    if (!busy) {
      old.transport.release();
    }
    tellPause();
    note(from.transport.name(), "upgrade", now);
    log.debug("session upgraded from {} to {}", old.transport.name(), from.transport.name());
    listener.onTransport(from.transport.name());
    pump.run();
    pump.tellDrain();
  }

  @Override
  void loseElsewhere(Carrier from) {
    dropCandidate(from);
  }

  private void dropCandidate(Carrier from) {
    synchronized (lock) {
      if (candidate == from) {
        forgetCandidate();
      }
    }
  }

  @GuardedBy("lock")
  private void forgetCandidate() {
    candidate = null;
    probed = false;
    upgradeDeadline = DeadlineWheel.NEVER;
    nextNoopAt = DeadlineWheel.NEVER;
  }

  // The end.

  @Override
  void forget() {}

  @Override
  void sayGoodbye(Carrier last, boolean byPeer) {
    Carrier unfinished;
    synchronized (lock) {
      unfinished = candidate;
      forgetCandidate();
    }
    if (unfinished != null) {
      unfinished.transport.close();
    }
    if (byPeer || !last.transport.isWritable()) {
      // Nobody to say goodbye to: the peer has said it, or no poll is parked and none will find
      // this session.
      last.transport.release();
    } else {
      last.transport.close();
    }
  }

  // Time.

  @Override
  @GuardedBy("lock")
  long due() {
    return Math.min(heartbeat.next(), Math.min(upgradeDeadline, closeDeadline));
  }

  @Override
  long onDeadline(long now) {
    Carrier late = null;
    boolean ping = false;
    CloseReason over = null;
    long next;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return DeadlineWheel.NEVER;
      }
      if (now >= closeDeadline) {
        over = CloseReason.FORCED_CLOSE;
      } else if (heartbeat.takePing(now)) {
        ping = true;
        outflow.add(EnginePacket.PING);
      }
      if (pauses > 0 && heartbeat.isMissed(now)) {
        heartbeat.excuse(now);
      }
      if (heartbeat.isMissed(now)) {
        over = CloseReason.PING_TIMEOUT;
      }
      if (now >= upgradeDeadline && candidate != null) {
        late = candidate;
        forgetCandidate();
      }
      next = due();
      if (candidate != null && nextNoopAt > now) {
        next = Math.min(next, nextNoopAt);
      }
    }
    if (late != null) {
      late.transport.close();
    }
    if (over != null) {
      end(over, null, false);
      return DeadlineWheel.NEVER;
    }
    if (ping) {
      pump.run();
    }
    hurryParkedPoll(now);
    return next;
  }
}

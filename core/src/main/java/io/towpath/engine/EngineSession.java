package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: its current transport, what waits to be sent, its heartbeat and its end. Sessions
 * outlive the change of their transport.
 *
 * <p>Threads: any thread may send and close. One lock guards everything mutable, also what {@link
 * Pump}, {@link Outflow} and {@link Carrier} do for this session; it is never held across a call to
 * a transport, the scheduler or the listener, nor together with another one.
 */
public abstract sealed class EngineSession permits ClassicSession, NumberedSession {
  static final Logger log = LoggerFactory.getLogger(EngineSession.class);

  enum State {
    OPEN,
    /** Closed by this side: what is queued still leaves, nothing is accepted. */
    CLOSING,
    CLOSED
  }

  private final String id;
  final HandshakeRequest request;
  final EngineSessions sessions;
  final EngineOptions options;
  final Deadlines deadlines = new Deadlines();

  /** The lock; an object that is there anyway, because there are many sessions. */
  final Object lock = deadlines;

  private final TransportName firstTransport;
  private final long openedAt;

  /** Null until the transport changes. */
  @GuardedBy("lock")
  private @Nullable TransportHistory history;

  /** Set once, before the transport starts. */
  SessionListener listener = Unheard.INSTANCE;

  @GuardedBy("lock")
  State state = State.OPEN;

  /** Carries the session; written under the lock, read without it by its own I/O thread. */
  volatile Carrier current;

  /** What waits to be sent, and who may write it. */
  @GuardedBy("lock")
  final Outflow outflow;

  final Pump pump = new Pump(this);

  /** How many have asked for a pause in reading. */
  @GuardedBy("lock")
  int pauses;

  /** Whether a thread is telling the transport to pause or to go on. */
  @GuardedBy("lock")
  private boolean tellingPause;

  @GuardedBy("lock")
  final Heartbeat heartbeat;

  @GuardedBy("lock")
  long closeDeadline = DeadlineWheel.NEVER;

  EngineSession(
      String id,
      HandshakeRequest request,
      EngineSessions sessions,
      Transport transport,
      Heartbeat heartbeat) {
    this.id = id;
    this.request = request;
    this.sessions = sessions;
    this.options = sessions.options();
    this.outflow = new Outflow(sessions);
    this.current = carrier(transport);
    this.heartbeat = heartbeat;
    this.firstTransport = transport.name();
    this.openedAt = sessions.wheel().now();
  }

  /** Returns the session's id, which is a secret. */
  public String id() {
    return id;
  }

  /** Returns the request that opened this session. */
  public HandshakeRequest request() {
    return request;
  }

  /** Returns the revision of the protocol that this session speaks, 3 or 4. */
  public int protocol() {
    return 4;
  }

  /** Returns the transport that carries this session now; a hint. */
  public TransportName transport() {
    return current.transport.name();
  }

  /**
   * Returns the transport itself, for the requests of its own kind; null if another kind carries
   * the session.
   */
  public @Nullable Transport transport(TransportName name) {
    Transport transport = current.transport;
    return transport.name() == name ? transport : null;
  }

  /**
   * Returns which transports have carried this session, and why each came: the opening and the
   * newest 32 changes, oldest first. Any thread.
   */
  public List<TransportChange> transportHistory() {
    synchronized (lock) {
      return history == null
          ? List.of(new TransportChange(firstTransport, "open", 0))
          : history.list();
    }
  }

  /** Notes a change of the transport. */
  final void note(@Nullable TransportName transport, String reason, long now) {
    synchronized (lock) {
      if (history == null) {
        history = new TransportHistory(firstTransport, openedAt);
      }
      history.add(transport, reason, now);
    }
    sessions.transportCounts.add(transport, reason);
  }

  /** Gives the opening transport its place. */
  Carrier carrier(Transport transport) {
    return new Carrier(this, transport);
  }

  /**
   * Returns whether an upgrade has been probed and is not complete, so that the client's {@code 5}
   * may be on its way. Any thread.
   */
  public boolean isUpgrading() {
    return false;
  }

  /**
   * Takes a second transport as a candidate for an upgrade. It is closed at once if the session
   * cannot be upgraded: it is resumable, it is closing, on WebSocket already, or another upgrade is
   * under way. (The reference lets a second WebSocket take over a session that began on WebSocket;
   * we do not.)
   */
  public abstract void offer(Transport transport);

  /** Returns whether the session accepts messages. */
  public boolean isOpen() {
    synchronized (lock) {
      return state == State.OPEN;
    }
  }

  /**
   * Returns whether a message would leave at once; a hint. After false, {@link
   * SessionListener#onDrain} follows.
   */
  public boolean isWritable() {
    synchronized (lock) {
      boolean writable = state == State.OPEN && canWrite();
      if (!writable) {
        outflow.wantDrain();
      }
      return writable;
    }
  }

  /**
   * Returns whether no transport carries the session; only resumable sessions live on then. Any
   * thread.
   */
  public boolean isDetached() {
    return false;
  }

  /** Returns how many bytes wait to be sent. */
  public long bufferedBytes() {
    synchronized (lock) {
      return outflow.bytes();
    }
  }

  /** Returns how many messages this session went without, by its policy for slow consumers. */
  public long droppedMessages() {
    synchronized (lock) {
      return outflow.dropped();
    }
  }

  /**
   * Sets what happens when more waits for this peer than may, instead of what {@link
   * EngineOptions#slowConsumer} says. Any thread.
   */
  public void slowConsumer(SlowConsumer policy) {
    synchronized (lock) {
      outflow.policy(policy);
    }
  }

  /** Begins the session: the handshake packet goes first. Called once by {@link EngineSessions}. */
  void open(SessionListener newListener, String handshakeJson) {
    listener = newListener;
    long now = sessions.wheel().now();
    long first;
    synchronized (lock) {
      heartbeat.restart(now);
      begin(new EnginePacket.Open(handshakeJson), options.initialPacket());
      first = due();
    }
    sessions.wheel().watch(deadlines, first);
    Carrier carrier = current;
    carrier.transport.start(carrier);
    // What the listener says on opening leaves together with the handshake.
    listener.onOpen();
    pump.start();
  }

  /**
   * Queues a message and writes as soon as the transport takes it. Any thread; it may have to wait,
   * under {@link SlowConsumer#BLOCK}.
   *
   * @return whether it was accepted; false after the end, and when this message went past an
   *     outbound bound and ended the session. True does not mean delivered.
   */
  public boolean send(MessageBatch message) {
    return pump.send(message, false);
  }

  /** Sends a message if the transport can take it now, otherwise drops it. Any thread. */
  public boolean sendVolatile(MessageBatch message) {
    return pump.send(message, true);
  }

  /** Holds back writing until {@link #uncork}, so that a burst leaves in one write. Calls nest. */
  public void cork() {
    pump.cork();
  }

  /** Ends one {@link #cork} and writes what has been queued. */
  public void uncork() {
    pump.uncork();
  }

  /** Writes what is queued although the session is corked, because the burst takes long. */
  public void flush() {
    pump.flush();
  }

  /**
   * Stops or resumes taking messages from the peer; meanwhile no pong is missed. Calls nest:
   * reading goes on when everybody who stopped it has resumed it. Any thread.
   */
  public void setReceiving(boolean receive) {
    synchronized (lock) {
      pauses += receive ? -1 : 1;
      if (receive && pauses == 0) {
        heartbeat.excuse(sessions.wheel().now());
      }
    }
    tellPause();
  }

  /** Tells the transport whether to read, one call at a time, so that the last word is right. */
  final void tellPause() {
    while (true) {
      Carrier to;
      boolean receive;
      synchronized (lock) {
        to = current;
        receive = pauses <= 0;
        if (tellingPause || to.receiving == receive) {
          return;
        }
        tellingPause = true;
        to.receiving = receive;
      }
      to.transport.setReceiving(receive);
      synchronized (lock) {
        tellingPause = false;
      }
    }
  }

  /**
   * Ends the session from this side. What is queued still leaves, for {@link
   * EngineOptions#closeTimeout} at most; the listener then hears {@link CloseReason#FORCED_CLOSE}.
   * Any thread; repeated calls do nothing.
   */
  public void close() {
    long deadline = sessions.wheel().now() + closeTimeout();
    synchronized (lock) {
      if (state != State.OPEN) {
        return;
      }
      state = State.CLOSING;
      closeDeadline = deadline;
    }
    sessions.wheel().watch(deadlines, deadline);
    pump.flush();
  }

  /** Ends the session at once: what is queued is dropped. Any thread. */
  public void closeNow() {
    end(CloseReason.FORCED_CLOSE, null, false);
  }

  /** Ends the session at once because its client goes on in another one. Any thread. */
  public void takeOver() {
    end(CloseReason.TRANSPORT_CLOSE, "taken over", false);
  }

  /**
   * Returns whether the client has ended this session on purpose, so that nothing of it is kept for
   * its return. Always false in a classic session, where a goodbye is a {@code transport close}
   * like any other, as in the reference. Meaningful once the session has ended.
   */
  public boolean isEndedByClient() {
    return false;
  }

  /**
   * Acts on whatever is due by now, so that a request never sees a session that should have ended.
   * Any thread.
   *
   * @return whether the session is still there
   */
  public final boolean checkDeadlines() {
    long next = onDeadline(sessions.wheel().now());
    if (next != DeadlineWheel.NEVER) {
      sessions.wheel().watch(deadlines, next);
    }
    synchronized (lock) {
      return state != State.CLOSED;
    }
  }

  /** Ends the session because there is no room for a message. */
  void overflow() {
    log.info("session ended: the peer does not read, its outbound bound is reached");
    end(CloseReason.TRANSPORT_ERROR, "outbound bound reached", false);
  }

  /**
   * The one end of a session.
   *
   * @param byPeer whether the peer has said goodbye, so that nothing is said back
   */
  final void end(CloseReason reason, @Nullable String description, boolean byPeer) {
    Carrier last;
    CloseReason told;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      told = state == State.CLOSING ? CloseReason.FORCED_CLOSE : reason;
      state = State.CLOSED;
      last = current;
      outflow.clear();
      forget();
      lock.notifyAll();
    }
    sessions.remove(this);
    sessions.wheel().forget(deadlines);
    sayGoodbye(last, byPeer);
    listener.onClose(told, description);
  }

  // What the two kinds of sessions do differently. What is guarded by the lock decides; what is not
  // acts, without it.

  /** Queues what begins the session. */
  @GuardedBy("lock")
  abstract void begin(EnginePacket.Open open, @Nullable MessageBatch greeting);

  /** Returns whether what is queued now leaves at once. */
  @GuardedBy("lock")
  abstract boolean canWrite();

  /** Takes what the pump writes now; empty if that is nothing. */
  @GuardedBy("lock")
  abstract List<? extends Outgoing> take(Carrier to);

  /** The transport has written what it took. */
  @GuardedBy("lock")
  abstract void written();

  /** Returns whether nothing that was taken waits to be written. */
  @GuardedBy("lock")
  abstract boolean isWritten();

  /** Lets go of a transport in whose place another one is. */
  abstract void letGo(Carrier replaced);

  /** Returns whether a closing session with nothing to write closes its transport now. */
  @GuardedBy("lock")
  abstract boolean closesWith(Carrier to);

  /** Closes the transport of a session that is closing and has nothing left to write. */
  abstract void closeLast(Carrier last);

  /** How long a closing session may take. */
  abstract long closeTimeout();

  /** The current transport has brought a packet. */
  abstract void receive(Carrier from, EnginePacket packet);

  /** Another transport has brought a packet. */
  abstract void receiveElsewhere(Carrier from, EnginePacket packet);

  /** A burst of messages has been delivered. */
  abstract void tellBurstEnd();

  /** The current transport has become writable, and has been written to. */
  void currentIsWritable() {}

  /** The current transport has ended. */
  abstract void lose(Carrier from, CloseReason reason, @Nullable String description);

  /** Another transport has ended. */
  abstract void loseElsewhere(Carrier from);

  /** Forgets what only a living session needs. */
  @GuardedBy("lock")
  abstract void forget();

  /** Ends the last transport of a session that is over, and whatever else it has. */
  abstract void sayGoodbye(Carrier last, boolean byPeer);

  /** Returns when something is due next. */
  @GuardedBy("lock")
  abstract long due();

  /** Does what is due and returns when something is due next. */
  abstract long onDeadline(long now);

  /** Everything of this session that waits for a time, in one place of the wheel. */
  final class Deadlines extends DeadlineWheel.Entry {
    @Override
    protected long onDeadline(long now) {
      return EngineSession.this.onDeadline(now);
    }
  }

  /** Stands in until the session is opened. */
  private enum Unheard implements SessionListener {
    INSTANCE;

    @Override
    public void onText(EnginePacket.Text message) {}

    @Override
    public void onBinary(byte[] message) {}

    @Override
    public void onClose(CloseReason reason, @Nullable String description) {}
  }
}

package io.towpath.engine;

import io.towpath.engine.EngineSession.State;
import org.jspecify.annotations.Nullable;

/**
 * A transport and its place in a session, which goes on when another one takes that place. What a
 * transport says that has lost its place, or has not got it yet, is the session's to judge; the
 * cork of its burst is taken back in any case.
 *
 * <p>Threads: those of the transport; what can change is guarded by the session's lock.
 */
class Carrier implements Transport.Events {
  final Transport transport;

  /** Where fan-outs have this transport written; null if they write it themselves. */
  final @Nullable WriteTurns turns;

  private final EngineSession session;

  /** Whether a burst from this transport holds a cork; guarded by the session's lock. */
  boolean bursting;

  /** Whether it has been told to close; guarded by the session's lock. */
  boolean closing;

  /** Whether it was told to read; guarded by the session's lock. */
  boolean receiving = true;

  Carrier(EngineSession session, Transport transport) {
    this.session = session;
    this.transport = transport;
    this.turns = session.sessions.turns(transport.ioThread());
  }

  @Override
  public void onPacket(EnginePacket packet) {
    if (this == session.current) {
      session.receive(this, packet);
      return;
    }
    session.receiveElsewhere(this, packet);
  }

  @Override
  public void onBurstEnd() {
    // A transport that was replaced in the middle of its burst still ends it.
    boolean heard = this == session.current;
    if (!heard) {
      synchronized (session.lock) {
        heard = bursting && session.state != State.CLOSED;
      }
    }
    if (heard) {
      session.tellBurstEnd();
    }
    session.pump.endBurst(this);
  }

  @Override
  public void onWritable() {
    if (this == session.current) {
      session.pump.onWritable();
    }
  }

  @Override
  public void onClosed(CloseReason reason, @Nullable String description) {
    if (this == session.current) {
      session.lose(this, reason, description);
    } else {
      session.loseElsewhere(this);
      session.pump.endBurst(this);
    }
  }
}

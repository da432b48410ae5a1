package io.towpath.engine;

import io.towpath.engine.EngineSession.State;
import java.util.ArrayList;
import java.util.List;

/**
 * A transport in a resumable session, with the numbers of what it brings and takes, and the packets
 * that go before messages. While it carries the session, what it brings is taken in here: numbered
 * and acknowledged by the session under its lock, then handed on.
 *
 * <p>Threads: as {@link Carrier}.
 */
final class Track extends Carrier {
  /** Control packets that may wait for one transport; more are dropped. */
  static final int MAX_CONTROLS = 8;

  final Resumption.Lane lane;
  final String why;
  private final NumberedSession session;

  /** Packets that go before messages; guarded by the session's lock, as all below. */
  private final List<EnginePacket> controls = new ArrayList<>(1);

  /** Whether its first word is on its way, so that nobody else writes. */
  boolean greeting;

  /** Whether the client has been told that the session ends; never on a poll, which may be lost. */
  boolean saidGoodbye;

  Track(NumberedSession session, Transport transport, long generation, String why) {
    super(session, transport);
    this.session = session;
    this.lane = new Resumption.Lane(generation);
    this.why = why;
  }

  /** Returns the generation under which it was offered. */
  long generation() {
    return lane.generation();
  }

  boolean isPoll() {
    return transport.name() == TransportName.POLLING;
  }

  // What it takes before messages.

  /** Has a packet go before messages, if few wait; under the session's lock. */
  void control(EnginePacket packet) {
    if (controls.size() < MAX_CONTROLS) {
      controls.add(packet);
    }
  }

  /** Takes the packets that go before messages; under the session's lock. */
  void takeControls(List<Outgoing> out) {
    out.addAll(controls);
    controls.clear();
  }

  // What it brings while it carries the session.

  /** Takes in a packet. */
  void receive(EnginePacket packet) {
    if (packet instanceof EnginePacket.Text || packet instanceof EnginePacket.Binary) {
      receiveMessage(packet);
    } else {
      receiveControl(packet);
    }
  }

  private void receiveMessage(EnginePacket packet) {
    long now = session.sessions.wheel().now();
    boolean deliver = false;
    boolean ack;
    long due = DeadlineWheel.NEVER;
    synchronized (session.lock) {
      if (this != session.current || session.state == State.CLOSED) {
        return;
      }
      Resumption.Arrival arrival = session.numbers.arrive(lane, NumberedSession.size(packet));
      if (arrival == Resumption.Arrival.UNNUMBERED) {
        deliver = false;
        ack = false;
        due = -1;
      } else {
        session.known = true;
        if (!bursting) {
          session.beat(this, now);
          due = session.due();
        }
        if (arrival == Resumption.Arrival.NEW && session.state == State.OPEN) {
          session.outflow.beginBurst(this);
          deliver = session.inbox.add(packet);
        }
        if (session.times.oweAck(now)) {
          due = Math.min(due, session.times.next());
        }
        ack = session.numbers.owesAck();
        session.ackDue |= ack;
      }
    }
    if (due < 0) {
      session.violated(Resumption.Violation.PROTOCOL_ERROR.wording());
      return;
    }
    if (due != DeadlineWheel.NEVER) {
      session.sessions.wheel().watch(session.deadlines, due);
    }
    if (deliver) {
      session.deliver(packet);
    }
    if (ack) {
      session.pump.flush();
    }
  }

  private void receiveControl(EnginePacket packet) {
    long now = session.sessions.wheel().now();
    String wrong = null;
    boolean goodbye = packet instanceof EnginePacket.Close;
    long due;
    synchronized (session.lock) {
      if (this != session.current || session.state == State.CLOSED) {
        return;
      }
      session.beat(this, now);
      due = session.due();
      if (!goodbye) {
        wrong = session.control(this, packet);
      }
    }
    session.sessions.wheel().watch(session.deadlines, due);
    if (goodbye) {
      session.endByClient();
    } else if (wrong != null) {
      session.violated(wrong);
    } else {
      session.pump.run();
      session.pump.tellDrain();
    }
  }

  /** A client that gave up its poll may come back: its silence is counted from now on. */
  @Override
  public void onIdle() {
    long now = session.sessions.wheel().now();
    long due;
    synchronized (session.lock) {
      if (this != session.current || session.state == State.CLOSED) {
        return;
      }
      session.beat(this, now);
      due = session.due();
    }
    session.sessions.wheel().watch(session.deadlines, due);
  }
}

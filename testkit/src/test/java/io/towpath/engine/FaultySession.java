package io.towpath.engine;

import io.towpath.testkit.resume.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A resumable session with one planted fault, so that the model test can show that it would catch
 * it. What is not overridden is the real session.
 */
@SuppressWarnings("GuardedBy") // Called under the lock, as what is overridden.
public final class FaultySession extends ResumableSession {
  private final Fault fault;

  private FaultySession(
      Fault fault,
      String id,
      HandshakeRequest request,
      EngineSessions sessions,
      Transport transport) {
    super(
        id,
        request,
        sessions,
        transport,
        new FaultyNumbers(fault, sessions.options().resume().buffer()),
        new FaultyOffers<>(fault, sessions.options().resume().offersPerMinute()));
    this.fault = fault;
  }

  /** Returns a table whose sessions have a fault. */
  public static EngineSessions sessions(EngineOptions options, DeadlineWheel wheel, Fault fault) {
    return new EngineSessions(
        options,
        wheel,
        (id, request, sessions, transport) ->
            new FaultySession(fault, id, request, sessions, transport));
  }

  @Override
  public @Nullable Dismissal attach(ResumeRequest asked, Transport transport) {
    Track open;
    synchronized (lock) {
      open = offers.get(asked.transport());
    }
    if (fault == Fault.SERVER_CONFIRMS_DUPLICATE_OFFER
        && open != null
        && open.generation() == asked.generation()) {
      confirmAtOnce(asked, open);
      return Dismissal.STALE;
    }
    Dismissal refusal = super.attach(asked, transport);
    if (refusal == null && fault == Fault.SERVER_OFFERS_STOP_WINDOW) {
      synchronized (lock) {
        times.attached(false, 0);
      }
    }
    if (refusal == null && fault == Fault.SERVER_SKIPS_CONFIRM) {
      synchronized (lock) {
        open = offers.get(asked.transport());
      }
      if (open != null) {
        confirmAtOnce(asked, open);
      }
    }
    return refusal;
  }

  private void confirmAtOnce(ResumeRequest asked, Track open) {
    if (asked.transport() == TransportName.WEBSOCKET) {
      receiveElsewhere(open, new EnginePacket.Received(asked.ack()));
    } else {
      Boarding unused = board(ride(asked), FaultySession::noPoll);
    }
  }

  private static Transport noPoll() {
    throw new AssertionError("no poll is made here");
  }

  private static ResumeRequest ride(ResumeRequest asked) {
    return new ResumeRequest(
        false, asked.generation(), asked.ack(), asked.transport(), asked.why());
  }

  @Override
  public @Nullable Dismissal attachPoll(ResumeRequest asked) {
    Dismissal refusal = super.attachPoll(asked);
    if (refusal == null && fault == Fault.SERVER_CONFIRMS_POLL_OFFER) {
      Boarding unused = board(ride(asked), () -> new Nowhere(TransportName.POLLING));
    }
    return refusal;
  }

  @Override
  void beat(Track track, long now) {
    if (fault == Fault.SERVER_HAS_NO_LIVENESS) {
      heartbeat.stop();
    } else {
      super.beat(track, now);
    }
  }

  @Override
  List<? extends Outgoing> take(Carrier to) {
    List<? extends Outgoing> batch = super.take(to);
    if (fault != Fault.SERVER_EMITS_BEFORE_REPLAY || batch.size() < 3) {
      return batch;
    }
    int mark = -1;
    for (int i = 0; i < batch.size(); i++) {
      mark = batch.get(i) instanceof EnginePacket.Next ? i : mark;
    }
    if (mark < 0 || !(batch.get(batch.size() - 1) instanceof MessageBatch newest)) {
      return batch;
    }
    List<Outgoing> early = new ArrayList<>(batch.subList(0, batch.size() - 1));
    early.add(mark, newest);
    return early;
  }

  /** Numbers with a fault. */
  private static final class FaultyNumbers extends Resumption {
    private final Fault fault;
    private long newestAck;

    FaultyNumbers(Fault fault, long buffer) {
      super(buffer);
      this.fault = fault;
    }

    @Override
    long acknowledge(long number, @Nullable Lane current) {
      newestAck = number;
      boolean off = fault == Fault.SERVER_ACK_OFF;
      return super.acknowledge(off ? Math.min(number + 1, sent) : number, current);
    }

    @Override
    void confirm(Lane lane) {
      super.confirm(lane);
      if (fault == Fault.SERVER_SKIPS_REPLAY) {
        lane.cursor = Math.max(lane.cursor, sent + 1);
      }
      if (fault == Fault.SERVER_NO_MAX) {
        lane.cursor = newestAck + 1;
      }
    }

    @Override
    void take(Lane lane, boolean bodies, OutboundQueue queue, List<Outgoing> out) {
      if (fault == Fault.SERVER_NO_MAX && !bodies && lane.cursor <= keep.acked()) {
        // Reads what it has forgotten.
        keep.get(lane.cursor);
      }
      super.take(lane, bodies, queue, out);
    }

    @Override
    Arrival arrive(Lane lane, int size) {
      if (fault == Fault.SERVER_COUNTS_GLOBALLY && lane.next > 0) {
        lane.next = received + 1;
      }
      if (fault == Fault.SERVER_NO_DEDUP && lane.next > 0 && lane.next <= received) {
        lane.next++;
        return Arrival.NEW;
      }
      return super.arrive(lane, size);
    }
  }

  /** Offers with a fault. */
  private static final class FaultyOffers<T extends Carrier> extends Offers<T> {
    private final Fault fault;

    FaultyOffers(Fault fault, int perMinute) {
      super(perMinute);
      this.fault = fault;
    }

    @Override
    @Nullable T put(T transport, long generation, long now) {
      T older = super.put(transport, generation, now);
      return fault == Fault.SERVER_KEEPS_OFFERS ? null : older;
    }

    @Override
    List<T> takeUpTo(long generation) {
      List<T> taken = super.takeUpTo(generation);
      return fault == Fault.SERVER_KEEPS_OFFERS ? new ArrayList<>() : taken;
    }

    @Override
    List<T> takeExpired(long now) {
      return fault == Fault.SERVER_OFFERS_NEVER_EXPIRE ? List.of() : super.takeExpired(now);
    }

    @Override
    long nextExpiry() {
      return fault == Fault.SERVER_OFFERS_NEVER_EXPIRE ? DeadlineWheel.NEVER : super.nextExpiry();
    }
  }
}

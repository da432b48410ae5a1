package io.towpath.longpoll;

import io.towpath.engine.Boarding;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EngineError;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.ResumableSession;
import io.towpath.engine.ResumeRequest;
import io.towpath.engine.Scheduler;
import io.towpath.engine.TransportName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP requests of resumable sessions: offers of streams and long-polls, parked GETs, and POSTs
 * of either. Knows no session by itself; any thread. The rules are those of {@code
 * docs/resumable-sessions.md}, section "HTTP".
 */
public final class ResumableHttp {
  private final PollingOptions options;
  private final Scheduler scheduler;

  /** Creates the requests' way to their sessions. */
  public ResumableHttp(PollingOptions options, Scheduler scheduler) {
    this.options = options;
    this.scheduler = scheduler;
  }

  /** Returns the transport of a long-poll that opens a session; its GET is to be parked on it. */
  public ResumablePolling poll() {
    return new ResumablePolling(options, scheduler);
  }

  /** Takes a request of a session and sees to its answer. */
  public void onRequest(ResumableSession session, ResumeRequest asked, PollExchange exchange) {
    boolean get = exchange.method().equals("GET");
    if (asked.transport() == TransportName.WEBSOCKET) {
      exchange.respond(PollResponse.error(EngineError.BAD_REQUEST));
    } else if (get && asked.offer() && asked.transport() == TransportName.STREAM) {
      offerStream(session, asked, exchange);
    } else if (get && asked.offer()) {
      offerPoll(session, asked, exchange);
    } else if (get && asked.transport() == TransportName.POLLING) {
      onGet(session, asked, exchange);
    } else if (exchange.method().equals("POST") && !asked.offer()) {
      onPost(session, asked, exchange);
    } else {
      exchange.respond(PollResponse.error(EngineError.BAD_REQUEST));
    }
  }

  private void offerStream(ResumableSession session, ResumeRequest asked, PollExchange exchange) {
    StreamTransport stream = new StreamTransport(exchange, options, scheduler);
    Dismissal refusal = session.attach(asked, stream);
    if (refusal != null) {
      exchange.respond(PollResponse.refusal(refusal));
    }
  }

  private static void offerPoll(
      ResumableSession session, ResumeRequest asked, PollExchange exchange) {
    Dismissal refusal = session.attachPoll(asked);
    exchange.respond(refusal == null ? received(session) : PollResponse.refusal(refusal));
  }

  private void onGet(ResumableSession session, ResumeRequest asked, PollExchange exchange) {
    Boarding boarding = session.board(asked, this::poll);
    if (boarding instanceof Boarding.Aboard aboard
        && aboard.transport() instanceof ResumablePolling poll) {
      poll.park(exchange);
    } else {
      exchange.respond(PollResponse.refusal(refusal(boarding)));
    }
  }

  private static Dismissal refusal(Boarding boarding) {
    return boarding instanceof Boarding.Refused refused ? refused.why() : Dismissal.STALE;
  }

  /** Nothing of a POST counts until all of it is here; what is refused is not read. */
  private void onPost(ResumableSession session, ResumeRequest asked, PollExchange exchange) {
    Dismissal refusal = session.judge(asked);
    if (refusal != null) {
      exchange.respond(PollResponse.refusal(refusal));
      return;
    }
    PostBody body = new PostBody(session, asked, exchange);
    Runnable older = session.beginBody(body);
    if (older != null) {
      older.run();
    }
    exchange.receive(options.maxBodyBytes(), body);
  }

  private void onBody(
      ResumableSession session, ResumeRequest asked, PollExchange exchange, byte[] bytes) {
    PayloadCodec.Decoder decoder =
        new PayloadCodec.Decoder(bytes, options.maxPayloadPackets(), true);
    List<EnginePacket> packets = new ArrayList<>();
    if (bytes.length > 0) {
      for (EnginePacket packet = decoder.next(); packet != null; packet = decoder.next()) {
        packets.add(packet);
      }
    }
    Boarding boarding = session.board(asked, this::poll);
    if (boarding instanceof Boarding.Aboard aboard) {
      Post post = new Post(session, asked, exchange, packets, decoder.violation());
      if (aboard.transport() instanceof ResumablePolling poll) {
        poll.posts().take(post);
      } else if (aboard.transport() instanceof StreamTransport stream) {
        stream.posts().take(post);
      } else {
        exchange.respond(PollResponse.refusal(Dismissal.STALE));
      }
    } else {
      exchange.respond(PollResponse.refusal(refusal(boarding)));
    }
  }

  private static PollResponse received(ResumableSession session) {
    return PollResponse.payload(
        PayloadCodec.encode(List.of(new EnginePacket.Received(session.received()))));
  }

  /** A POST that has arrived as a whole. */
  static final class Post {
    private final ResumableSession session;
    private final ResumeRequest asked;
    private final PollExchange exchange;
    private final List<EnginePacket> packets;
    private final @Nullable String violation;

    /**
     * Creates a POST.
     *
     * @param violation what is wrong behind its last packet; null if nothing is
     */
    Post(
        ResumableSession session,
        ResumeRequest asked,
        PollExchange exchange,
        List<EnginePacket> packets,
        @Nullable String violation) {
      this.session = session;
      this.asked = asked;
      this.exchange = exchange;
      this.packets = packets;
      this.violation = violation;
    }

    /** Returns whether it brings nothing: it confirms, or acknowledges. */
    boolean isEmpty() {
      return packets.isEmpty();
    }

    /** Hands its packets to the session and answers. */
    void deliver() {
      Dismissal refusal = session.receiveBody(asked, packets, violation);
      exchange.respond(refusal == null ? received(session) : PollResponse.refusal(refusal));
    }

    /** Answers without having taken anything: the client will send it again. */
    void giveBack() {
      exchange.respond(received(session));
    }
  }

  /** Waits for the body of one POST; run, it is cut because a newer one has come. */
  private final class PostBody implements PollExchange.Body, Runnable {
    private final ResumableSession session;
    private final ResumeRequest asked;
    private final PollExchange exchange;

    PostBody(ResumableSession session, ResumeRequest asked, PollExchange exchange) {
      this.session = session;
      this.asked = asked;
      this.exchange = exchange;
    }

    @Override
    public void run() {
      exchange.destroy();
    }

    @Override
    public void complete(byte[] bytes) {
      if (session.endBody(this)) {
        onBody(session, asked, exchange, bytes);
      }
    }

    @Override
    public void tooLarge() {
      if (!session.endBody(this)) {
        return;
      }
      Dismissal refusal = session.judge(asked);
      if (refusal != null) {
        exchange.respond(PollResponse.refusal(refusal));
        return;
      }
      session.tooLarge();
      exchange.respond(PollResponse.TOO_LARGE);
    }

    @Override
    public void aborted() {
      session.endBody(this);
    }
  }
}

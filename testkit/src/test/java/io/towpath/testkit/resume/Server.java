package io.towpath.testkit.resume;

import io.towpath.engine.CloseReason;
import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.ResumableSession;
import io.towpath.engine.ResumableSessionProbe;
import io.towpath.engine.ResumeOptions;
import io.towpath.engine.SessionListener;
import io.towpath.engine.Transport;
import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollResponse;
import io.towpath.longpoll.PollingOptions;
import io.towpath.longpoll.ResumableHttp;
import io.towpath.longpoll.ResumablePolling;
import io.towpath.websocket.ByteLink;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketOptions;
import io.towpath.websocket.WebSocketTransport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The real server side: sessions and transports, with the endpoint's few lines between them. */
final class Server implements SessionListener {
  static final long PING_INTERVAL = 25_000;
  static final long PING_TIMEOUT = 20_000;
  static final long WINDOW = 60_000;
  static final long BUFFER = 9_000;
  static final long OUTBOUND = 27_000;

  /** What an offer lives, and the coarseness of the clock. */
  private static final long OFFER_MILLIS = 10_050;

  static final EngineOptions OPTIONS =
      EngineOptions.builder()
          .pingInterval(Duration.ofMillis(PING_INTERVAL))
          .pingTimeout(Duration.ofMillis(PING_TIMEOUT))
          .maxOutboundBytes(OUTBOUND)
          .resume(ResumeOptions.defaults().withWindow(Duration.ofMillis(WINDOW)).withBuffer(BUFFER))
          .build();

  static final WebSocketOptions OPTIONS_OF_WEBSOCKET = WebSocketOptions.builder().build();

  final App app;
  private final World world;
  private final EngineSessions sessions;
  private final ResumableHttp http;
  private @Nullable ResumableSession session;
  private @Nullable String over;
  private boolean closing;
  private long lastOfferAt;
  private int requests;
  private long peakBytes;
  private int peakOffers;
  private long confirmed;
  private int switches;
  private Runnable watcher = () -> {};

  Server(World world, EngineSessions sessions) {
    this.world = world;
    this.app = new App(world, "server");
    this.sessions = sessions;
    this.http = new ResumableHttp(PollingOptions.defaults(), world.scheduler);
  }

  static EngineSessions sessions(World world) {
    return new EngineSessions(OPTIONS, new DeadlineWheel(world.scheduler));
  }

  /** Calls somebody after everything that reaches this server. */
  void watch(Runnable newWatcher) {
    watcher = newWatcher;
  }

  private static HandshakeRequest request(String method, String query) {
    String url = "/engine.io/?EIO=4&" + query;
    return new HandshakeRequest(
        method, url, HandshakeRequest.parseQuery("EIO=4&" + query), Map.of(), "127.0.0.1", false);
  }

  private static WebSocketTransport transport(ByteLink link, World world) {
    WebSocketConnection connection =
        WebSocketConnection.server(link, world.scheduler, OPTIONS_OF_WEBSOCKET, null);
    return new WebSocketTransport(connection, WebSocketTransport.Binary.RESUMABLE);
  }

  void openWebSocket(ByteLink link) {
    open("transport=websocket&towpath=1", transport(link, world));
  }

  void openPoll(PollExchange exchange) {
    ResumablePolling poll = http.poll();
    open("transport=polling&towpath=1", poll);
    poll.park(exchange);
  }

  private void open(String query, Transport transport) {
    session =
        (ResumableSession)
            Objects.requireNonNull(sessions.open(request("GET", query), transport, opened -> this));
    seen();
  }

  ResumableSession session() {
    return Objects.requireNonNull(session);
  }

  String sid() {
    return session().id();
  }

  void onWebSocket(ByteLink link, String query) {
    requests++;
    RequestCheck.Verdict verdict =
        RequestCheck.check(request("GET", "transport=websocket&" + query), true, sessions);
    WebSocketTransport transport = transport(link, world);
    Dismissal refusal;
    if (verdict instanceof RequestCheck.Resumes resumes) {
      note(resumes);
      refusal = resumes.session().attach(resumes.asked(), transport);
    } else {
      refusal = ((RequestCheck.Dismissed) verdict).why();
    }
    if (refusal != null) {
      world.log("S refuses a WebSocket: " + refusal);
      transport.start(Unheard.INSTANCE);
      transport.dismiss(refusal);
    }
    seen();
  }

  void onHttp(PollExchange exchange, String query) {
    requests++;
    RequestCheck.Verdict verdict =
        RequestCheck.check(request(exchange.method(), query), false, sessions);
    if (verdict instanceof RequestCheck.Resumes resumes) {
      note(resumes);
      http.onRequest(resumes.session(), resumes.asked(), exchange);
    } else {
      RequestCheck.Refused refused = (RequestCheck.Refused) verdict;
      exchange.respond(
          new PollResponse(
              refused.error().status(), Map.of(), List.of(App.bytes(refused.error().json()))));
    }
    seen();
  }

  private void note(RequestCheck.Resumes resumes) {
    if (resumes.asked().offer()) {
      lastOfferAt = world.now();
    }
  }

  private void seen() {
    ResumableSession watched = session;
    if (watched != null && over == null) {
      int open = ResumableSessionProbe.openOffers(watched);
      peakOffers = Math.max(peakOffers, open);
      if (open > 0 && world.now() - lastOfferAt > OFFER_MILLIS) {
        world.violation("an offer outlives its ten seconds");
      }
      long now = ResumableSessionProbe.confirmed(watched);
      switches += now == confirmed ? 0 : 1;
      confirmed = now;
    }
    watcher.run();
  }

  /** Sends a message of the application; returns whether it was accepted. */
  boolean emit(List<String> packets) {
    if (over != null || closing) {
      return false;
    }
    byte[] text = App.bytes(packets.get(0));
    List<byte[]> binaries =
        packets.stream().skip(1).map(packet -> App.bytes(packet.substring(1))).toList();
    boolean accepted = session().send(MessageBatch.encoded(text, binaries));
    peakBytes = Math.max(peakBytes, session().bufferedBytes());
    return accepted;
  }

  void close() {
    if (over == null) {
      closing = true;
      world.log("S close");
      session().close();
    }
  }

  @Override
  public void onText(EnginePacket.Text message) {
    app.receive("4" + message.string());
  }

  @Override
  public void onBinary(byte[] message) {
    app.receive("b" + new String(message, StandardCharsets.UTF_8));
  }

  @Override
  public void onClose(CloseReason reason, @Nullable String description) {
    over = description == null ? reason.wording() : description;
    world.log("S END " + over);
  }

  @Nullable String over() {
    return over;
  }

  boolean isClosing() {
    return closing;
  }

  /** Returns the generation of the transport that was confirmed last. */
  long confirmed() {
    return ResumableSessionProbe.confirmed(session());
  }

  int openOffers() {
    return ResumableSessionProbe.openOffers(session());
  }

  int requests() {
    return requests;
  }

  int switches() {
    return switches;
  }

  int peakOffers() {
    return peakOffers;
  }

  long peakBytes() {
    return peakBytes;
  }

  /** Hears out a transport that is dismissed as soon as it has started. */
  private enum Unheard implements Transport.Events {
    INSTANCE;

    @Override
    public void onPacket(EnginePacket packet) {}

    @Override
    public void onBurstEnd() {}

    @Override
    public void onWritable() {}

    @Override
    public void onClosed(CloseReason reason, @Nullable String description) {}
  }
}

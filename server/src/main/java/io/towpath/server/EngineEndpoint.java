package io.towpath.server;

import io.towpath.engine.ConnectionError;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EngineError;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionId;
import io.towpath.engine.SessionListener;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollingDialect;
import io.towpath.longpoll.PollingOptions;
import io.towpath.longpoll.PollingTransport;
import io.towpath.longpoll.ResumableHttp;
import io.towpath.longpoll.ResumablePolling;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketOptions;
import io.towpath.websocket.WebSocketTransport;
import io.towpath.websocket.WebSocketUpgrade;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.XnioIoThread;

/**
 * The engine's HTTP endpoint: checks a request, then gives it to its session as a poll, opens a
 * session for it, or upgrades its connection. Runs on I/O threads and never blocks.
 */
final class EngineEndpoint implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(EngineEndpoint.class);

  /**
   * How long the first packet waits for a client of revision 3. Some begin to listen for messages
   * only when they have heard of the opening, and miss one that arrives in one piece with the 101;
   * on a busy machine a client reads what has come within some milliseconds in one piece.
   */
  private static final long OLD_CLIENT_MILLIS = 25;

  /**
   * How long a GET waits that comes between probe and upgrade. It may have overtaken the {@code 5}
   * that was sent before it on another connection, and belongs to no poll then. The reference
   * answers such a GET only when it next looks, every 100 ms.
   */
  private static final long OVERTAKING_GET_MILLIS = 100;

  /** Headers of nearly every answer to another origin; parked polls hold them. */
  private static final Map<String, HttpString> KNOWN =
      Map.of(
          "Access-Control-Allow-Origin",
          new HttpString("Access-Control-Allow-Origin"),
          "Access-Control-Allow-Credentials",
          new HttpString("Access-Control-Allow-Credentials"),
          "Vary",
          Headers.VARY);

  private static final RequestCheck.Refused FULL =
      new RequestCheck.Refused(
          EngineError.TOO_MANY_SESSIONS,
          Map.of("name", "TOO_MANY_SESSIONS"),
          "the bound on sessions is reached");

  private final EngineSessions sessions;
  private final Function<EngineSession, SessionListener> listeners;
  private final Scheduler scheduler;
  private final Function<HandshakeRequest, CorsPolicy> cors;
  private final HttpOptions http;
  private final WebSocketOptions webSocketOptions;
  private final PollingOptions pollingOptions;
  private final WebSocketUpgrade webSocketUpgrade;
  private final ResumableHttp resumableHttp;
  private final AnswerHeaders answerHeaders;
  private final List<Consumer<ConnectionError>> errorListeners = new CopyOnWriteArrayList<>();
  private final WebSocketLinks links = new WebSocketLinks();

  EngineEndpoint(
      EngineSessions sessions,
      Function<EngineSession, SessionListener> listeners,
      Scheduler scheduler,
      Function<HandshakeRequest, CorsPolicy> cors,
      HttpOptions http,
      WebSocketOptions webSocketOptions,
      PollingOptions pollingOptions,
      boolean perMessageDeflate) {
    this.sessions = sessions;
    this.listeners = listeners;
    this.scheduler = scheduler;
    this.cors = cors;
    this.http = http;
    this.webSocketOptions = webSocketOptions;
    this.pollingOptions = pollingOptions;
    this.resumableHttp = new ResumableHttp(pollingOptions, scheduler);
    this.answerHeaders = new AnswerHeaders(http);
    // The Origin is checked here for every kind of request, before the upgrade is looked at.
    this.webSocketUpgrade =
        new WebSocketUpgrade(
            request -> true,
            WebSocketUpgrade.Subprotocols.FIRST_OFFERED,
            answerHeaders::ofUpgrade,
            perMessageDeflate ? webSocketOptions.deflate() : null);
  }

  /** Calls a listener for every request that is refused. */
  void onConnectionError(Consumer<ConnectionError> listener) {
    errorListeners.add(listener);
  }

  // A request goes through these in order: CORS, the middlewares, the engine's own checks, the
  // application's admission, the protocol's revision, the id of the new session. The order, and
  // what each refusal says, are the reference's.

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    HandshakeRequest received = WebSocketEndpoint.request(exchange);
    boolean upgrade = asksForWebSocket(exchange.getRequestHeaders().get(Headers.UPGRADE));
    EngineRequest request = new EngineRequest(exchange, received, upgrade, http.bodyTimeout());
    if (!passesCors(request)) {
      return;
    }
    if (http.mayWait()) {
      // Leaves the handler first, so that any thread may go on with the request from then on.
      exchange.dispatch(
          SameThreadExecutor.INSTANCE,
          () ->
              new MiddlewareChain(http.middlewares(), request, this::check, this::refuse).start());
    } else {
      check(request);
    }
  }

  /** Returns whether the request goes on; if not, it has been answered. */
  private boolean passesCors(EngineRequest request) {
    HttpServerExchange exchange = request.exchange();
    CorsPolicy policy = cors.apply(request.request());
    String origin = request.request().header("origin");
    policy.headers(origin).forEach((name, value) -> add(exchange, name, value));
    if (!policy.admits(origin, request.request().header("host"))) {
      refuse(
          request,
          new RequestCheck.Refused(
              EngineError.FORBIDDEN,
              Map.of("name", "ORIGIN_NOT_ALLOWED", "origin", String.valueOf(origin)),
              "the page's origin is not allowed"));
      return false;
    }
    if (exchange.getRequestMethod().equals(Methods.OPTIONS) && policy.answersPreflight()) {
      policy
          .preflightHeaders(request.request().header("access-control-request-headers"))
          .forEach((name, value) -> add(exchange, name, value));
      UnreadBody.limit(exchange, http.bodyTimeout());
      exchange.setStatusCode(policy.optionsStatus());
      exchange.endExchange();
      return false;
    }
    return true;
  }

  private void check(EngineRequest request) {
    check(request, true);
  }

  /**
   * Checks what a request may do, and does it.
   *
   * @param mayHaveOvertaken whether it has just come, and not waited for what it may have overtaken
   */
  private void check(EngineRequest request, boolean mayHaveOvertaken) {
    RequestCheck.Verdict verdict =
        RequestCheck.check(request.request(), request.isUpgrade(), sessions);
    if (verdict instanceof RequestCheck.Refused refused) {
      refuse(request, refused);
    } else if (verdict instanceof RequestCheck.Opens) {
      admit(request, this::identify);
    } else if (verdict instanceof RequestCheck.Resumes resumes) {
      resume(request, resumes);
    } else if (verdict instanceof RequestCheck.Dismissed dismissed) {
      upgrade(request, true, transport -> dismiss(transport, dismissed.why()));
    } else {
      RequestCheck.Continues continues = (RequestCheck.Continues) verdict;
      if (!request.isUpgrade()) {
        poll(request, continues.session(), mayHaveOvertaken);
      } else if (continues.transport() == TransportName.WEBSOCKET) {
        upgrade(request, false, continues.session()::offer);
      } else {
        // The reference answers 101 and closes.
        refuse(
            request,
            RequestCheck.refused(
                "TRANSPORT_HANDSHAKE_ERROR", Map.of(), "an upgrade that names polling"));
      }
    }
  }

  private void admit(EngineRequest request, Consumer<EngineRequest> then) {
    Function<HandshakeRequest, CompletionStage<Admission>> decision = http.allowRequest();
    if (decision == null) {
      then.accept(request);
      return;
    }
    await(
        request,
        decision,
        (admission, failure) -> {
          if (admission != null && admission.allowed()) {
            then.accept(request);
            return;
          }
          String message = admission == null ? null : admission.message();
          if (failure != null) {
            log.warn(
                "a session is refused because allowRequest has failed: {}", failure.toString());
          }
          refuse(
              request,
              new RequestCheck.Refused(
                  EngineError.FORBIDDEN,
                  message == null ? Map.of() : Map.of("message", message),
                  "the application says no"));
        });
  }

  // A request of a resumable session. One that offers a transport is admitted like one that opens a
  // session: who may come back is who may come.

  private void resume(EngineRequest request, RequestCheck.Resumes resumes) {
    if (!resumes.asked().offer()) {
      ride(request, resumes);
    } else if (request.isUpgrade()) {
      admit(
          request,
          admitted -> upgrade(admitted, true, transport -> attachWebSocket(resumes, transport)));
    } else {
      admit(request, admitted -> ride(admitted, resumes));
    }
  }

  private static void attachWebSocket(RequestCheck.Resumes resumes, Transport transport) {
    Dismissal refusal = resumes.session().attach(resumes.asked(), transport);
    if (refusal != null) {
      dismiss(transport, refusal);
    }
  }

  private static void dismiss(Transport transport, Dismissal why) {
    transport.start(Unheard.INSTANCE);
    transport.dismiss(why);
  }

  /** Leaves the handler first, so that any thread may answer from then on. */
  private void ride(EngineRequest request, RequestCheck.Resumes resumes) {
    request.applyHeaders();
    HttpServerExchange exchange = request.exchange();
    Consumer<HttpServerExchange> onSuccess = answerHeaders.ofPoll(request);
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            resumableHttp.onRequest(
                resumes.session(),
                resumes.asked(),
                new UndertowPollExchange(exchange, onSuccess, http.bodyTimeout())));
  }

  private void identify(EngineRequest request) {
    RequestCheck.Refused refused = RequestCheck.protocol(request.request(), sessions.options());
    if (refused != null) {
      refuse(request, refused);
      return;
    }
    Function<HandshakeRequest, CompletionStage<String>> source = http.sessionIds();
    if (source == null) {
      open(request, SessionId.next());
      return;
    }
    await(
        request,
        source,
        (id, failure) -> {
          if (id != null && SessionId.isWellFormed(id) && !sessions.has(id)) {
            open(request, id);
            return;
          }
          log.warn(
              "a session is refused because its id is {}",
              failure != null ? "missing: " + failure : "malformed or in use");
          refuse(
              request,
              RequestCheck.refused("ID_GENERATION_ERROR", Map.of(), "no id for the session"));
        });
  }

  /** Waits for the application's answer, on this connection's I/O thread and for a limited time. */
  private <T> void await(
      EngineRequest request,
      Function<HandshakeRequest, CompletionStage<T>> question,
      BiConsumer<@Nullable T, @Nullable Throwable> then) {
    CompletableFuture<T> answer;
    try {
      answer = question.apply(request.request()).toCompletableFuture();
    } catch (RuntimeException thrown) {
      then.accept(null, thrown);
      return;
    }
    CompletableFuture<T> limited = answer.copy();
    if (answer.isDone()) {
      finish(limited, then);
      return;
    }
    Scheduler.Task timeout =
        scheduler.schedule(
            http.decisionTimeout(),
            () -> limited.completeExceptionally(new TimeoutException("no answer in time")));
    var unused =
        limited.handleAsync(
            (value, failure) -> {
              timeout.cancel();
              finish(limited, then);
              return null;
            },
            request.exchange().getIoThread());
  }

  private static <T> void finish(
      CompletableFuture<T> answer, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    T value = null;
    Throwable failure = null;
    try {
      value = answer.join();
    } catch (CompletionException failed) {
      failure = failed.getCause();
    } catch (CancellationException cancelled) {
      failure = cancelled;
    }
    then.accept(value, failure);
  }

  private void open(EngineRequest request, String id) {
    if (request.isUpgrade() && sessions.isFull()) {
      refuse(request, FULL);
    } else if (request.isUpgrade()) {
      upgrade(
          request,
          sessions.options().isResumable(request.request()),
          transport -> openWebSocket(request, id, transport));
    } else {
      openPolling(request, id);
    }
  }

  /**
   * Returns whether a request asks for this upgrade. Others, as to HTTP/2 in the clear, are offers
   * that a server may pass over, and some clients make them with every request.
   */
  private static boolean asksForWebSocket(@Nullable HeaderValues upgrade) {
    if (upgrade != null) {
      for (String line : upgrade) {
        if (line.toLowerCase(Locale.ROOT).contains("websocket")) {
          return true;
        }
      }
    }
    return false;
  }

  private void openPolling(EngineRequest request, String id) {
    HandshakeRequest asked = request.request();
    if (sessions.options().isResumable(asked)) {
      openResumable(request, id);
      return;
    }
    PollingDialect dialect =
        PollingDialect.of(
            asked.protocol(),
            asked.wantsBase64(),
            pollingOptions.jsonp() ? asked.parameter("j") : null);
    PollingTransport transport = new PollingTransport(dialect, pollingOptions, scheduler);
    if (sessions.open(id, request.request(), transport, listeners) == null) {
      refuse(request, FULL);
      return;
    }
    park(request, transport::onRequest, answerHeaders.ofHandshake(request, id));
  }

  private void openResumable(EngineRequest request, String id) {
    ResumablePolling transport = resumableHttp.poll();
    if (sessions.open(id, request.request(), transport, listeners) == null) {
      refuse(request, FULL);
      return;
    }
    park(request, transport::park, answerHeaders.ofHandshake(request, id));
  }

  private void poll(EngineRequest request, EngineSession session, boolean mayHaveOvertaken) {
    HttpServerExchange exchange = request.exchange();
    if (mayHaveOvertaken
        && exchange.getRequestMethod().equals(Methods.GET)
        && session.isUpgrading()) {
      Runnable again = () -> check(request, false);
      exchange.dispatch(
          SameThreadExecutor.INSTANCE,
          () ->
              exchange
                  .getIoThread()
                  .executeAfter(again, OVERTAKING_GET_MILLIS, TimeUnit.MILLISECONDS));
    } else if (session.transport(TransportName.POLLING) instanceof PollingTransport transport) {
      park(request, transport::onRequest, answerHeaders.ofPoll(request));
    } else {
      refuse(
          request,
          RequestCheck.refused(
              "TRANSPORT_MISMATCH", Map.of(), "the session has just been upgraded"));
    }
  }

  /** Leaves the handler first, so that any thread may answer from then on. */
  private void park(
      EngineRequest request,
      Consumer<PollExchange> transport,
      @Nullable Consumer<HttpServerExchange> onSuccess) {
    request.applyHeaders();
    HttpServerExchange exchange = request.exchange();
    if (UpgradableConnection.of(exchange) != null) {
      // Nobody else looks at them on a server of our own, and a poll may be parked for long.
      exchange.getQueryParameters().clear();
    }
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () -> transport.accept(new UndertowPollExchange(exchange, onSuccess, http.bodyTimeout())));
  }

  private void upgrade(EngineRequest request, boolean resumable, Consumer<Transport> then) {
    request.applyHeaders();
    XnioIoThread thread = request.exchange().getIoThread();
    HandshakeRequest asked = request.request();
    WebSocketTransport.Binary binary =
        resumable
            ? WebSocketTransport.Binary.RESUMABLE
            : WebSocketTransport.Binary.of(asked.protocol(), asked.wantsBase64());
    WebSocketEndpoint.upgrade(
        request.exchange(),
        request.request(),
        webSocketUpgrade,
        links,
        (link, deflate) -> {
          Runnable start =
              () ->
                  then.accept(
                      new WebSocketTransport(
                          WebSocketConnection.server(link, scheduler, webSocketOptions, deflate),
                          binary));
          if (request.request().protocol() == 3) {
            thread.executeAfter(start, OLD_CLIENT_MILLIS, TimeUnit.MILLISECONDS);
          } else {
            start.run();
          }
        });
  }

  /** Returns whether a WebSocket has bytes to write, also one whose session has ended. */
  boolean isWriting() {
    return links.isWriting();
  }

  /** Returns how many WebSocket connections are open, also those whose sessions have ended. */
  int openLinks() {
    return links.size();
  }

  /** Lets go of what the I/O threads were given; what is open stays open. */
  void close() {
    links.close();
  }

  private void openWebSocket(EngineRequest request, String id, Transport transport) {
    // Others may have taken the last place since the request was let through.
    if (sessions.open(id, request.request(), transport, listeners) == null) {
      log.info("session refused: {}", FULL.detail());
      tell(request, FULL, EngineError.TOO_MANY_SESSIONS.message());
      transport.start(Unheard.INSTANCE);
      transport.close();
    }
  }

  private void refuse(EngineRequest request, RequestCheck.Refused refused) {
    HttpServerExchange exchange = request.exchange();
    EngineError error = refused.error();
    String said = refused.context().get("message");
    String message = said != null ? said : error.message();
    log.debug("request refused: {}", refused.detail());
    tell(request, refused, message);
    request.applyHeaders();
    if (request.isUpgrade()) {
      // The reference answers every refused upgrade with 400 and the bare message. It knows no
      // bound on sessions: that is not the request's fault.
      exchange.setPersistent(false);
      WebSocketEndpoint.text(exchange, error.status() == 503 ? 503 : 400, message);
      return;
    }
    UnreadBody.limit(exchange, http.bodyTimeout());
    exchange.setStatusCode(error.status());
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
    exchange.getResponseSender().send(error.json(message));
  }

  private void tell(EngineRequest request, RequestCheck.Refused refused, String message) {
    if (errorListeners.isEmpty()) {
      return;
    }
    ConnectionError told =
        new ConnectionError(refused.error().code(), message, refused.context(), request.request());
    for (Consumer<ConnectionError> listener : errorListeners) {
      try {
        listener.accept(told);
      } catch (RuntimeException thrown) {
        log.error("a listener for connection errors failed", thrown);
      }
    }
  }

  /** Adds, because {@code Vary} may come from several sides. */
  static void add(HttpServerExchange exchange, String name, String value) {
    HttpString known = KNOWN.get(name);
    exchange.getResponseHeaders().add(known != null ? known : new HttpString(name), value);
  }

  /** Hears out a transport that is closed as soon as it has started. */
  private enum Unheard implements Transport.Events {
    INSTANCE;

    @Override
    public void onPacket(io.towpath.engine.EnginePacket packet) {}

    @Override
    public void onBurstEnd() {}

    @Override
    public void onWritable() {}

    @Override
    public void onClosed(io.towpath.engine.CloseReason reason, @Nullable String description) {}
  }
}

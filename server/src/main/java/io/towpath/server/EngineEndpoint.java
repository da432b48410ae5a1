package io.towpath.server;

import io.towpath.engine.ConnectionError;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionListener;
import io.towpath.engine.TransportName;
import io.towpath.longpoll.PollingOptions;
import io.towpath.websocket.WebSocketOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The engine's HTTP endpoint: leads a request through its checks to whoever answers it.
 *
 * <pre>
 *   CorsCheck -> MiddlewareChain -> RequestCheck
 *     Opens      -> SessionAdmission -> Polls, Upgrades   (open)
 *     Continues                      -> Polls, Upgrades   (poll, offer)
 *     Resumes    -> SessionAdmission -> Polls, Upgrades   (ride, attach)
 *     Dismissed                      -> Upgrades          (dismiss)
 *   each of them -> Refusals
 * </pre>
 *
 * <p>The order of the checks, and what each refusal says, are the reference's. Runs on I/O threads
 * and never blocks.
 */
final class EngineEndpoint implements HttpHandler {
  /**
   * How long a GET waits that comes between probe and upgrade. It may have overtaken the {@code 5}
   * that was sent before it on another connection, and belongs to no poll then. The reference
   * answers such a GET only when it next looks, every 100 ms.
   */
  private static final long OVERTAKING_GET_MILLIS = 100;

  private final EngineSessions sessions;
  private final HttpOptions http;
  private final CorsCheck cors;
  private final SessionAdmission admission;
  private final Polls polls;
  private final Upgrades upgrades;
  private final Refusals refusals;

  EngineEndpoint(
      EngineSessions sessions,
      Function<EngineSession, SessionListener> listeners,
      Scheduler scheduler,
      Function<HandshakeRequest, CorsPolicy> cors,
      HttpOptions http,
      WebSocketOptions webSocket,
      PollingOptions polling,
      boolean perMessageDeflate) {
    this.sessions = sessions;
    this.http = http;
    this.refusals = new Refusals(http);
    this.cors = new CorsCheck(cors, http, refusals);
    this.admission = new SessionAdmission(sessions, http, scheduler, refusals);
    this.polls = new Polls(sessions, listeners, scheduler, http, polling, refusals);
    this.upgrades =
        new Upgrades(sessions, listeners, scheduler, http, webSocket, perMessageDeflate, refusals);
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    HandshakeRequest received = WebSocketEndpoint.request(exchange);
    boolean upgrade = asksForWebSocket(exchange.getRequestHeaders().get(Headers.UPGRADE));
    EngineRequest request = new EngineRequest(exchange, received, upgrade, http.bodyTimeout());
    if (!cors.passes(request)) {
      return;
    }
    if (http.mayWait()) {
      // Leaves the handler first, so that any thread may go on with the request from then on.
      exchange.dispatch(
          SameThreadExecutor.INSTANCE,
          () ->
              new MiddlewareChain(http.middlewares(), request, this::check, refusals::refuse)
                  .start());
    } else {
      check(request);
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

  private void check(EngineRequest request) {
    check(request, true);
  }

  /**
   * Checks what a request may do, and has it done.
   *
   * @param mayHaveOvertaken whether it has just come, and not waited for what it may have overtaken
   */
  private void check(EngineRequest request, boolean mayHaveOvertaken) {
    RequestCheck.Verdict verdict =
        RequestCheck.check(request.request(), request.isUpgrade(), sessions);
    if (verdict instanceof RequestCheck.Refused refused) {
      refusals.refuse(request, refused);
    } else if (verdict instanceof RequestCheck.Opens) {
      admission.ofSession(request, this::open);
    } else if (verdict instanceof RequestCheck.Resumes resumes) {
      resume(request, resumes);
    } else if (verdict instanceof RequestCheck.Dismissed dismissed) {
      upgrades.dismiss(request, dismissed.why());
    } else if (verdict instanceof RequestCheck.Continues continues) {
      proceed(request, continues, mayHaveOvertaken);
    } else {
      throw new AssertionError(verdict);
    }
  }

  private void open(EngineRequest request, String id) {
    if (request.isUpgrade()) {
      upgrades.open(request, id);
    } else {
      polls.open(request, id);
    }
  }

  private void resume(EngineRequest request, RequestCheck.Resumes resumes) {
    if (!resumes.asked().offer()) {
      polls.ride(request, resumes);
    } else if (request.isUpgrade()) {
      admission.ofTransport(request, admitted -> upgrades.attach(admitted, resumes));
    } else {
      admission.ofTransport(request, admitted -> polls.ride(admitted, resumes));
    }
  }

  private void proceed(
      EngineRequest request, RequestCheck.Continues continues, boolean mayHaveOvertaken) {
    EngineSession session = continues.session();
    if (!request.isUpgrade()) {
      if (mayHaveOvertaken && isGet(request) && session.isUpgrading()) {
        lookAgain(request);
      } else {
        polls.poll(request, session);
      }
    } else if (continues.transport() == TransportName.WEBSOCKET) {
      upgrades.offer(request, session);
    } else {
      // The reference answers 101 and closes.
      refusals.refuse(
          request,
          RequestCheck.refused(
              "TRANSPORT_HANDSHAKE_ERROR", Map.of(), "an upgrade that names polling"));
    }
  }

  private static boolean isGet(EngineRequest request) {
    return request.exchange().getRequestMethod().equals(Methods.GET);
  }

  private void lookAgain(EngineRequest request) {
    HttpServerExchange exchange = request.exchange();
    Runnable again = () -> check(request, false);
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            exchange
                .getIoThread()
                .executeAfter(again, OVERTAKING_GET_MILLIS, TimeUnit.MILLISECONDS));
  }

  /** Calls a listener for every request that is refused. */
  void onConnectionError(Consumer<ConnectionError> listener) {
    refusals.onConnectionError(listener);
  }

  /** Returns whether a WebSocket has bytes to write, also one whose session has ended. */
  boolean isWriting() {
    return upgrades.isWriting();
  }

  /** Returns how many WebSocket connections are open, also those whose sessions have ended. */
  int openLinks() {
    return upgrades.openLinks();
  }

  /** Lets go of what the I/O threads were given; what is open stays open. */
  void close() {
    upgrades.close();
  }
}

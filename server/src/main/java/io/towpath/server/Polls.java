package io.towpath.server;

import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionListener;
import io.towpath.engine.TransportName;
import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollingDialect;
import io.towpath.longpoll.PollingOptions;
import io.towpath.longpoll.PollingTransport;
import io.towpath.longpoll.ResumableHttp;
import io.towpath.longpoll.ResumablePolling;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.SameThreadExecutor;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gives requests that have been let through to the HTTP transports of their sessions, which answer
 * them, now or later. Immutable; called on I/O threads.
 */
final class Polls {
  private final EngineSessions sessions;
  private final Function<EngineSession, SessionListener> listeners;
  private final Scheduler scheduler;
  private final HttpOptions http;
  private final PollingOptions options;
  private final AnswerHeaders answerHeaders;
  private final Refusals refusals;
  private final ResumableHttp resumable;

  Polls(
      EngineSessions sessions,
      Function<EngineSession, SessionListener> listeners,
      Scheduler scheduler,
      HttpOptions http,
      PollingOptions options,
      Refusals refusals) {
    this.sessions = sessions;
    this.listeners = listeners;
    this.scheduler = scheduler;
    this.http = http;
    this.options = options;
    this.answerHeaders = new AnswerHeaders(http);
    this.refusals = refusals;
    this.resumable = new ResumableHttp(options, scheduler);
  }

  /** Opens a session over polling; the request is its first poll. */
  void open(EngineRequest request, String id) {
    HandshakeRequest asked = request.request();
    if (sessions.options().isResumable(asked)) {
      openResumable(request, id);
      return;
    }
    PollingDialect dialect =
        PollingDialect.of(
            asked.protocol(), asked.wantsBase64(), options.jsonp() ? asked.parameter("j") : null);
    PollingTransport transport = new PollingTransport(dialect, options, scheduler);
    if (sessions.open(id, asked, transport, listeners) == null) {
      refusals.refuse(request, Refusals.FULL);
      return;
    }
    park(request, transport::onRequest, answerHeaders.ofHandshake(request, id));
  }

  private void openResumable(EngineRequest request, String id) {
    ResumablePolling transport = resumable.poll();
    if (sessions.open(id, request.request(), transport, listeners) == null) {
      refusals.refuse(request, Refusals.FULL);
      return;
    }
    park(request, transport::park, answerHeaders.ofHandshake(request, id));
  }

  /** Takes a GET or POST of a classic session. */
  void poll(EngineRequest request, EngineSession session) {
    if (session.transport(TransportName.POLLING) instanceof PollingTransport transport) {
      park(request, transport::onRequest, answerHeaders.ofPoll(request));
    } else {
      refusals.refuse(
          request,
          RequestCheck.refused(
              "TRANSPORT_MISMATCH", Map.of(), "the session has just been upgraded"));
    }
  }

  /** Takes a request of a resumable session, whatever it is. */
  void ride(EngineRequest request, RequestCheck.Resumes resumes) {
    request.applyHeaders();
    HttpServerExchange exchange = request.exchange();
    Consumer<HttpServerExchange> onSuccess = answerHeaders.ofPoll(request);
    // Leaves the handler first, so that any thread may answer from then on.
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            resumable.onRequest(
                resumes.session(),
                resumes.asked(),
                new UndertowPollExchange(exchange, onSuccess, http.bodyTimeout())));
  }

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
    // Leaves the handler first, so that any thread may answer from then on.
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () -> transport.accept(new UndertowPollExchange(exchange, onSuccess, http.bodyTimeout())));
  }
}

package io.towpath.server;

import io.towpath.engine.EngineError;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionListener;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import io.towpath.longpoll.PollingOptions;
import io.towpath.longpoll.PollingTransport;
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
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's HTTP endpoint: checks a request, then gives it to its session as a poll, opens a
 * session for it, or upgrades its connection. Runs on I/O threads and never blocks.
 */
final class EngineEndpoint implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(EngineEndpoint.class);

  private final EngineSessions sessions;
  private final Function<EngineSession, SessionListener> listeners;
  private final Scheduler scheduler;
  private final CorsPolicy cors;
  private final WebSocketOptions webSocketOptions;
  private final PollingOptions pollingOptions;
  private final WebSocketUpgrade webSocketUpgrade;

  EngineEndpoint(
      EngineSessions sessions,
      Function<EngineSession, SessionListener> listeners,
      Scheduler scheduler,
      CorsPolicy cors,
      WebSocketOptions webSocketOptions,
      PollingOptions pollingOptions,
      boolean perMessageDeflate) {
    this.sessions = sessions;
    this.listeners = listeners;
    this.scheduler = scheduler;
    this.cors = cors;
    this.webSocketOptions = webSocketOptions;
    this.pollingOptions = pollingOptions;
    // The Origin is checked here for every kind of request, before the upgrade is looked at.
    this.webSocketUpgrade =
        new WebSocketUpgrade(
            request -> true,
            WebSocketUpgrade.Subprotocols.FIRST_OFFERED,
            request -> Map.of(),
            perMessageDeflate ? webSocketOptions.deflate() : null);
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
    cors.headers(origin).forEach((name, value) -> add(exchange, name, value));
    boolean upgrade = asksForWebSocket(exchange.getRequestHeaders().get(Headers.UPGRADE));
    if (!cors.admits(origin, exchange.getRequestHeaders().getFirst(Headers.HOST))) {
      refuse(exchange, upgrade, EngineError.FORBIDDEN, "the page's origin is not allowed");
      return;
    }
    if (exchange.getRequestMethod().equals(Methods.OPTIONS) && origin != null) {
      preflight(exchange);
      return;
    }
    HandshakeRequest request = WebSocketEndpoint.request(exchange);
    RequestCheck.Verdict verdict = RequestCheck.check(request, upgrade, sessions);
    if (verdict instanceof RequestCheck.Refused refused) {
      refuse(exchange, upgrade, refused.error(), refused.detail());
    } else if (verdict instanceof RequestCheck.Opens opens) {
      if (opens.transport() == TransportName.WEBSOCKET) {
        upgrade(exchange, request, transport -> open(request, transport));
      } else {
        openPolling(exchange, request);
      }
    } else {
      RequestCheck.Continues continues = (RequestCheck.Continues) verdict;
      if (!upgrade) {
        poll(exchange, continues.session());
      } else if (continues.transport() == TransportName.WEBSOCKET) {
        upgrade(exchange, request, continues.session()::offer);
      } else {
        refuse(exchange, true, EngineError.BAD_REQUEST, "an upgrade that names polling");
      }
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

  private void preflight(HttpServerExchange exchange) {
    String wanted = exchange.getRequestHeaders().getFirst("Access-Control-Request-Headers");
    cors.preflightHeaders(wanted).forEach((name, value) -> add(exchange, name, value));
    exchange.setStatusCode(204);
    exchange.endExchange();
  }

  private void openPolling(HttpServerExchange exchange, HandshakeRequest request) {
    PollingTransport transport = new PollingTransport(pollingOptions, scheduler);
    if (sessions.open(request, transport, listeners) == null) {
      refuse(exchange, false, EngineError.TOO_MANY_SESSIONS, "the bound on sessions is reached");
      return;
    }
    park(exchange, transport);
  }

  private void poll(HttpServerExchange exchange, EngineSession session) {
    if (session.transport(TransportName.POLLING) instanceof PollingTransport transport) {
      park(exchange, transport);
    } else {
      refuse(exchange, false, EngineError.BAD_REQUEST, "the session has just been upgraded");
    }
  }

  /** Leaves the handler first, so that any thread may answer from then on. */
  private static void park(HttpServerExchange exchange, PollingTransport transport) {
    exchange.dispatch(
        SameThreadExecutor.INSTANCE, () -> transport.onRequest(new UndertowPollExchange(exchange)));
  }

  private void upgrade(
      HttpServerExchange exchange, HandshakeRequest request, Consumer<Transport> then) {
    WebSocketEndpoint.upgrade(
        exchange,
        request,
        webSocketUpgrade,
        (link, accepted) ->
            then.accept(
                new WebSocketTransport(
                    WebSocketConnection.server(
                        link, scheduler, webSocketOptions, accepted.deflate()))));
  }

  private void open(HandshakeRequest request, Transport transport) {
    if (sessions.open(request, transport, listeners) == null) {
      log.info("session refused: the bound on sessions is reached");
      transport.start(Unheard.INSTANCE);
      transport.close();
    }
  }

  private void refuse(
      HttpServerExchange exchange, boolean upgrade, EngineError error, String detail) {
    log.debug("request refused: {}", detail);
    if (upgrade) {
      // The reference answers every refused upgrade with 400 and the bare message.
      exchange.setPersistent(false);
      WebSocketEndpoint.text(exchange, 400, error.message());
      return;
    }
    exchange.setStatusCode(error.status());
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
    exchange.getResponseSender().send(error.json());
  }

  /** Adds, because {@code Vary} may come from several sides. */
  static void add(HttpServerExchange exchange, String name, String value) {
    exchange.getResponseHeaders().add(new HttpString(name), value);
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

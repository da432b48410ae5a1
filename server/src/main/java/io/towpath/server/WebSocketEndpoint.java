package io.towpath.server;

import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.Scheduler;
import io.towpath.websocket.DeflateParameters;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketOptions;
import io.towpath.websocket.WebSocketUpgrade;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bare WebSocket endpoint, without sessions and events: judges the opening handshake and hands
 * over the connection. Any thread may hold it; connections are handed over on their I/O threads.
 */
public final class WebSocketEndpoint implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(WebSocketEndpoint.class);

  private final WebSocketUpgrade upgrade;
  private final WebSocketOptions options;
  private final Scheduler scheduler = new TimerScheduler();
  private final Consumer<WebSocketConnection> opened;
  private final WebSocketLinks links = new WebSocketLinks();

  /**
   * Creates an endpoint.
   *
   * @param opened gets each connection and has to start it; must not block
   */
  public WebSocketEndpoint(
      WebSocketUpgrade upgrade, WebSocketOptions options, Consumer<WebSocketConnection> opened) {
    this.upgrade = upgrade;
    this.options = options;
    this.opened = opened;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    upgrade(
        exchange,
        request(exchange),
        upgrade,
        links,
        (link, deflate) -> {
          WebSocketConnection connection = link.connection(scheduler, options, deflate);
          try {
            opened.accept(connection);
          } finally {
            connection.flush();
          }
        });
  }

  /** What is done with a connection that has been upgraded. */
  @FunctionalInterface
  interface Upgraded {
    /**
     * Takes it, on its I/O thread.
     *
     * @param deflate how messages are compressed, or null if they are not
     */
    void accept(XnioByteLink link, @Nullable DeflateParameters deflate);
  }

  /**
   * Answers an opening handshake; if it is well, hands over the connection behind it.
   *
   * @param links holds the connection for as long as it is open
   */
  static void upgrade(
      HttpServerExchange exchange,
      HandshakeRequest request,
      WebSocketUpgrade upgrade,
      WebSocketLinks links,
      Upgraded then) {
    WebSocketUpgrade.Outcome outcome = upgrade.judge(request, exchange.getProtocol().toString());
    if (outcome instanceof WebSocketUpgrade.Rejected rejected) {
      log.debug("upgrade refused: {}", rejected.reason());
      putAll(exchange, rejected.headers());
      text(exchange, rejected.status(), rejected.reason());
      return;
    }
    WebSocketUpgrade.Accepted accepted = (WebSocketUpgrade.Accepted) outcome;
    DeflateParameters deflate = accepted.deflate();
    boolean tls = exchange.getConnection().getSslSession() != null;
    ByteBufferPool pool = exchange.getConnection().getByteBufferPool();
    // With TLS, Undertow's connection keeps the listener for as long as it lives: what it hands
    // over to would hold the whole request.
    AtomicReference<@Nullable Upgraded> once = new AtomicReference<>(then);
    exchange.upgradeChannel(
        (connection, upgraded) -> {
          Upgraded first = once.getAndSet(null);
          if (first != null) {
            first.accept(XnioByteLink.of(connection, pool, tls, links), deflate);
          }
        });
    putAll(exchange, accepted.headers());
    UpgradableConnection own = UpgradableConnection.of(exchange);
    if (own != null && exchange.isPersistent()) {
      // Most often the server speaks first: the 101 leaves in one write with what it says.
      own.holdAnswer();
    }
    exchange.endExchange();
  }

  /** Answers with a status and a line of text. */
  static void text(HttpServerExchange exchange, int status, String message) {
    exchange.setStatusCode(status);
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/html");
    exchange.getResponseSender().send(message);
  }

  private static void putAll(HttpServerExchange exchange, Map<String, List<String>> headers) {
    headers.forEach(
        (name, values) -> {
          HttpString header = new HttpString(name);
          exchange.getResponseHeaders().remove(header);
          exchange.getResponseHeaders().addAll(header, values);
        });
  }

  /** Returns what core knows of a request. */
  static HandshakeRequest request(HttpServerExchange exchange) {
    InetSocketAddress peer = exchange.getSourceAddress();
    String query = exchange.getQueryString();
    HandshakeRequest.Builder request =
        HandshakeRequest.builder(
            exchange.getRequestMethod().toString(),
            query.isEmpty() ? exchange.getRequestURI() : exchange.getRequestURI() + "?" + query,
            peer.getAddress() == null ? peer.getHostString() : peer.getAddress().getHostAddress(),
            exchange.isSecure());
    HeaderMap received = exchange.getRequestHeaders();
    for (long cookie = received.fastIterate(); cookie != -1; cookie = received.fiNext(cookie)) {
      HeaderValues values = received.fiCurrent(cookie);
      String name = values.getHeaderName().toString();
      for (int i = 0; i < values.size(); i++) {
        request.header(name, values.get(i));
      }
    }
    return request.build();
  }
}

package io.towpath.server;

import io.towpath.engine.HandshakeRequest;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One HTTP request of the engine on its way to a session, as a {@link RequestMiddleware} sees it.
 * Handed from middleware to middleware; used by one thread at a time.
 */
public final class EngineRequest {
  private final HttpServerExchange exchange;
  private final HandshakeRequest request;
  private final boolean upgrade;

  /** Milliseconds for what is left of a body that nobody wants. */
  private final long bodyTimeout;

  private final ResponseHeaders headers = new ResponseHeaders();
  private final AtomicBoolean answered = new AtomicBoolean();

  EngineRequest(
      HttpServerExchange exchange, HandshakeRequest request, boolean upgrade, long bodyTimeout) {
    this.bodyTimeout = bodyTimeout;
    this.exchange = exchange;
    this.request = request;
    this.upgrade = upgrade;
  }

  /** Returns what the client has asked for. */
  public HandshakeRequest request() {
    return request;
  }

  /** Returns whether it asks for an upgrade to WebSocket. */
  public boolean isUpgrade() {
    return upgrade;
  }

  /** Returns the headers that the answer will carry: a payload, an error, or the 101. */
  public ResponseHeaders headers() {
    return headers;
  }

  /**
   * Answers in place of the engine. Does nothing if the request has been answered.
   *
   * @param status the HTTP status, 200 to 599
   */
  public void respond(int status, String contentType, byte[] body) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("not the status of an answer: " + status);
    }
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    applyHeaders();
    if (upgrade) {
      exchange.setPersistent(false);
    }
    UnreadBody.limit(exchange, bodyTimeout);
    exchange.setStatusCode(status);
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, contentType);
    exchange.getResponseSender().send(ByteBuffer.wrap(body));
  }

  HttpServerExchange exchange() {
    return exchange;
  }

  /** Whether a middleware has answered, or a refusal has. */
  boolean isAnswered() {
    return answered.get();
  }

  /** Puts what the middlewares have set on the answer. */
  void applyHeaders() {
    for (Map.Entry<String, List<String>> header : headers.lines().entrySet()) {
      exchange.getResponseHeaders().putAll(new HttpString(header.getKey()), header.getValue());
    }
  }
}

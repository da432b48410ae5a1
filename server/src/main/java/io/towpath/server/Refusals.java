package io.towpath.server;

import io.towpath.engine.ConnectionError;
import io.towpath.engine.EngineError;
import io.towpath.engine.RequestCheck;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a request is refused: the answer, the log line, and the listeners that hear of it. */
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  /** No place is left for another session. */
  static final RequestCheck.Refused FULL =
      new RequestCheck.Refused(
          EngineError.TOO_MANY_SESSIONS,
          Map.of("name", "TOO_MANY_SESSIONS"),
          "the bound on sessions is reached");

  private final HttpOptions http;

  /** Any thread adds to them and calls them; none is ever taken away. */
  private final List<Consumer<ConnectionError>> listeners = new CopyOnWriteArrayList<>();

  Refusals(HttpOptions http) {
    this.http = http;
  }

  /** Calls a listener for every request that is refused from now on. */
  void onConnectionError(Consumer<ConnectionError> listener) {
    listeners.add(listener);
  }

  /** Answers a request with what is wrong with it. */
  void refuse(EngineRequest request, RequestCheck.Refused refused) {
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

  /** Tells the listeners of a request that has had its 101 before the last place was taken. */
  void tellFull(EngineRequest request) {
    log.info("session refused: {}", FULL.detail());
    tell(request, FULL, FULL.error().message());
  }

  private void tell(EngineRequest request, RequestCheck.Refused refused, String message) {
    if (listeners.isEmpty()) {
      return;
    }
    ConnectionError told =
        new ConnectionError(refused.error().code(), message, refused.context(), request.request());
    for (Consumer<ConnectionError> listener : listeners) {
      try {
        listener.accept(told);
      } catch (RuntimeException thrown) {
        log.error("a listener for connection errors failed", thrown);
      }
    }
  }
}

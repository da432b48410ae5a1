package io.towpath.server;

import io.towpath.engine.HandshakeRequest;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The headers that successful answers carry because the application wants them: its hooks, the
 * cookie, and one for old browsers. Immutable; any thread.
 */
final class AnswerHeaders {
  private static final Logger log = LoggerFactory.getLogger(AnswerHeaders.class);
  private static final HttpString XSS_PROTECTION = new HttpString("X-XSS-Protection");

  private final HttpOptions http;

  AnswerHeaders(HttpOptions http) {
    this.http = http;
  }

  /** Returns what the 101 carries; it opens a session if the request names none. */
  Map<String, List<String>> ofUpgrade(HandshakeRequest request) {
    ResponseHeaders headers = new ResponseHeaders();
    if (request.parameter("sid") == null) {
      call(http.initialHeaders(), request, headers);
    }
    call(http.headers(), request, headers);
    return headers.lines();
  }

  /** Returns what puts the headers on the answer to a handshake over polling, or null. */
  @Nullable Consumer<HttpServerExchange> ofHandshake(EngineRequest request, String sid) {
    SessionCookie cookie = http.cookie();
    if (cookie == null && http.initialHeaders().isEmpty()) {
      return ofPoll(request);
    }
    HandshakeRequest asked = request.request();
    boolean old = isOldBrowser(request);
    return exchange -> {
      ResponseHeaders headers = new ResponseHeaders();
      if (cookie != null) {
        headers.add("Set-Cookie", cookie.header(sid));
      }
      call(http.initialHeaders(), asked, headers);
      call(http.headers(), asked, headers);
      put(exchange, headers, old);
    };
  }

  /**
   * Returns what puts the headers on the answer to a poll, or null if there are none. It does not
   * hold the exchange of the request: the answer may go out on another one.
   */
  @Nullable Consumer<HttpServerExchange> ofPoll(EngineRequest request) {
    boolean old = isOldBrowser(request);
    if (http.headers().isEmpty()) {
      return old ? AnswerHeaders::forOldBrowsers : null;
    }
    HandshakeRequest asked = request.request();
    return exchange -> {
      ResponseHeaders headers = new ResponseHeaders();
      call(http.headers(), asked, headers);
      put(exchange, headers, old);
    };
  }

  private static void call(
      List<HeaderHook> hooks, HandshakeRequest request, ResponseHeaders headers) {
    for (HeaderHook hook : hooks) {
      try {
        hook.add(request, headers);
      } catch (RuntimeException thrown) {
        log.error("a hook for headers failed", thrown);
      }
    }
  }

  private static void put(HttpServerExchange exchange, ResponseHeaders headers, boolean old) {
    headers
        .lines()
        .forEach(
            (name, values) -> exchange.getResponseHeaders().putAll(new HttpString(name), values));
    if (old) {
      forOldBrowsers(exchange);
    }
  }

  /** Their filter against scripts in answers finds scripts where there are none. */
  private static void forOldBrowsers(HttpServerExchange exchange) {
    exchange.getResponseHeaders().put(XSS_PROTECTION, "0");
  }

  private static boolean isOldBrowser(EngineRequest request) {
    String agent = request.exchange().getRequestHeaders().getFirst(Headers.USER_AGENT);
    return agent != null && (agent.contains(";MSIE") || agent.contains("Trident/"));
  }
}

package io.towpath.server;

import io.towpath.engine.EngineError;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.util.Map;
import java.util.function.Function;

/**
 * The first check of a request: whether a page of its origin may ask at all. Puts the headers of
 * CORS on the answer, whatever it will be, and answers preflights. Immutable; any thread.
 */
final class CorsCheck {
  /** Headers of nearly every answer to another origin; parked polls hold them. */
  private static final Map<String, HttpString> KNOWN =
      Map.of(
          "Access-Control-Allow-Origin",
          new HttpString("Access-Control-Allow-Origin"),
          "Access-Control-Allow-Credentials",
          new HttpString("Access-Control-Allow-Credentials"),
          "Vary",
          Headers.VARY);

  private final Function<HandshakeRequest, CorsPolicy> policies;
  private final HttpOptions http;
  private final Refusals refusals;

  CorsCheck(Function<HandshakeRequest, CorsPolicy> policies, HttpOptions http, Refusals refusals) {
    this.policies = policies;
    this.http = http;
    this.refusals = refusals;
  }

  /** Returns whether the request goes on; if not, it has been answered. */
  boolean passes(EngineRequest request) {
    HttpServerExchange exchange = request.exchange();
    CorsPolicy policy = policies.apply(request.request());
    String origin = request.request().header("origin");
    addHeaders(exchange, policy.headers(origin));
    if (!policy.admits(origin, request.request().header("host"))) {
      refusals.refuse(
          request,
          new RequestCheck.Refused(
              EngineError.FORBIDDEN,
              Map.of("name", "ORIGIN_NOT_ALLOWED", "origin", String.valueOf(origin)),
              "the page's origin is not allowed"));
      return false;
    }
    if (exchange.getRequestMethod().equals(Methods.OPTIONS) && policy.answersPreflight()) {
      addHeaders(
          exchange,
          policy.preflightHeaders(request.request().header("access-control-request-headers")));
      UnreadBody.limit(exchange, http.bodyTimeout());
      exchange.setStatusCode(policy.optionsStatus());
      exchange.endExchange();
      return false;
    }
    return true;
  }

  /** Adds to what the answer has, because {@code Vary} may come from several sides. */
  static void addHeaders(HttpServerExchange exchange, Map<String, String> headers) {
    headers.forEach(
        (name, value) -> {
          HttpString known = KNOWN.get(name);
          exchange.getResponseHeaders().add(known != null ? known : new HttpString(name), value);
        });
  }
}

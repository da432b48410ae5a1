package io.towpath.server;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may use a server that is not their own. The same rule holds for polling and for
 * WebSocket. Immutable; any thread.
 *
 * <p>Without CORS only pages of the server's own host and port are let in, and clients that name no
 * Origin, which are no browsers. This is stricter than the reference, which refuses nobody and lets
 * the browser decide, on polling alone. The headers are those of the {@code cors} package, which
 * the reference uses; on errors, on the 101 and on the client's files too.
 */
public final class CorsPolicy {
  private static final String ALLOW_METHODS = "Access-Control-Allow-Methods";
  private static final String ALLOW_HEADERS = "Access-Control-Allow-Headers";
  private static final String METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE";

  private final Origins origins;

  /** What answers to an admitted origin carry besides it, in order. */
  private final Map<String, String> onAnswers;

  /** What answers to a preflight carry besides that, in order. */
  private final Map<String, String> onPreflight;

  private final boolean preflightContinue;
  private final int optionsStatus;

  /**
   * Who is let in.
   *
   * @param fixed what Access-Control-Allow-Origin says to everybody; null if it repeats an origin
   *     that is let in
   * @param none whether no other origin is ever let in, which is no CORS at all
   */
  private record Origins(Predicate<String> allowed, @Nullable String fixed, boolean none) {}

  private CorsPolicy(
      Origins origins,
      Map<String, String> onAnswers,
      Map<String, String> onPreflight,
      boolean preflightContinue,
      int optionsStatus) {
    this.origins = origins;
    this.onAnswers = onAnswers;
    this.onPreflight = onPreflight;
    this.preflightContinue = preflightContinue;
    this.optionsStatus = optionsStatus;
  }

  private static CorsPolicy of(Predicate<String> allowed, @Nullable String fixed, boolean none) {
    return new CorsPolicy(
        new Origins(allowed, fixed, none), Map.of(), Map.of(ALLOW_METHODS, METHODS), false, 204);
  }

  /** Returns the policy that lets in pages of the same host and port only: no CORS. */
  public static CorsPolicy sameOrigin() {
    return of(origin -> false, null, true);
  }

  /** Returns the policy that lets in every page, without its cookies: {@code *}. */
  public static CorsPolicy everybody() {
    return of(origin -> true, "*", false);
  }

  /**
   * Returns the policy that lets in pages of one origin, for example {@code https://example.org},
   * besides those of the same host and port. Every answer names it, whoever asks.
   */
  public static CorsPolicy origin(String origin) {
    return of(origin::equalsIgnoreCase, origin, false);
  }

  /**
   * Returns the policy that lets in pages of these origins, for example {@code
   * https://example.org}, besides those of the same host and port.
   */
  public static CorsPolicy origins(Collection<String> origins) {
    Set<String> known =
        Set.copyOf(origins.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList());
    return of(origin -> known.contains(origin.toLowerCase(Locale.ROOT)), null, false);
  }

  /**
   * Returns the policy that lets in pages of origins that match as a whole, besides those of the
   * same host and port. (The reference looks for a match anywhere in the origin, which lets in
   * {@code https://example.org.evil.net}.)
   */
  public static CorsPolicy matching(Pattern pattern) {
    return of(origin -> pattern.matcher(origin).matches(), null, false);
  }

  /**
   * Returns the policy that lets in pages by a rule of the application, besides those of the same
   * host and port.
   */
  public static CorsPolicy matching(Predicate<String> rule) {
    return of(rule, null, false);
  }

  /**
   * Returns the same policy, with cookies and other credentials let through.
   *
   * @throws IllegalStateException for {@link #everybody}: every page of the web could then act for
   *     the user
   */
  public CorsPolicy withCredentials() {
    if ("*".equals(origins.fixed)) {
      throw new IllegalStateException("credentials need named origins");
    }
    return onAnswers("Access-Control-Allow-Credentials", "true");
  }

  /** Returns the same policy; pages may read these headers of answers. */
  public CorsPolicy exposing(String... headers) {
    return onAnswers("Access-Control-Expose-Headers", String.join(",", headers));
  }

  /** Returns the same policy; a preflight allows these methods. */
  public CorsPolicy methods(String... methods) {
    return onPreflight(ALLOW_METHODS, String.join(",", methods));
  }

  /** Returns the same policy; a preflight allows these headers, and not whatever it asks for. */
  public CorsPolicy allowedHeaders(String... headers) {
    return onPreflight(ALLOW_HEADERS, String.join(",", headers));
  }

  /** Returns the same policy; browsers may remember a preflight for so long. */
  public CorsPolicy maxAge(Duration age) {
    return onPreflight("Access-Control-Max-Age", Long.toString(age.toSeconds()));
  }

  /** Returns the same policy; a preflight is not answered here, but handled as any request. */
  public CorsPolicy preflightContinue() {
    return new CorsPolicy(origins, onAnswers, onPreflight, true, optionsStatus);
  }

  /** Returns the same policy; a preflight is answered with this status in place of 204. */
  public CorsPolicy optionsSuccessStatus(int status) {
    if (status < 200 || status > 299) {
      throw new IllegalArgumentException("not a status of success: " + status);
    }
    return new CorsPolicy(origins, onAnswers, onPreflight, preflightContinue, status);
  }

  private CorsPolicy onAnswers(String header, String value) {
    return new CorsPolicy(
        origins, with(onAnswers, header, value), onPreflight, preflightContinue, optionsStatus);
  }

  private CorsPolicy onPreflight(String header, String value) {
    return new CorsPolicy(
        origins, onAnswers, with(onPreflight, header, value), preflightContinue, optionsStatus);
  }

  private static Map<String, String> with(Map<String, String> some, String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(some);
    more.put(name, value);
    return Collections.unmodifiableMap(more);
  }

  /** Whether a preflight gets its answer from this policy. */
  boolean answersPreflight() {
    return !origins.none && !preflightContinue;
  }

  int optionsStatus() {
    return optionsStatus;
  }

  /**
   * Returns whether a request may go on.
   *
   * @param origin its Origin header, or null
   * @param host its Host header, or null
   */
  boolean admits(@Nullable String origin, @Nullable String host) {
    return origin == null || isSameOrigin(origin, host) || origins.allowed.test(origin);
  }

  private static boolean isSameOrigin(String origin, @Nullable String host) {
    int authority = origin.indexOf("://");
    if (authority < 0 || host == null) {
      return false;
    }
    // A proxy may end TLS before us, so the scheme is not compared; a default port may be left out
    // on one side.
    String scheme = origin.substring(0, authority);
    String defaultPort = scheme.equalsIgnoreCase("https") ? ":443" : ":80";
    return withoutPort(origin.substring(authority + 3), defaultPort)
        .equalsIgnoreCase(withoutPort(host, defaultPort));
  }

  private static String withoutPort(String authority, String port) {
    return authority.endsWith(port)
        ? authority.substring(0, authority.length() - port.length())
        : authority;
  }

  /**
   * Returns the headers that an answer carries, errors among them.
   *
   * @param origin the request's Origin header, or null
   */
  Map<String, String> headers(@Nullable String origin) {
    if (origins.none) {
      return Map.of();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    boolean everybody = "*".equals(origins.fixed);
    if (!everybody) {
      // Caches have to know that the answer depends on it, also where it says nothing.
      headers.put("Vary", "Origin");
    }
    String named = origins.fixed;
    if (named == null) {
      named = origin != null && origins.allowed.test(origin) ? origin : null;
    }
    if (named == null) {
      return headers;
    }
    headers.put("Access-Control-Allow-Origin", named);
    headers.putAll(onAnswers);
    return headers;
  }

  /**
   * Returns the headers that the answer to a preflight carries besides {@link #headers}.
   *
   * @param requestedHeaders the request's {@code Access-Control-Request-Headers}, or null
   */
  Map<String, String> preflightHeaders(@Nullable String requestedHeaders) {
    Map<String, String> headers = new LinkedHashMap<>(onPreflight);
    if (requestedHeaders != null && !headers.containsKey(ALLOW_HEADERS)) {
      headers.put("Vary", "Access-Control-Request-Headers");
      headers.put(ALLOW_HEADERS, requestedHeaders);
    }
    return headers;
  }
}

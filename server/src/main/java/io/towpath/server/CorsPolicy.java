package io.towpath.server;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may use a server that is not their own. The same rule holds for polling and for
 * WebSocket. Immutable; any thread.
 *
 * <p>Without CORS only pages of the server's own host and port are let in, and clients that name no
 * Origin, which are no browsers. This is stricter than the reference, which refuses nobody and lets
 * the browser decide, on polling alone.
 */
public final class CorsPolicy {
  private final Predicate<String> allowed;

  /** Whether every page may read answers, which is said with an asterisk. */
  private final boolean everybody;

  /** Whether pages of other origins are never let in. */
  private final boolean ownOnly;

  private final boolean credentials;

  private CorsPolicy(
      Predicate<String> allowed, boolean everybody, boolean ownOnly, boolean credentials) {
    this.allowed = allowed;
    this.everybody = everybody;
    this.ownOnly = ownOnly;
    this.credentials = credentials;
  }

  /** Returns the policy that lets in pages of the same host and port only. */
  public static CorsPolicy sameOrigin() {
    return new CorsPolicy(origin -> false, false, true, false);
  }

  /** Returns the policy that lets in every page, without its cookies. */
  public static CorsPolicy everybody() {
    return new CorsPolicy(origin -> true, true, false, false);
  }

  /**
   * Returns the policy that lets in pages of these origins, for example {@code
   * https://example.org}, besides those of the same host and port.
   */
  public static CorsPolicy origins(Collection<String> origins) {
    Set<String> known =
        Set.copyOf(origins.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList());
    return new CorsPolicy(
        origin -> known.contains(origin.toLowerCase(Locale.ROOT)), false, false, false);
  }

  /**
   * Returns the policy that lets in pages by a rule of the application, besides those of the same
   * host and port.
   */
  public static CorsPolicy matching(Predicate<String> rule) {
    return new CorsPolicy(rule, false, false, false);
  }

  /**
   * Returns the same policy, with cookies and other credentials let through.
   *
   * @throws IllegalStateException for {@link #everybody}: every page of the web could then act for
   *     the user
   */
  public CorsPolicy withCredentials() {
    if (everybody) {
      throw new IllegalStateException("credentials need named origins");
    }
    return new CorsPolicy(allowed, false, ownOnly, true);
  }

  /**
   * Returns whether a request may go on.
   *
   * @param origin its Origin header, or null
   * @param host its Host header, or null
   */
  boolean admits(@Nullable String origin, @Nullable String host) {
    return origin == null || everybody || isSameOrigin(origin, host) || allowed.test(origin);
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
    if (everybody) {
      return Map.of("Access-Control-Allow-Origin", "*");
    }
    if (ownOnly) {
      return Map.of();
    }
    // Caches have to know that the answer depends on it, also where it says nothing.
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Vary", "Origin");
    if (origin == null || !allowed.test(origin)) {
      return headers;
    }
    headers.put("Access-Control-Allow-Origin", origin);
    if (credentials) {
      headers.put("Access-Control-Allow-Credentials", "true");
    }
    return headers;
  }

  /**
   * Returns the headers that the answer to a preflight carries besides {@link #headers}.
   *
   * @param requestedHeaders the request's {@code Access-Control-Request-Headers}, or null
   */
  Map<String, String> preflightHeaders(@Nullable String requestedHeaders) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Access-Control-Allow-Methods", "GET,POST");
    headers.put("Access-Control-Max-Age", "600");
    if (requestedHeaders != null) {
      headers.put("Vary", "Access-Control-Request-Headers");
      headers.put("Access-Control-Allow-Headers", requestedHeaders);
    }
    return headers;
  }
}

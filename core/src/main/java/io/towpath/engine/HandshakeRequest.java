package io.towpath.engine;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that core knows of an HTTP request. Immutable; any thread.
 *
 * @param method the method, in capitals
 * @param url the request target: path and query as sent
 * @param query the decoded query parameters; of duplicates the last one counts, as in the reference
 * @param headers header values by lower-case name, in the order of the wire
 * @param remoteAddress the peer's address in text, for example {@code 127.0.0.1}
 * @param secure whether it came over TLS
 */
public record HandshakeRequest(
    String method,
    String url,
    Map<String, String> query,
    Map<String, List<String>> headers,
    String remoteAddress,
    boolean secure) {

  /** Names that nearly every request has, so that each session does not hold its own copies. */
  private static final Map<String, String> COMMON_NAMES =
      Stream.of(
              "accept",
              "accept-encoding",
              "accept-language",
              "cache-control",
              "connection",
              "content-length",
              "content-type",
              "cookie",
              "host",
              "origin",
              "pragma",
              "referer",
              "sec-fetch-dest",
              "sec-fetch-mode",
              "sec-fetch-site",
              "sec-websocket-extensions",
              "sec-websocket-key",
              "sec-websocket-protocol",
              "sec-websocket-version",
              "upgrade",
              "user-agent",
              "x-forwarded-for",
              "x-forwarded-proto")
          .collect(Collectors.toUnmodifiableMap(name -> name, name -> name));

  /** Copies the maps, as small as they can be; header names are put in lower case. */
  public HandshakeRequest {
    query = Map.copyOf(query);
    Map<String, List<String>> lower = new HashMap<>();
    headers.forEach((name, values) -> lower.put(lowerCase(name), List.copyOf(values)));
    headers = Map.copyOf(lower);
  }

  private static String lowerCase(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return COMMON_NAMES.getOrDefault(lower, lower);
  }

  /** Returns the first value of a header, or null; the name's case does not matter. */
  public @Nullable String header(String name) {
    List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
    return values == null || values.isEmpty() ? null : values.get(0);
  }

  /** Returns all values of a header, one for each header line; empty if there is none. */
  public List<String> headerLines(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  /** Returns a query parameter; null if it is missing or empty. */
  public @Nullable String parameter(String name) {
    String value = query.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /**
   * Returns the revision of the protocol that this request speaks: 4 if it says so, otherwise 3, as
   * the reference has it.
   */
  public int protocol() {
    return "4".equals(query.get("EIO")) ? 4 : 3;
  }

  /** Returns whether the client cannot take binary and wants base64 in its place. */
  public boolean wantsBase64() {
    return parameter("b64") != null;
  }

  /**
   * Parses a query string as {@code application/x-www-form-urlencoded}. Malformed escapes are kept
   * as they stand, as the WHATWG parser does.
   *
   * @param query the text after the question mark, without it
   */
  public static Map<String, String> parseQuery(String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    int start = 0;
    while (start < query.length()) {
      int end = query.indexOf('&', start);
      end = end < 0 ? query.length() : end;
      if (end > start) {
        String pair = query.substring(start, end);
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        parameters.put(decode(name), equals < 0 ? "" : decode(pair.substring(equals + 1)));
      }
      start = end + 1;
    }
    return parameters;
  }

  /** Decodes escapes one by one, so that a malformed one costs the others nothing. */
  private static String decode(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      byte b = bytes[i];
      int escaped = b == '%' && i + 2 < bytes.length ? escape(bytes[i + 1], bytes[i + 2]) : -1;
      if (escaped >= 0) {
        b = (byte) escaped;
        i += 2;
      }
      bytes[length++] = b == '+' && escaped < 0 ? (byte) ' ' : b;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static int escape(byte high, byte low) {
    int h = Character.digit(high, 16);
    int l = Character.digit(low, 16);
    return h < 0 || l < 0 ? -1 : h << 4 | l;
  }
}

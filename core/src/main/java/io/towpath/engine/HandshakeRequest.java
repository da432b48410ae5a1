package io.towpath.engine;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that core knows of an HTTP request. Immutable; any thread. Sessions keep it for as long as
 * they live, so headers and query are kept as they came and parsed when they are asked for.
 */
public final class HandshakeRequest {
  private static final RecentTexts RECENT = new RecentTexts();

  private final String method;
  private final String url;

  /** Null if the parameters are those of the URL. */
  private final @Nullable Map<String, String> query;

  /** See {@link HeaderBlock}. */
  private final String headers;

  private final String remoteAddress;
  private final boolean secure;

  /**
   * Creates a request of its parts. A server does it with {@link #builder}.
   *
   * @param method the method, in capitals
   * @param url the request target: path and query as sent
   * @param query the decoded query parameters; of duplicates the last one counts, as in the
   *     reference
   * @param headers header values by name, in the order of the wire
   * @param remoteAddress the peer's address in text, for example {@code 127.0.0.1}
   * @param secure whether it came over TLS
   */
  public HandshakeRequest(
      String method,
      String url,
      Map<String, String> query,
      Map<String, List<String>> headers,
      String remoteAddress,
      boolean secure) {
    this(
        method,
        url,
        query.equals(parseQuery(queryOf(url))) ? null : Map.copyOf(query),
        block(headers),
        remoteAddress,
        secure);
  }

  private HandshakeRequest(
      String method,
      String url,
      @Nullable Map<String, String> query,
      String headers,
      String remoteAddress,
      boolean secure) {
    this.method = method;
    this.url = RECENT.share(url);
    this.query = query;
    this.headers = headers;
    this.remoteAddress = RECENT.share(remoteAddress);
    this.secure = secure;
  }

  private static String block(Map<String, List<String>> headers) {
    StringBuilder block = new StringBuilder();
    headers.forEach((name, values) -> values.forEach(value -> HeaderBlock.add(block, name, value)));
    return block.toString();
  }

  private static String queryOf(String url) {
    int mark = url.indexOf('?');
    return mark < 0 ? "" : url.substring(mark + 1);
  }

  /**
   * Begins a request whose parameters are those of its URL.
   *
   * @param method the method, in capitals
   * @param url the request target: path and query as sent
   * @param remoteAddress the peer's address in text, for example {@code 127.0.0.1}
   * @param secure whether it came over TLS
   */
  public static Builder builder(String method, String url, String remoteAddress, boolean secure) {
    return new Builder(method, url, remoteAddress, secure);
  }

  /** Collects the headers of a request. Not thread safe; for one request. */
  public static final class Builder {
    private final String method;
    private final String url;
    private final String remoteAddress;
    private final boolean secure;
    private final StringBuilder headers = new StringBuilder(256);

    private Builder(String method, String url, String remoteAddress, boolean secure) {
      this.method = method;
      this.url = url;
      this.remoteAddress = remoteAddress;
      this.secure = secure;
    }

    /** Adds a header line; the name's case does not matter. */
    public Builder header(String name, String value) {
      HeaderBlock.add(headers, name, value);
      return this;
    }

    /** Returns the request. */
    public HandshakeRequest build() {
      return new HandshakeRequest(method, url, null, headers.toString(), remoteAddress, secure);
    }
  }

  /** Returns the method, in capitals. */
  public String method() {
    return method;
  }

  /** Returns the request target: path and query as sent. */
  public String url() {
    return url;
  }

  /** Returns the decoded query parameters, which cannot be changed; of duplicates the last one. */
  public Map<String, String> query() {
    return query != null ? query : Map.copyOf(parseQuery(queryOf(url)));
  }

  /** Returns header values by lower-case name, which cannot be changed. */
  public Map<String, List<String>> headers() {
    return HeaderBlock.map(headers);
  }

  /** Returns the peer's address in text, for example {@code 127.0.0.1}. */
  public String remoteAddress() {
    return remoteAddress;
  }

  /** Returns whether it came over TLS. */
  public boolean secure() {
    return secure;
  }

  /** Returns the first value of a header, or null; the name's case does not matter. */
  public @Nullable String header(String name) {
    return HeaderBlock.first(headers, name.toLowerCase(Locale.ROOT));
  }

  /** Returns all values of a header, one for each header line; empty if there is none. */
  public List<String> headerLines(String name) {
    return HeaderBlock.all(headers, name.toLowerCase(Locale.ROOT));
  }

  /** Returns a query parameter; null if it is missing or empty. */
  public @Nullable String parameter(String name) {
    String value = rawParameter(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** Returns a query parameter, which may be empty; null if it is missing. */
  @Nullable String rawParameter(String name) {
    if (query != null) {
      return query.get(name);
    }
    String found = null;
    int start = url.indexOf('?') + 1;
    while (start > 0 && start < url.length()) {
      int end = url.indexOf('&', start);
      end = end < 0 ? url.length() : end;
      int equals = url.indexOf('=', start);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (end > start && isNamed(start, nameEnd, name)) {
        found = nameEnd == end ? "" : decode(url.substring(nameEnd + 1, end));
      }
      start = end + 1;
    }
    return found;
  }

  private boolean isNamed(int start, int end, String name) {
    for (int i = start; i < end; i++) {
      char c = url.charAt(i);
      if (c == '%' || c == '+') {
        return decode(url.substring(start, end)).equals(name);
      }
    }
    return end - start == name.length() && url.regionMatches(start, name, 0, end - start);
  }

  /**
   * Returns the revision of the protocol that this request speaks: 4 if it says so, otherwise 3, as
   * the reference has it.
   */
  public int protocol() {
    return "4".equals(rawParameter("EIO")) ? 4 : 3;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HandshakeRequest request
        && method.equals(request.method)
        && url.equals(request.url)
        && query().equals(request.query())
        && headers().equals(request.headers())
        && remoteAddress.equals(request.remoteAddress)
        && secure == request.secure;
  }

  @Override
  public int hashCode() {
    return url.hashCode() * 31 + remoteAddress.hashCode();
  }

  /** Names no header and no parameter: they may be secrets. */
  @Override
  public String toString() {
    return method + " from " + remoteAddress;
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

package io.towpath.websocket;

import io.towpath.engine.HandshakeRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of the opening handshake, RFC 6455 section 4.2: a request in, an answer out.
 * Pure and immutable; any thread. Takes time linear in the size of the headers that it reads, of
 * which it reads at most {@link #MAX_HEADER_CHARS} characters each.
 *
 * <p>A request is refused before anything has been answered, and the first rule that it breaks
 * decides:
 *
 * <table>
 *   <caption>Rules in their order</caption>
 *   <tr><td>the method is GET</td><td>405</td></tr>
 *   <tr><td>HTTP/1.1 or later</td><td>505</td></tr>
 *   <tr><td>none of the headers below is too long</td><td>431</td></tr>
 *   <tr><td>one Host</td><td>400</td></tr>
 *   <tr><td>{@code Upgrade} lists websocket and {@code Connection} lists upgrade</td><td>426</td></tr>
 *   <tr><td>Sec-WebSocket-Version is 13</td><td>426</td></tr>
 *   <tr><td>one Sec-WebSocket-Key, the base64 of 16 bytes</td><td>400</td></tr>
 *   <tr><td>no body</td><td>400</td></tr>
 *   <tr><td>Sec-WebSocket-Protocol is a list of different tokens</td><td>400</td></tr>
 *   <tr><td>Sec-WebSocket-Extensions is well-formed, if compression is on</td><td>400</td></tr>
 *   <tr><td>the origin is allowed</td><td>403</td></tr>
 * </table>
 */
public final class WebSocketUpgrade {
  /** The longest header that is read, in characters, all its lines together. */
  public static final int MAX_HEADER_CHARS = 8192;

  private static final String VERSION = "13";
  private static final int KEY_BYTES = 16;

  /** RFC 6455 section 1.3. */
  private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final List<String> READ_HEADERS =
      List.of(
          "host",
          "upgrade",
          "connection",
          "sec-websocket-version",
          "sec-websocket-key",
          "sec-websocket-protocol",
          "sec-websocket-extensions",
          "origin");

  private final Predicate<HandshakeRequest> originAllowed;
  private final Subprotocols subprotocols;
  private final Function<HandshakeRequest, Map<String, List<String>>> extraHeaders;
  private final @Nullable DeflateOptions deflate;

  /** The answer to a request. */
  public sealed interface Outcome {}

  /**
   * Answer 101 with these headers; from the next byte on, the connection speaks WebSocket.
   *
   * @param headers names in the spelling to send; one header line for each value
   * @param subprotocol what was chosen, or null
   * @param deflate how messages are compressed, or null if they are not
   */
  public record Accepted(
      Map<String, List<String>> headers,
      @Nullable String subprotocol,
      @Nullable DeflateParameters deflate)
      implements Outcome {}

  /**
   * Answer with this status and headers, and treat the request as any other that failed.
   *
   * @param headers names in the spelling to send; one header line for each value
   * @param reason which rule was broken; may be sent as the body
   */
  public record Rejected(int status, Map<String, List<String>> headers, String reason)
      implements Outcome {}

  /** Which subprotocol is chosen among those that a client offers, in its order. */
  @FunctionalInterface
  public interface Subprotocols {
    /**
     * Chooses.
     *
     * @param offered what the client offers, not empty; tokens, in its order of preference
     * @return one of them, or null for none
     */
    @Nullable String choose(List<String> offered);

    /** Chooses none: the client is told that its offers mean nothing here. */
    Subprotocols NONE = offered -> null;

    /**
     * Chooses the client's first, as the reference does: its clients may name one for the sake of a
     * proxy on the way and fail if it is not repeated.
     */
    Subprotocols FIRST_OFFERED = offered -> offered.get(0);

    /** Chooses the first of these, in the server's order, that the client offers. */
    static Subprotocols among(List<String> supported) {
      List<String> ours = List.copyOf(supported);
      return offered -> ours.stream().filter(offered::contains).findFirst().orElse(null);
    }
  }

  /** A request that breaks a rule; thrown and caught in this class only. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Rejected answer;

    Refusal(int status, Map<String, List<String>> headers, String reason) {
      super(reason, null, false, false);
      this.answer = new Rejected(status, headers, reason);
    }

    Refusal(int status, String reason) {
      this(status, Map.of(), reason);
    }
  }

  /** Creates the rules of an endpoint without compression. */
  public WebSocketUpgrade(
      Predicate<HandshakeRequest> originAllowed,
      Subprotocols subprotocols,
      Function<HandshakeRequest, Map<String, List<String>>> extraHeaders) {
    this(originAllowed, subprotocols, extraHeaders, null);
  }

  /**
   * Creates the rules of an endpoint.
   *
   * @param originAllowed decides by the {@code Origin} header, and whatever else it wants to look
   *     at; asked last, and also if there is no such header
   * @param subprotocols how a subprotocol is chosen
   * @param extraHeaders headers to add to a 101, for example a cookie; asked only if everything
   *     else is well
   * @param deflate how to negotiate compression, or null to ignore what is offered
   */
  public WebSocketUpgrade(
      Predicate<HandshakeRequest> originAllowed,
      Subprotocols subprotocols,
      Function<HandshakeRequest, Map<String, List<String>>> extraHeaders,
      @Nullable DeflateOptions deflate) {
    this.originAllowed = originAllowed;
    this.subprotocols = subprotocols;
    this.extraHeaders = extraHeaders;
    this.deflate = deflate;
  }

  /**
   * Judges a request.
   *
   * @param request the request; its method and headers are looked at
   * @param httpVersion as on the request line, for example {@code HTTP/1.1}
   * @throws IllegalArgumentException if an extra header has a line break in it, or one of the
   *     handshake's own names
   */
  public Outcome judge(HandshakeRequest request, String httpVersion) {
    try {
      return accept(request, httpVersion);
    } catch (Refusal refusal) {
      return refusal.answer;
    }
  }

  /** Returns the value of Sec-WebSocket-Accept for a key; section 4.2.2, step 5.4. */
  public static String acceptOf(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] digest = sha1.digest((key + KEY_SUFFIX).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-1", impossible);
    }
  }

  /** RFC 6455 section 4.2.1 from top to bottom, then section 4.2.2. */
  private Accepted accept(HandshakeRequest request, String httpVersion) {
    if (!request.method().equals("GET")) {
      throw new Refusal(405, Map.of("Allow", List.of("GET")), "WebSocket opens with GET");
    }
    if (!isAtLeast11(httpVersion)) {
      throw new Refusal(505, "WebSocket needs HTTP/1.1");
    }
    checkLengths(request);
    if (request.headerLines("host").size() != 1 || single(request, "host").isEmpty()) {
      throw new Refusal(400, "Host is missing or repeated");
    }
    if (!lists(request, "upgrade", "websocket") || !lists(request, "connection", "upgrade")) {
      throw new Refusal(426, upgradeHeaders(), "not a WebSocket upgrade");
    }
    if (!single(request, "sec-websocket-version").equals(VERSION)) {
      throw new Refusal(426, upgradeHeaders(), "only Sec-WebSocket-Version 13 is spoken here");
    }
    String key = single(request, "sec-websocket-key");
    if (!isKey(key)) {
      throw new Refusal(400, "Sec-WebSocket-Key is missing or malformed");
    }
    checkNoBody(request);
    List<String> offered = offeredSubprotocols(request);
    DeflateNegotiation.Agreement compression = compression(request);
    if (!originAllowed.test(request)) {
      throw new Refusal(403, "origin not allowed");
    }
    String subprotocol = offered.isEmpty() ? null : subprotocols.choose(offered);
    if (subprotocol != null && !offered.contains(subprotocol)) {
      throw new IllegalStateException("subprotocol was not offered: " + subprotocol);
    }
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers.put("Upgrade", List.of("websocket"));
    headers.put("Connection", List.of("Upgrade"));
    headers.put("Sec-WebSocket-Accept", List.of(acceptOf(key)));
    if (subprotocol != null) {
      headers.put("Sec-WebSocket-Protocol", List.of(subprotocol));
    }
    if (compression != null) {
      headers.put("Sec-WebSocket-Extensions", List.of(compression.header()));
    }
    addExtra(headers, extraHeaders.apply(request));
    return new Accepted(
        Collections.unmodifiableMap(headers),
        subprotocol,
        compression == null ? null : compression.parameters());
  }

  private DeflateNegotiation.@Nullable Agreement compression(HandshakeRequest request) {
    if (deflate == null) {
      return null;
    }
    try {
      return DeflateNegotiation.choose(request.headerLines("sec-websocket-extensions"), deflate);
    } catch (IllegalArgumentException malformed) {
      throw new Refusal(400, "Sec-WebSocket-Extensions is malformed");
    }
  }

  private static Map<String, List<String>> upgradeHeaders() {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers.put("Upgrade", List.of("websocket"));
    headers.put("Connection", List.of("Upgrade"));
    headers.put("Sec-WebSocket-Version", List.of(VERSION));
    return Collections.unmodifiableMap(headers);
  }

  private static boolean isAtLeast11(String version) {
    if (!version.startsWith("HTTP/")) {
      return false;
    }
    String number = version.substring(5);
    if (number.length() == 1) {
      return number.charAt(0) >= '2' && number.charAt(0) <= '9';
    }
    return number.length() == 3
        && number.charAt(1) == '.'
        && isDigit(number.charAt(0))
        && isDigit(number.charAt(2))
        && number.compareTo("1.1") >= 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static void checkLengths(HandshakeRequest request) {
    for (String name : READ_HEADERS) {
      long chars = 0;
      for (String line : request.headerLines(name)) {
        chars += line.length();
      }
      if (chars > MAX_HEADER_CHARS) {
        throw new Refusal(431, "header too long: " + name);
      }
    }
  }

  /** Returns the only line of a header, trimmed; empty if there is none, or more than one. */
  private static String single(HandshakeRequest request, String name) {
    List<String> lines = request.headerLines(name);
    return lines.size() == 1 ? lines.get(0).strip() : "";
  }

  /**
   * Returns whether a header's lines, together one list, name a token; its case does not matter.
   */
  private static boolean lists(HandshakeRequest request, String name, String token) {
    for (String element : elements(request, name)) {
      if (element.equalsIgnoreCase(token)) {
        return true;
      }
    }
    return false;
  }

  /** RFC 9110 section 5.6.1: several lines are one list; empty elements do not count. */
  private static List<String> elements(HandshakeRequest request, String name) {
    List<String> elements = new ArrayList<>();
    for (String line : request.headerLines(name)) {
      int start = 0;
      while (start <= line.length()) {
        int comma = line.indexOf(',', start);
        int end = comma < 0 ? line.length() : comma;
        String element = line.substring(start, end).strip();
        if (!element.isEmpty()) {
          elements.add(element);
        }
        start = end + 1;
      }
    }
    return elements;
  }

  private static boolean isKey(String key) {
    // 16 bytes are 22 characters and two of padding; anything else need not be decoded.
    if (key.length() != 24 || !key.endsWith("==")) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  /** What follows the request is the client's first frame; a body would be taken for one. */
  private static void checkNoBody(HandshakeRequest request) {
    boolean empty =
        request.headerLines("transfer-encoding").isEmpty()
            && request.headerLines("content-length").stream()
                .allMatch(length -> length.strip().equals("0"));
    if (!empty) {
      throw new Refusal(400, "an upgrade has no body");
    }
  }

  private static List<String> offeredSubprotocols(HandshakeRequest request) {
    List<String> offered = elements(request, "sec-websocket-protocol");
    Set<String> different = new HashSet<>();
    for (String name : offered) {
      if (!isToken(name) || !different.add(name)) {
        throw new Refusal(400, "Sec-WebSocket-Protocol is malformed");
      }
    }
    return offered;
  }

  /** RFC 9110 section 5.6.2. */
  static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isTokenChar(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** RFC 9110 section 5.6.2. */
  static boolean isTokenChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || isDigit(c)
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }

  private static void addExtra(Map<String, List<String>> headers, Map<String, List<String>> extra) {
    Set<String> taken = new HashSet<>();
    headers.keySet().forEach(name -> taken.add(name.toLowerCase(Locale.ROOT)));
    taken.add("sec-websocket-protocol");
    taken.add("sec-websocket-extensions");
    extra.forEach(
        (name, values) -> {
          if (!isToken(name) || taken.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("not for an extra header: " + name);
          }
          for (String value : values) {
            if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
              throw new IllegalArgumentException("line break in extra header " + name);
            }
          }
          headers.put(name, List.copyOf(values));
        });
  }
}

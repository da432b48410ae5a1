package io.towpath.websocket;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The negotiation of permessage-deflate as a server sees it, RFC 7692 section 7.1: reads what a
 * client offers, takes the first offer that can be honoured in all of its parameters, and declines
 * the others. Reads every character once. Pure; any thread.
 */
final class DeflateNegotiation {
  static final String NAME = "permessage-deflate";
  static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
  static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
  static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
  static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

  /** A parameter without a value. */
  private static final String NO_VALUE = "";

  /**
   * One offered extension.
   *
   * @param parameters values by name; {@link #NO_VALUE} if there is none
   * @param repeated whether a parameter stands there twice
   */
  record Offer(String name, Map<String, String> parameters, boolean repeated) {}

  /**
   * What is agreed on.
   *
   * @param header the server's Sec-WebSocket-Extensions, which says so
   */
  record Agreement(DeflateParameters parameters, String header) {}

  private DeflateNegotiation() {}

  /**
   * Chooses among the offers of a request.
   *
   * @param lines the lines of Sec-WebSocket-Extensions
   * @return what to agree on, or null to go without compression
   * @throws IllegalArgumentException if the header breaks the grammar of RFC 6455 section 9.1
   */
  static @Nullable Agreement choose(List<String> lines, DeflateOptions options) {
    for (String line : lines) {
      for (Offer offer : new Grammar(line).offers()) {
        Agreement agreement = agree(offer, options);
        if (agreement != null) {
          return agreement;
        }
      }
    }
    return null;
  }

  /** Section 7.1: declines what is unknown, repeated, malformed or not possible; else agrees. */
  private static @Nullable Agreement agree(Offer offer, DeflateOptions options) {
    if (!offer.name.equals(NAME) || offer.repeated) {
      return null;
    }
    boolean serverAlone = !options.contextTakeover();
    // Section 7.1.1.2: the server may ask for it although the client did not offer it.
    boolean clientAlone = !options.contextTakeover();
    int serverBits = DeflateParameters.MAX_WINDOW_BITS;
    for (Map.Entry<String, String> parameter : offer.parameters.entrySet()) {
      String value = parameter.getValue();
      switch (parameter.getKey()) {
        case SERVER_NO_CONTEXT_TAKEOVER -> {
          if (!value.equals(NO_VALUE)) {
            return null;
          }
          serverAlone = true;
        }
        case CLIENT_NO_CONTEXT_TAKEOVER -> {
          if (!value.equals(NO_VALUE)) {
            return null;
          }
          clientAlone = true;
        }
        case SERVER_MAX_WINDOW_BITS -> {
          serverBits = windowBits(value);
          if (serverBits == 0) {
            return null;
          }
        }
        case CLIENT_MAX_WINDOW_BITS -> {
          // Section 7.1.2.2: a hint that we may ask for a smaller window; we take the largest.
          if (!value.equals(NO_VALUE) && windowBits(value) == 0) {
            return null;
          }
        }
        default -> {
          return null;
        }
      }
    }
    DeflateParameters agreed =
        new DeflateParameters(
            serverAlone, clientAlone, serverBits, DeflateParameters.MAX_WINDOW_BITS);
    return new Agreement(agreed, answer(agreed, offer));
  }

  private static String answer(DeflateParameters agreed, Offer offer) {
    StringBuilder answer = new StringBuilder(NAME);
    if (agreed.serverNoContextTakeover()) {
      answer.append("; ").append(SERVER_NO_CONTEXT_TAKEOVER);
    }
    if (agreed.clientNoContextTakeover()) {
      answer.append("; ").append(CLIENT_NO_CONTEXT_TAKEOVER);
    }
    // Section 7.1.2.1: accepting a window means repeating it, also if it is the largest.
    if (offer.parameters.containsKey(SERVER_MAX_WINDOW_BITS)) {
      answer
          .append("; ")
          .append(SERVER_MAX_WINDOW_BITS)
          .append('=')
          .append(agreed.serverMaxWindowBits());
    }
    return answer.toString();
  }

  /** Section 7.1.2: a decimal number from 8 to 15 without leading zeros; 0 if it is none. */
  private static int windowBits(String value) {
    for (int bits = DeflateParameters.MIN_WINDOW_BITS;
        bits <= DeflateParameters.MAX_WINDOW_BITS;
        bits++) {
      if (value.equals(Integer.toString(bits))) {
        return bits;
      }
    }
    return 0;
  }

  /** RFC 6455 section 9.1, one line of the header, from left to right. */
  static final class Grammar {
    private final String line;
    private int at;

    Grammar(String line) {
      this.line = line;
    }

    /**
     * Reads the line.
     *
     * @throws IllegalArgumentException if it breaks the grammar
     */
    List<Offer> offers() {
      List<Offer> offers = new ArrayList<>();
      do {
        skipSpaces();
        // RFC 9110 section 5.6.1: empty elements of a list do not count.
        if (at < line.length() && line.charAt(at) != ',') {
          offers.add(offer());
        }
      } while (skip(','));
      if (at < line.length()) {
        throw malformed();
      }
      return offers;
    }

    private Offer offer() {
      String name = token();
      Map<String, String> parameters = new HashMap<>();
      boolean repeated = false;
      while (skip(';')) {
        String parameter = token();
        String value = skip('=') ? value() : NO_VALUE;
        repeated |= parameters.put(parameter, value) != null;
      }
      return new Offer(name, parameters, repeated);
    }

    private String token() {
      skipSpaces();
      int start = at;
      while (at < line.length() && WebSocketUpgrade.isTokenChar(line.charAt(at))) {
        at++;
      }
      if (at == start) {
        throw malformed();
      }
      return line.substring(start, at);
    }

    /** A token, or one in quotation marks; what is quoted must be a token when it is not. */
    private String value() {
      skipSpaces();
      if (at == line.length() || line.charAt(at) != '"') {
        return token();
      }
      at++;
      StringBuilder value = new StringBuilder();
      while (at < line.length() && line.charAt(at) != '"') {
        if (line.charAt(at) == '\\') {
          at++;
        }
        if (at == line.length() || !WebSocketUpgrade.isTokenChar(line.charAt(at))) {
          throw malformed();
        }
        value.append(line.charAt(at++));
      }
      if (at == line.length() || value.isEmpty()) {
        throw malformed();
      }
      at++;
      return value.toString();
    }

    private boolean skip(char c) {
      skipSpaces();
      if (at < line.length() && line.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void skipSpaces() {
      while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
        at++;
      }
    }

    private static IllegalArgumentException malformed() {
      return new IllegalArgumentException("Sec-WebSocket-Extensions is malformed");
    }
  }
}

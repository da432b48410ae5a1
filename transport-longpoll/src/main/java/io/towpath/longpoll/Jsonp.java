package io.towpath.longpoll;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.Outgoing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Payloads inside scripts, for browsers that can ask another site for nothing else: an answer calls
 * a function with the payload as a string, a POST is a form with the payload in the field {@code
 * d}. Source: the reference server.
 *
 * <p>A page of any site can load a script, so the rule about origins cannot hold here; that is why
 * it has to be switched on.
 */
record Jsonp(String index, PollingDialect payload) implements PollingDialect {
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Type",
          "text/javascript; charset=UTF-8",
          "Cache-Control",
          "no-store",
          "X-Content-Type-Options",
          "nosniff");

  /** Longest index that is repeated, in digits. */
  private static final int MAX_DIGITS = 20;

  /** Keeps the digits of the index, because it becomes part of a script. */
  Jsonp {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < index.length() && digits.length() < MAX_DIGITS; i++) {
      char c = index.charAt(i);
      if (c >= '0' && c <= '9') {
        digits.append(c);
      }
    }
    index = digits.toString();
  }

  @Override
  public PollResponse answer(List<? extends Outgoing> batch) {
    StringBuilder script = new StringBuilder("___eio[").append(index).append("](\"");
    StringBuilder text = new StringBuilder();
    // Pieces end where packets do, so each is UTF-8 of its own.
    for (byte[] piece : payload.answer(batch).body()) {
      text.append(new String(piece, StandardCharsets.UTF_8));
    }
    for (int i = 0; i < text.length(); i++) {
      escape(script, text.charAt(i));
    }
    byte[] body = script.append("\");").toString().getBytes(StandardCharsets.UTF_8);
    return new PollResponse(200, HEADERS, List.of(body));
  }

  /** Two line separators end a line inside a script's string, though not inside JSON's. */
  private static void escape(StringBuilder script, char c) {
    if (c == '"' || c == '\\') {
      script.append('\\').append(c);
    } else if (c < 0x20 || c == '\u2028' || c == '\u2029' || c == '<') {
      script.append(String.format("\\u%04x", (int) c));
    } else {
      script.append(c);
    }
  }

  @Override
  public boolean takes(@Nullable String contentType) {
    return payload.takes(contentType);
  }

  @Override
  public Packets read(byte[] body, @Nullable String contentType, int maxPackets) {
    String form = new String(body, StandardCharsets.UTF_8);
    String data = HandshakeRequest.parseQuery(form).get("d");
    if (data == null) {
      return new NoField();
    }
    byte[] text = unescape(data).getBytes(StandardCharsets.UTF_8);
    return payload.read(text, null, maxPackets);
  }

  /**
   * Old browsers change line breaks in forms. So clients send a line break as backslash and n, and
   * backslash and n as two backslashes and n.
   */
  static String unescape(String data) {
    StringBuilder text = new StringBuilder(data.length());
    int i = 0;
    while (i < data.length()) {
      if (data.startsWith("\\\\n", i)) {
        text.append("\\n");
        i += 3;
      } else if (data.startsWith("\\n", i)) {
        text.append('\n');
        i += 2;
      } else {
        text.append(data.charAt(i++));
      }
    }
    return text.toString();
  }

  /** A form without the field. */
  private static final class NoField implements Packets {
    @Override
    public @Nullable EnginePacket next() {
      return null;
    }

    @Override
    public String violation() {
      return "a form without the field d";
    }
  }
}

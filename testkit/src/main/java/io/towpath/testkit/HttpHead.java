package io.towpath.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The head of an HTTP/1 request or response, with the bytes it came in, so that it can be passed on
 * untouched. Reads only what a proxy must know: where the message ends, and whether it asks for, or
 * is, a change of protocol.
 */
record HttpHead(byte[] bytes, String startLine, List<String> fields) {
  /** How the end of a message is found (RFC 9112 section 6.3). */
  enum Body {
    NONE,
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  static HttpHead parse(byte[] bytes) throws MalformedHttpException {
    String startLine = null;
    List<String> fields = new ArrayList<>();
    for (String line : new String(bytes, StandardCharsets.ISO_8859_1).split("\r?\n", -1)) {
      if (line.isEmpty()) {
        continue;
      }
      if (startLine == null) {
        startLine = line;
      } else if (line.indexOf(':') > 0) {
        fields.add(line);
      } else {
        throw new MalformedHttpException("a header field without a colon");
      }
    }
    if (startLine == null) {
      throw new MalformedHttpException("no start line");
    }
    return new HttpHead(bytes, startLine, List.copyOf(fields));
  }

  /** Returns all values of a field, joined by commas; empty if there are none. */
  String values(String name) {
    StringBuilder values = new StringBuilder();
    for (String field : fields) {
      int colon = field.indexOf(':');
      if (field.substring(0, colon).trim().equalsIgnoreCase(name)) {
        values.append(values.isEmpty() ? "" : ",").append(field.substring(colon + 1).trim());
      }
    }
    return values.toString();
  }

  private boolean has(String name, String token) {
    for (String value : values(name).toLowerCase(Locale.ROOT).split(",", -1)) {
      if (value.trim().equals(token)) {
        return true;
      }
    }
    return false;
  }

  String method() {
    int space = startLine.indexOf(' ');
    return space < 0 ? startLine : startLine.substring(0, space);
  }

  /** True for a request that the server may answer with 101, whatever the protocol. */
  boolean mayChangeProtocol() {
    return !values("Upgrade").isEmpty();
  }

  /** True for the opening handshake of a WebSocket (RFC 6455 section 4.1). */
  boolean opensWebSocket() {
    return has("Upgrade", "websocket");
  }

  int status() throws MalformedHttpException {
    String[] parts = startLine.split(" ", 3);
    if (parts.length < 2 || !parts[1].matches("[1-9][0-9]{2}")) {
      throw new MalformedHttpException("no status in the status line");
    }
    return Integer.parseInt(parts[1]);
  }

  Body requestBody() throws MalformedHttpException {
    boolean encoded = !values("Transfer-Encoding").isEmpty();
    boolean measured = !values("Content-Length").isEmpty();
    if (encoded && (measured || !endsChunked())) {
      // Two readers could disagree about its end, so that a second request might hide in its body.
      throw new MalformedHttpException("a request whose end is ambiguous");
    }
    if (measured) {
      contentLength();
    }
    return encoded ? Body.CHUNKED : measured ? Body.LENGTH : Body.NONE;
  }

  Body responseBody(String requestMethod) throws MalformedHttpException {
    int status = status();
    if (requestMethod.equals("HEAD") || status < 200 || status == 204 || status == 304) {
      return Body.NONE;
    }
    if (!values("Transfer-Encoding").isEmpty()) {
      return endsChunked() ? Body.CHUNKED : Body.UNTIL_CLOSE;
    }
    return values("Content-Length").isEmpty() ? Body.UNTIL_CLOSE : Body.LENGTH;
  }

  private boolean endsChunked() {
    String codings = values("Transfer-Encoding").toLowerCase(Locale.ROOT);
    return codings.substring(codings.lastIndexOf(',') + 1).trim().equals("chunked");
  }

  /** Returns the Content-Length; the same number given twice counts once. */
  long contentLength() throws MalformedHttpException {
    String length = null;
    for (String value : values("Content-Length").split(",", -1)) {
      if (!value.trim().matches("[0-9]{1,18}")
          || (length != null && !length.equals(value.trim()))) {
        throw new MalformedHttpException("a Content-Length that is not one number");
      }
      length = value.trim();
    }
    return length == null ? 0 : Long.parseLong(length);
  }
}

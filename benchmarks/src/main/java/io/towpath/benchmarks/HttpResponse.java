package io.towpath.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The little of HTTP/1.1 that the load client reads. */
final class HttpResponse {
  private HttpResponse() {}

  /** Returns where the body starts, or -1 if the head is not whole yet. */
  static int headEnd(byte[] bytes, int from, int length) {
    for (int at = from + 3; at < length; at++) {
      if (bytes[at] == '\n' && bytes[at - 1] == '\r' && bytes[at - 2] == '\n') {
        return at + 1;
      }
    }
    return -1;
  }

  static int status(byte[] bytes, int from) {
    return Integer.parseInt(new String(bytes, from + 9, 3, StandardCharsets.US_ASCII));
  }

  /** Returns whether a word stands somewhere in a head. */
  static boolean headHas(byte[] bytes, int headEnd, String word) {
    return new String(bytes, 0, headEnd, StandardCharsets.US_ASCII).contains(word);
  }

  /**
   * Returns the length of the body.
   *
   * @throws LoadFailure if the head names none
   */
  static int contentLength(byte[] bytes, int from, int headEnd) {
    String head =
        new String(bytes, from, headEnd - from, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    int at = head.indexOf("\r\ncontent-length:");
    if (at < 0) {
      throw new LoadFailure("a response without Content-Length");
    }
    int start = at + "\r\ncontent-length:".length();
    return Integer.parseInt(head.substring(start, head.indexOf('\r', start)).trim());
  }
}

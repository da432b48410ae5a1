package io.towpath.longpoll;

import io.towpath.engine.Dismissal;
import io.towpath.engine.EngineError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The answer to one request. The body comes in pieces that belong together without anything between
 * them, so that a large message is shared by all who get it and never copied. Immutable; any
 * thread.
 *
 * @param status the HTTP status code
 * @param headers the headers of this answer, besides {@code Content-Length} and what the server
 *     adds to every answer
 * @param body the pieces of the body in order; not to be changed
 */
public record PollResponse(int status, Map<String, String> headers, List<byte[]> body) {
  private static final String NO_STORE = "no-store";
  private static final Map<String, String> PAYLOAD_HEADERS =
      Map.of("Content-Type", "text/plain; charset=UTF-8", "Cache-Control", NO_STORE);

  /** The answer to a POST whose packets have been taken. */
  static final PollResponse OK =
      new PollResponse(
          200,
          Map.of("Content-Type", "text/html", "Cache-Control", NO_STORE),
          List.of("ok".getBytes(StandardCharsets.US_ASCII)));

  /** The session has ended, by this request or before it. */
  static final PollResponse BAD_REQUEST = empty(400);

  /** The body is larger than the limit; the session lives on. */
  static final PollResponse TOO_LARGE = empty(413);

  /** The method means nothing to a session; the session lives on. */
  static final PollResponse WRONG_METHOD = empty(500);

  /** Copies the map and the list of pieces, not the pieces. */
  public PollResponse {
    headers = Map.copyOf(headers);
    body = List.copyOf(body);
  }

  /** Creates the answer to a GET: status 200 and a payload. */
  static PollResponse payload(List<byte[]> pieces) {
    return new PollResponse(200, PAYLOAD_HEADERS, pieces);
  }

  /** Creates the answer to a GET with another content type than text. */
  static PollResponse payload(String contentType, List<byte[]> pieces) {
    return new PollResponse(
        200, Map.of("Content-Type", contentType, "Cache-Control", NO_STORE), pieces);
  }

  /** Creates a refusal: the status that the dismissal has, and the engine's JSON for 400. */
  static PollResponse refusal(Dismissal why) {
    return switch (why) {
      case SESSION_OVER -> error(EngineError.UNKNOWN_SID);
      case BAD_NUMBERS -> error(EngineError.BAD_REQUEST);
      default -> empty(why.status());
    };
  }

  /** Creates an error of the engine. */
  static PollResponse error(EngineError error) {
    return new PollResponse(
        error.status(),
        Map.of("Content-Type", "application/json", "Cache-Control", NO_STORE),
        List.of(error.json().getBytes(StandardCharsets.UTF_8)));
  }

  private static PollResponse empty(int status) {
    return new PollResponse(status, Map.of(), List.of());
  }

  /** Returns the length of the body in bytes. */
  public long length() {
    long length = 0;
    for (byte[] piece : body) {
      length += piece.length;
    }
    return length;
  }
}

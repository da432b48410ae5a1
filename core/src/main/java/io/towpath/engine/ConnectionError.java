package io.towpath.engine;

import java.util.Map;

/**
 * A request that was refused, as the application is told of it. Immutable; any thread.
 *
 * @param code the code in the reply, 0 to 5; see {@link EngineError}
 * @param message the message in the reply
 * @param context what was wrong, by the reference's names: {@code transport}, {@code sid}, {@code
 *     method}, {@code protocol}, {@code message}, or a {@code name} such as {@code
 *     TRANSPORT_MISMATCH} with its details. Values may come from the client and are not to be
 *     trusted
 * @param request the request
 */
public record ConnectionError(
    int code, String message, Map<String, String> context, HandshakeRequest request) {
  /** Copies the map. */
  public ConnectionError {
    context = Map.copyOf(context);
  }
}

package io.towpath.server;

import io.towpath.engine.HandshakeRequest;

/** Adds headers to answers of the engine. Called by any thread; must not block. */
@FunctionalInterface
public interface HeaderHook {
  /**
   * Adds to the headers of an answer.
   *
   * @param request the request that is answered
   */
  void add(HandshakeRequest request, ResponseHeaders headers);
}

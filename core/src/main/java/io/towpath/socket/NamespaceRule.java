package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletionStage;

/**
 * Decides whether a namespace that does not exist may be brought into being by the client that asks
 * for it. Runs on the handler threads. One that throws says no, and is reported to {@link
 * SocketIo#onError}.
 */
@FunctionalInterface
public interface NamespaceRule {
  /**
   * Looks at the name that a client asks for.
   *
   * @param name the name, {@code /} first, as the client wrote it
   * @param auth the payload of CONNECT; an empty object if there was none
   */
  boolean admits(String name, JsonNode auth) throws Exception;

  /** A rule that may answer later. A stage that fails says no, and is reported. */
  @FunctionalInterface
  interface Async {
    /** Looks at the name that a client asks for; see {@link NamespaceRule#admits}. */
    CompletionStage<Boolean> admits(String name, JsonNode auth) throws Exception;
  }
}

package io.towpath.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.towpath.engine.HandshakeRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a client said when it connected. Immutable; any thread.
 *
 * @param request the first HTTP request of the session
 * @param issued when the socket was created
 * @param auth the payload of CONNECT; an empty object if there was none
 */
public record Handshake(HandshakeRequest request, Instant issued, JsonNode auth) {
  /** Returns what a client has sent that has sent nothing. */
  static JsonNode noAuth() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** Returns whether the client has sent anything with its CONNECT. */
  boolean hasAuth() {
    return !(auth.isObject() && auth.isEmpty());
  }

  /** Returns the header values of the first request by lower-case name. */
  public Map<String, List<String>> headers() {
    return request.headers();
  }

  /** Returns the query parameters of the first request; of duplicates the last one. */
  public Map<String, String> query() {
    return request.query();
  }

  /** Returns the client's address in text. */
  public String address() {
    return request.remoteAddress();
  }

  /** Returns whether the first request came over TLS. */
  public boolean secure() {
    return request.secure();
  }

  /** Returns path and query of the first request. */
  public String url() {
    return request.url();
  }

  /** Returns whether the first request named an Origin. */
  public boolean crossDomain() {
    return request.header("origin") != null;
  }
}

package io.towpath.adapter;

import java.util.Map;
import java.util.Set;

/**
 * What is kept of a socket that was lost, for the case that it comes back. Immutable.
 *
 * @param socketId the socket's id
 * @param privateId what the client proves itself with; a secret
 * @param rooms the rooms that it was in, its own among them
 * @param data what the application kept with it
 */
public record StoredSession(
    String socketId, String privateId, Set<String> rooms, Map<String, Object> data) {
  /** Copies the collections. */
  public StoredSession {
    rooms = Set.copyOf(rooms);
    data = Map.copyOf(data);
  }
}

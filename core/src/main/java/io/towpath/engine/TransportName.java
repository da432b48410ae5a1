package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * The transports by the names that they have on the wire, in the query parameter {@code transport}.
 */
public enum TransportName {
  /** HTTP long-polling. */
  POLLING("polling"),
  /** WebSocket, RFC 6455. */
  WEBSOCKET("websocket"),
  /**
   * HTTP streaming, in resumable sessions only: one answer that does not end carries packets down,
   * POSTs carry them up. No session is opened on it.
   */
  STREAM("stream");

  private final String wire;

  TransportName(String wire) {
    this.wire = wire;
  }

  /** Returns the name on the wire. */
  public String wire() {
    return wire;
  }

  /** Returns the transport of that name, or null if there is none. */
  public static @Nullable TransportName of(@Nullable String wire) {
    for (TransportName name : values()) {
      if (name.wire.equals(wire)) {
        return name;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return wire;
  }
}

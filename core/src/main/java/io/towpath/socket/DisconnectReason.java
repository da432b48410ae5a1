package io.towpath.socket;

import io.towpath.engine.CloseReason;

/** Why a socket has left its namespace, in the reference's words. */
public enum DisconnectReason {
  /** {@link Socket#disconnect()} was called on this side. */
  SERVER_NAMESPACE_DISCONNECT("server namespace disconnect"),
  /** The client left the namespace. */
  CLIENT_NAMESPACE_DISCONNECT("client namespace disconnect"),
  /** The server is being stopped. */
  SERVER_SHUTTING_DOWN("server shutting down"),
  /** The client did not answer a ping. */
  PING_TIMEOUT("ping timeout"),
  /** The client, or the network, closed the connection. */
  TRANSPORT_CLOSE("transport close"),
  /** The connection failed. */
  TRANSPORT_ERROR("transport error"),
  /** The client sent what is no Engine.IO packet. */
  PARSE_ERROR("parse error"),
  /**
   * This side closed the connection, or the client sent what is no Socket.IO packet, or one out of
   * place.
   */
  FORCED_CLOSE("forced close");

  private final String wording;

  DisconnectReason(String wording) {
    this.wording = wording;
  }

  /** Returns the reference's wording, for example {@code transport close}. */
  public String wording() {
    return wording;
  }

  @Override
  public String toString() {
    return wording;
  }

  /** Whether the client may come back to what it had, where connection state recovery is on. */
  boolean isRecoverable() {
    return this != SERVER_NAMESPACE_DISCONNECT
        && this != CLIENT_NAMESPACE_DISCONNECT
        && this != PARSE_ERROR;
  }

  static DisconnectReason of(CloseReason reason) {
    return switch (reason) {
      case TRANSPORT_CLOSE -> TRANSPORT_CLOSE;
      case TRANSPORT_ERROR -> TRANSPORT_ERROR;
      case PING_TIMEOUT -> PING_TIMEOUT;
      case PARSE_ERROR -> PARSE_ERROR;
      case FORCED_CLOSE -> FORCED_CLOSE;
    };
  }
}

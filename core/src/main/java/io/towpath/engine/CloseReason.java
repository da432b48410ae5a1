package io.towpath.engine;

/**
 * Why a session, or a transport, has ended. The wording is the reference's, so that users may
 * compare it.
 */
public enum CloseReason {
  /** The peer closed the transport, or the network did. */
  TRANSPORT_CLOSE("transport close"),
  /**
   * The transport failed: overlapping polls, an aborted poll, a protocol violation, a failed write.
   */
  TRANSPORT_ERROR("transport error"),
  /** No pong came in time. */
  PING_TIMEOUT("ping timeout"),
  /** The peer sent what is no Engine.IO packet. */
  PARSE_ERROR("parse error"),
  /** This side closed the session. */
  FORCED_CLOSE("forced close");

  private final String wording;

  CloseReason(String wording) {
    this.wording = wording;
  }

  /** Returns the reference's wording, for example {@code ping timeout}. */
  public String wording() {
    return wording;
  }

  @Override
  public String toString() {
    return wording;
  }
}

package io.towpath.websocket;

/**
 * How a {@link WebSocketConnection} has ended.
 *
 * @param cause who or what ended it
 * @param status the code and reason that go with it
 * @param description for logs, in plain words
 */
public record Ending(Cause cause, CloseStatus status, String description) {
  /** What ended a connection. */
  public enum Cause {
    /** This side closed; {@link Ending#status} is the peer's answer, if one came in time. */
    LOCAL_CLOSE,
    /** The peer sent a Close frame. */
    PEER_CLOSE,
    /** The peer broke a rule; {@link Ending#status} is what it was told. */
    VIOLATION,
    /** The connection was lost without a Close frame. */
    LOST,
    /** The network took nothing for too long. */
    WRITE_TIMEOUT
  }
}

package io.towpath.websocket;

/**
 * What a {@link WebSocketConnection} tells its owner, one call at a time; see there for the
 * threads. Arrays are handed over. What a call throws closes the connection with 1011.
 */
public interface WebSocketListener {
  /**
   * A text message has arrived.
   *
   * @param bytes holds the message as checked UTF-8; may be longer than the message
   */
  void onText(byte[] bytes, int offset, int length);

  /** A binary message has arrived. */
  void onBinary(byte[] bytes);

  /** A ping has arrived, and its pong is queued. */
  default void onPing(byte[] payload) {}

  /** A pong has arrived. */
  default void onPong(byte[] payload) {}

  /** What arrived together has been delivered; called only if a message was. */
  default void onBurstEnd() {}

  /** Everything has been written, after {@link WebSocketConnection#isWritable} was false. */
  default void onWritable() {}

  /** The connection has ended; the last call. */
  void onClosed(Ending ending);
}

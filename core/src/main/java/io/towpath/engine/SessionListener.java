package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * What a session tells the layer above it. Calls come one at a time and in the order of the wire,
 * on the thread that read the bytes, without a lock of the session held; they must not block.
 * Nothing comes after {@link #onClose}.
 */
public interface SessionListener {
  /**
   * The session is open: its handshake is queued, and what is sent now follows it. Nothing has
   * arrived yet.
   */
  default void onOpen() {}

  /** A text message has arrived; the packet's bytes may be kept. */
  void onText(EnginePacket.Text message);

  /** A binary message has arrived; the array may be kept. */
  void onBinary(byte[] message);

  /** The messages that arrived together have been delivered. */
  default void onBurstEnd() {}

  /**
   * The session is writable again after it was not; may be called by any thread, also beside other
   * calls.
   */
  default void onDrain() {}

  /** Another transport carries the session now. */
  default void onTransport(TransportName transport) {}

  /**
   * No transport carries the session now, which is resumable and waits for another one. Nothing
   * arrives meanwhile, and nothing leaves.
   */
  default void onDetached() {}

  /** A transport carries the session again, after {@link #onDetached}. */
  default void onResumed() {}

  /**
   * The session has ended.
   *
   * @param description details for logs, or null
   */
  void onClose(CloseReason reason, @Nullable String description);
}

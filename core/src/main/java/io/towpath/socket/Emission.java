package io.towpath.socket;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A way of sending to one socket: with a time limit for answers, or droppable. Immutable; any
 * thread.
 */
public final class Emission {
  private final Socket socket;
  private final boolean droppable;
  private final long timeoutMillis;

  Emission(Socket socket, boolean droppable, long timeoutMillis) {
    this.socket = socket;
    this.droppable = droppable;
    this.timeoutMillis = timeoutMillis;
  }

  /** Returns the same with a time limit for answers. */
  public Emission timeout(Duration limit) {
    return new Emission(socket, droppable, Math.max(1, limit.toMillis()));
  }

  /** Returns the same for events that may be dropped when the client cannot take them now. */
  public Emission asVolatile() {
    return new Emission(socket, true, timeoutMillis);
  }

  /**
   * Sends an event; see {@link Socket#emit(String, Object...)}.
   *
   * @return whether it was accepted; false also when it was droppable and has been dropped
   */
  public boolean emit(String event, @Nullable Object... arguments) {
    if (!droppable) {
      return socket.emit(event, arguments);
    }
    EventHandlers.requireUsable(event);
    return socket.write(socket.encoder().event(SocketPacket.NO_ID, event, arguments), true);
  }

  /** Sends an event and waits for its answer; see {@link Socket#emitWithAck}. Never dropped. */
  public CompletableFuture<Arguments> emitWithAck(String event, @Nullable Object... arguments) {
    return socket.emitWithAck(timeoutMillis, event, arguments);
  }
}

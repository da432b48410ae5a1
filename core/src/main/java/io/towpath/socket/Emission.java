package io.towpath.socket;

import io.towpath.engine.MessageBatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A way of sending to one socket: with a time limit for answers, droppable, or conflated.
 * Immutable; any thread.
 */
public final class Emission {
  private final Socket socket;
  private final boolean droppable;
  private final long timeoutMillis;

  /** Under which newer events replace older ones, or null. */
  private final @Nullable String key;

  Emission(Socket socket, boolean droppable, long timeoutMillis, @Nullable String key) {
    this.socket = socket;
    this.droppable = droppable;
    this.timeoutMillis = timeoutMillis;
    this.key = key;
  }

  /** Returns the same with a time limit for answers. */
  public Emission timeout(Duration limit) {
    return new Emission(socket, droppable, Math.max(1, limit.toMillis()), key);
  }

  /** Returns the same for events that may be dropped when the client cannot take them now. */
  public Emission asVolatile() {
    return new Emission(socket, true, timeoutMillis, key);
  }

  /**
   * Returns the same for events of which a slow client needs the latest; see {@link
   * Socket#conflate}.
   */
  public Emission conflate(String newKey) {
    return new Emission(socket, droppable, timeoutMillis, requireKey(newKey));
  }

  static String requireKey(String key) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("an empty key for conflation");
    }
    return key;
  }

  /**
   * Sends an event; see {@link Socket#emit(String, Object...)}.
   *
   * @return whether it was accepted; false also when it was droppable and has been dropped
   */
  public boolean emit(String event, @Nullable Object... arguments) {
    EventHandlers.requireUsable(event);
    MessageBatch message = socket.encoder().event(SocketPacket.NO_ID, event, arguments);
    return socket.write(key == null ? message : message.conflated(key), droppable);
  }

  /** Sends an event and waits for its answer; see {@link Socket#emitWithAck}. Never dropped. */
  public CompletableFuture<Arguments> emitWithAck(String event, @Nullable Object... arguments) {
    return socket.emitWithAck(timeoutMillis, event, arguments);
  }
}

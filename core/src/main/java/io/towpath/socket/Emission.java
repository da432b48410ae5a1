package io.towpath.socket;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A way of sending to one socket: with a time limit for answers, droppable, or uncompressed.
 * Immutable; any thread.
 */
public final class Emission {
  private final Socket socket;
  private final boolean droppable;
  private final long timeoutMillis;
  private final boolean compressible;

  Emission(Socket socket, boolean droppable, long timeoutMillis) {
    this(socket, droppable, timeoutMillis, true);
  }

  private Emission(Socket socket, boolean droppable, long timeoutMillis, boolean compressible) {
    this.socket = socket;
    this.droppable = droppable;
    this.timeoutMillis = timeoutMillis;
    this.compressible = compressible;
  }

  /** Returns the same with a time limit for answers. */
  public Emission timeout(Duration limit) {
    return new Emission(socket, droppable, Math.max(1, limit.toMillis()), compressible);
  }

  /** Returns the same for events that transports may compress, which is the default, or not. */
  public Emission compress(boolean may) {
    return new Emission(socket, droppable, timeoutMillis, may);
  }

  /** Returns the same for events that may be dropped when the client cannot take them now. */
  public Emission asVolatile() {
    return new Emission(socket, true, timeoutMillis, compressible);
  }

  /**
   * Sends an event; see {@link Socket#emit(String, Object...)}.
   *
   * @return whether it was accepted; false also when it was droppable and has been dropped
   */
  public boolean emit(String event, @Nullable Object... arguments) {
    EventHandlers.requireUsable(event);
    return socket.write(
        socket.encoder().event(SocketPacket.NO_ID, event, arguments).compressible(compressible),
        droppable);
  }

  /** Sends an event and waits for its answer; see {@link Socket#emitWithAck}. Never dropped. */
  public CompletableFuture<Arguments> emitWithAck(String event, @Nullable Object... arguments) {
    return socket.emitWithAck(timeoutMillis, compressible, event, arguments);
  }
}

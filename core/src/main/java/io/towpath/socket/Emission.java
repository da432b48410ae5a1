package io.towpath.socket;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A way of sending to one socket: with a time limit for answers, droppable, conflated, or
 * uncompressed. Immutable; any thread.
 */
public final class Emission {
  private final Socket socket;
  private final boolean droppable;
  private final SendOptions options;

  Emission(Socket socket, boolean droppable, SendOptions options) {
    this.socket = socket;
    this.droppable = droppable;
    this.options = options;
  }

  /** Returns the same with a time limit for answers. */
  public Emission timeout(Duration limit) {
    return new Emission(socket, droppable, options.timeout(limit));
  }

  /** Returns the same for events that transports may compress, which is the default, or not. */
  public Emission compress(boolean may) {
    return new Emission(socket, droppable, options.compress(may));
  }

  /** Returns the same for events that may be dropped when the client cannot take them now. */
  public Emission asVolatile() {
    return new Emission(socket, true, options);
  }

  /**
   * Returns the same for events of which a slow client needs the latest; see {@link
   * Socket#conflate}.
   *
   * @throws IllegalArgumentException if the key is empty
   */
  public Emission conflate(String key) {
    return new Emission(socket, droppable, options.conflate(key));
  }

  /**
   * Sends an event; see {@link Socket#emit(String, Object...)}.
   *
   * @return whether it was accepted; false also when it was droppable and has been dropped
   */
  public boolean emit(String event, @Nullable Object... arguments) {
    return socket.member.emit(options, droppable, event, arguments);
  }

  /** Sends an event and waits for its answer; see {@link Socket#emitWithAck}. Never dropped. */
  public CompletableFuture<Arguments> emitWithAck(String event, @Nullable Object... arguments) {
    return socket.member.emitWithAck(options, event, arguments);
  }
}

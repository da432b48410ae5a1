package io.towpath.socket;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What can be said to everybody in a namespace, and the first steps towards saying it to some: a
 * {@link Namespace} has it for itself, a server for the namespace {@code /}. Any thread.
 */
public interface BroadcastOperations {
  /** Returns a broadcast to everybody in the namespace. */
  Broadcast everybody();

  /** Returns a broadcast to rooms. */
  default Broadcast to(String... rooms) {
    return everybody().to(rooms);
  }

  /** Returns a broadcast to rooms; the same as {@link #to}. */
  default Broadcast in(String... rooms) {
    return to(rooms);
  }

  /** Returns a broadcast to everybody but the sockets in some rooms. */
  default Broadcast except(String... rooms) {
    return everybody().except(rooms);
  }

  /** Returns a broadcast to the sockets of this node. */
  default Broadcast local() {
    return everybody().local();
  }

  /** Returns a broadcast with a time limit for answers. */
  default Broadcast timeout(Duration limit) {
    return everybody().timeout(limit);
  }

  /** Returns a broadcast that sockets may miss if they cannot take it now. */
  default Broadcast asVolatile() {
    return everybody().asVolatile();
  }

  /**
   * Returns a broadcast of which slow clients get the latest event of a key; see {@link
   * Socket#conflate}.
   *
   * @throws IllegalArgumentException if the key is empty
   */
  default Broadcast conflate(String key) {
    return everybody().conflate(key);
  }

  /** Returns a broadcast that transports may compress, which is the default, or not. */
  default Broadcast compress(boolean may) {
    return everybody().compress(may);
  }

  /** Sends an event to everybody; see {@link Broadcast#emit(String, Object...)}. */
  default void emit(String event, @Nullable Object... arguments) {
    everybody().emit(event, arguments);
  }

  /** Sends an event with arguments that were received, unchanged, to everybody. */
  default void emit(String event, Arguments arguments) {
    everybody().emit(event, arguments);
  }

  /** Sends the event {@code message} to everybody. */
  default void send(@Nullable Object... arguments) {
    everybody().emit("message", arguments);
  }

  /** Sends an event to everybody and collects the answers; see {@link Broadcast#emitWithAck}. */
  default CompletableFuture<BroadcastAnswers> emitWithAck(
      String event, @Nullable Object... arguments) {
    return everybody().emitWithAck(event, arguments);
  }

  /** Returns the sockets of this node. */
  default Collection<Socket> sockets() {
    return everybody().sockets();
  }

  /** Returns everybody, on whatever server they are; see {@link Broadcast#fetchSockets}. */
  default CompletableFuture<List<RemoteSocket>> fetchSockets() {
    return everybody().fetchSockets();
  }

  /** Puts everybody into rooms. */
  default void socketsJoin(String... rooms) {
    everybody().socketsJoin(rooms);
  }

  /** Takes everybody out of rooms. */
  default void socketsLeave(String... rooms) {
    everybody().socketsLeave(rooms);
  }

  /** Makes everybody leave; see {@link Broadcast#disconnectSockets}. */
  default void disconnectSockets(boolean close) {
    everybody().disconnectSockets(close);
  }
}

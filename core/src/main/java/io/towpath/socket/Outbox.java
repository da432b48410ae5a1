package io.towpath.socket;

import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be handed to a socket's session where connection state recovery is on: there, every
 * client has to get events in the order of the adapter's log, whichever threads emit them. Adding
 * takes no lock and calls nobody; whoever drains first hands over for all. Any thread.
 */
final class Outbox {
  /** Past it the client is too slow, or is kept waiting too long, and the session ends. */
  static final int MAX_WAITING = 10_000;

  /** Takes messages one at a time and in order. */
  @FunctionalInterface
  interface Exit {
    void accept(MessageBatch message, boolean droppable, @Nullable FanOut fanOut);
  }

  private record Item(MessageBatch message, boolean droppable) {}

  private final Exit exit;
  private final Runnable overflow;
  private final ConcurrentLinkedQueue<Item> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** How many have wanted to drain since nobody did. */
  private final AtomicInteger drains = new AtomicInteger();

  /** Whether the client has had the answer to its CONNECT, before which nothing may leave. */
  private volatile boolean open;

  Outbox(Exit exit, Runnable overflow) {
    this.exit = exit;
    this.overflow = overflow;
  }

  /** Queues a message; past the bound it is dropped, and {@link #drain} ends the session. */
  void add(MessageBatch message, boolean droppable) {
    if (waiting.incrementAndGet() <= MAX_WAITING) {
      queue.add(new Item(message, droppable));
    }
  }

  /** Lets messages leave from now on. */
  void open() {
    open = true;
    drain();
  }

  /** Hands over what waits. */
  void drain() {
    drain(null);
  }

  /** Hands over what waits, as a part of a broadcast to many. */
  void drain(@Nullable FanOut fanOut) {
    if (waiting.get() > MAX_WAITING) {
      queue.clear();
      overflow.run();
      return;
    }
    if (!open || drains.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      Item item;
      while ((item = queue.poll()) != null) {
        waiting.decrementAndGet();
        exit.accept(item.message, item.droppable, fanOut);
      }
      seen = drains.addAndGet(-seen);
    }
  }
}

package io.towpath.socket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.DeadlineWheel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The answers that one socket waits for. Futures are completed through the socket's inbox, in
 * order. Any thread.
 */
final class PendingAcks {
  private final DeadlineWheel wheel;
  private final int limit;
  private final Consumer<Runnable> inbox;

  /** Null until the first answer is asked for, so that most sockets own no map. */
  @GuardedBy("this")
  private @Nullable Map<Long, Pending> byId;

  @GuardedBy("this")
  private boolean closed;

  /**
   * Creates one that waits for nothing.
   *
   * @param closed whether the socket has left, and nothing will be waited for
   */
  PendingAcks(DeadlineWheel wheel, int limit, Consumer<Runnable> inbox, boolean closed) {
    this.wheel = wheel;
    this.limit = limit;
    this.inbox = inbox;
    this.closed = closed;
  }

  private final class Pending extends DeadlineWheel.Entry {
    private final long id;

    /** When it is given up, or NEVER. */
    private final long deadline;

    private final CompletableFuture<Arguments> future = new CompletableFuture<>();

    Pending(long id, long deadline) {
      this.id = id;
      this.deadline = deadline;
    }

    @Override
    protected long onDeadline(long now) {
      if (now < deadline) {
        // The wheel asks early about what lies beyond its horizon.
        return deadline;
      }
      if (take(id) != null) {
        inbox.accept(() -> future.completeExceptionally(new AckTimeoutException()));
      }
      return DeadlineWheel.NEVER;
    }
  }

  /**
   * Begins to wait for an answer.
   *
   * @param timeoutMillis how long, or 0 for as long as the socket is there
   */
  CompletableFuture<Arguments> await(long id, long timeoutMillis) {
    long deadline = timeoutMillis > 0 ? wheel.now() + timeoutMillis : DeadlineWheel.NEVER;
    Pending pending = new Pending(id, deadline);
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(new DisconnectedException());
      }
      if (byId == null) {
        byId = new HashMap<>();
      }
      if (byId.size() >= limit) {
        return CompletableFuture.failedFuture(
            new IllegalStateException("too many answers pending; the limit is " + limit));
      }
      byId.put(id, pending);
    }
    if (timeoutMillis > 0) {
      wheel.watch(pending, deadline);
    }
    return pending.future;
  }

  /**
   * Takes the answer to an event; an unknown id is ignored, as in the reference. Called in the
   * inbox.
   */
  void answer(long id, Arguments arguments) {
    Pending pending = take(id);
    if (pending != null) {
      wheel.forget(pending);
      pending.future.complete(arguments);
    }
  }

  synchronized boolean isEmpty() {
    return byId == null || byId.isEmpty();
  }

  /** Gives up what is asked for from now on, if no answer is waited for; returns whether so. */
  synchronized boolean closeIfEmpty() {
    closed |= isEmpty();
    return closed;
  }

  /** Gives up all answers. Called in the inbox. */
  void close() {
    List<Pending> abandoned;
    synchronized (this) {
      closed = true;
      if (byId == null) {
        return;
      }
      abandoned = List.copyOf(byId.values());
      byId = null;
    }
    for (Pending pending : abandoned) {
      wheel.forget(pending);
      pending.future.completeExceptionally(new DisconnectedException());
    }
  }

  private synchronized @Nullable Pending take(long id) {
    return byId == null ? null : byId.remove(id);
  }
}

package io.towpath.socket;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs handlers on the thread that has something for them, one after the other: what they cause for
 * the handlers of other sockets, a disconnect say, runs when they have returned, so that no chain
 * of causes is as deep as it is long. Any thread.
 */
final class InlineHandlers implements Executor {
  /** What a thread has still to run; null while it runs nothing. */
  private static final ThreadLocal<@Nullable ArrayDeque<Runnable>> PENDING = new ThreadLocal<>();

  @Override
  public void execute(Runnable task) {
    ArrayDeque<Runnable> outer = PENDING.get();
    if (outer != null) {
      outer.add(task);
      return;
    }
    ArrayDeque<Runnable> own = new ArrayDeque<>(4);
    PENDING.set(own);
    try {
      Runnable next = task;
      while (next != null) {
        next.run();
        next = own.poll();
      }
    } finally {
      PENDING.remove();
    }
  }
}

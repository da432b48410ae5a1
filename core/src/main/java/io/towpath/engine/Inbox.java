package io.towpath.engine;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived for the listener of a resumable session, in order. Transports of one session may
 * be read by several threads; whoever finds nobody delivering delivers until nothing is left.
 *
 * <p>Not thread safe: guarded by the lock of its session. Bounded by what one thread delivers while
 * another one receives: a body or a burst.
 */
final class Inbox {
  /** What the listener is told beside packets. */
  enum Signal {
    BURST_END,
    DETACHED,
    RESUMED
  }

  /** Packets and signals; null until somebody has to wait. */
  private @Nullable ArrayDeque<Object> waiting;

  /** Whether a thread is delivering. */
  private boolean delivering;

  /**
   * Puts something in its place.
   *
   * @return whether the caller is to deliver it at once, and then to call {@link #next} until that
   *     returns null; if not, it waits, and somebody else does
   */
  boolean add(Object item) {
    if (!delivering) {
      delivering = true;
      return true;
    }
    if (waiting == null) {
      waiting = new ArrayDeque<>();
    }
    waiting.add(item);
    return false;
  }

  /** Returns what is to be delivered next; null if that is nothing, and the delivering is over. */
  @Nullable Object next() {
    Object next = waiting == null ? null : waiting.poll();
    if (next == null) {
      delivering = false;
    }
    return next;
  }

  /** Delivers something that was here; outside the lock. */
  static void tell(Object item, SessionListener listener) {
    if (item instanceof EnginePacket.Text text) {
      listener.onText(text);
    } else if (item instanceof EnginePacket.Binary binary) {
      listener.onBinary(binary.bytes());
    } else {
      switch ((Signal) item) {
        case BURST_END -> listener.onBurstEnd();
        case DETACHED -> listener.onDetached();
        case RESUMED -> listener.onResumed();
      }
    }
  }

  /** Forgets what waits. */
  void clear() {
    waiting = null;
  }
}

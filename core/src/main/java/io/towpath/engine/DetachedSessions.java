package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The resumable sessions that no transport carries, and how much each of them holds. They share a
 * budget; when it is spent, the largest session of the address that holds most has to go. Any
 * thread; its lock is never held together with a session's.
 */
final class DetachedSessions {
  private final long budget;

  @GuardedBy("this")
  private final Map<ResumableSession, Long> held = new LinkedHashMap<>();

  @GuardedBy("this")
  private long total;

  /**
   * Creates the table.
   *
   * @param budget bytes that all of them may hold together
   */
  DetachedSessions(long budget) {
    this.budget = budget;
  }

  /**
   * Notes how much a session holds, and that it is detached.
   *
   * @return a session that has to end, so that the budget holds; null if it does. To be asked again
   *     after that session has been {@link #remove removed}
   */
  @Nullable ResumableSession put(ResumableSession session, long bytes) {
    synchronized (this) {
      Long before = held.put(session, bytes);
      total += bytes - (before == null ? 0 : before);
      return total > budget ? largest() : null;
    }
  }

  /** Forgets a session that is attached again, or over. */
  synchronized void remove(ResumableSession session) {
    Long before = held.remove(session);
    total -= before == null ? 0 : before;
  }

  /** Returns a session that has to end; null if the budget holds. */
  synchronized @Nullable ResumableSession excess() {
    return total > budget ? largest() : null;
  }

  /** Returns how many bytes are held. */
  synchronized long total() {
    return total;
  }

  @GuardedBy("this")
  private @Nullable ResumableSession largest() {
    Map<String, Long> byAddress = new HashMap<>();
    held.forEach(
        (session, bytes) -> byAddress.merge(session.request().remoteAddress(), bytes, Long::sum));
    String most = "";
    long mostBytes = -1;
    for (Map.Entry<String, Long> address : byAddress.entrySet()) {
      if (address.getValue() > mostBytes) {
        most = address.getKey();
        mostBytes = address.getValue();
      }
    }
    ResumableSession largest = null;
    long largestBytes = -1;
    for (Map.Entry<ResumableSession, Long> entry : held.entrySet()) {
      if (entry.getKey().request().remoteAddress().equals(most)
          && entry.getValue() > largestBytes) {
        largest = entry.getKey();
        largestBytes = entry.getValue();
      }
    }
    return largest;
  }
}

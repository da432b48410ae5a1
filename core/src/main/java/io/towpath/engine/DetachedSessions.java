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
  private final Map<NumberedSession, Long> held = new LinkedHashMap<>();

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

  /** Notes how much a detached session holds, and ends whoever has to go for the budget to hold. */
  void hold(NumberedSession session, long bytes) {
    NumberedSession most = put(session, bytes);
    if (!session.isWaiting()) {
      // Attached again, or over, while this was on its way.
      remove(session);
    }
    while (most != null) {
      most.evict();
      remove(most);
      most = excess();
    }
  }

  /** Returns a session that has to end, so that the budget holds; null if it does. */
  private synchronized @Nullable NumberedSession put(NumberedSession session, long bytes) {
    Long before = held.put(session, bytes);
    total += bytes - (before == null ? 0 : before);
    return excess();
  }

  /** Forgets a session that is attached again, or over. */
  synchronized void remove(NumberedSession session) {
    Long before = held.remove(session);
    total -= before == null ? 0 : before;
  }

  /** Returns a session that has to end; null if the budget holds. */
  private synchronized @Nullable NumberedSession excess() {
    return total > budget ? largest() : null;
  }

  @GuardedBy("this")
  private @Nullable NumberedSession largest() {
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
    NumberedSession largest = null;
    long largestBytes = -1;
    for (Map.Entry<NumberedSession, Long> entry : held.entrySet()) {
      if (entry.getKey().request().remoteAddress().equals(most)
          && entry.getValue() > largestBytes) {
        largest = entry.getKey();
        largestBytes = entry.getValue();
      }
    }
    return largest;
  }
}

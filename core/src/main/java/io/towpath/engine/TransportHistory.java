package io.towpath.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest changes of one session's transport, after the one that opened it. Owns nothing until
 * the first change.
 *
 * <p>Not thread safe: guarded by the lock of its session.
 */
final class TransportHistory {
  /** How many changes are kept; the oldest goes first. */
  static final int MAX_CHANGES = 32;

  private final TransportName first;
  private final long openedAt;

  private @Nullable ArrayDeque<TransportChange> changes;

  TransportHistory(TransportName first, long openedAt) {
    this.first = first;
    this.openedAt = openedAt;
  }

  void add(@Nullable TransportName transport, String reason, long now) {
    if (changes == null) {
      changes = new ArrayDeque<>(4);
    }
    if (changes.size() == MAX_CHANGES) {
      changes.remove();
    }
    changes.add(new TransportChange(transport, reason, now - openedAt));
  }

  /** Returns the opening and the changes that are kept, oldest first. */
  List<TransportChange> list() {
    List<TransportChange> all = new ArrayList<>();
    all.add(new TransportChange(first, "open", 0));
    if (changes != null) {
      all.addAll(changes);
    }
    return List.copyOf(all);
  }
}

package io.towpath.adapter;

import io.towpath.engine.MessageBatch;
import java.util.List;

/**
 * A socket that was lost, and what it has missed until it was asked for. Immutable.
 *
 * @param session what was kept of it
 * @param missed the events that it has missed, with their offsets, in order
 * @param lastOffset the place up to which that is so; for {@link Adapter#rejoin}
 */
public record RestoredSession(StoredSession session, List<MessageBatch> missed, String lastOffset) {
  /** Copies the list. */
  public RestoredSession {
    missed = List.copyOf(missed);
  }
}

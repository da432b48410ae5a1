package io.towpath.adapter;

import io.towpath.engine.MessageBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The latest events of a namespace, in the order in which every socket gets them. An event that is
 * too old, or too many bytes back, loses its message and keeps its place: who has received
 * something at that place and missed nothing that is gone can still come back. Guarded by the
 * adapter.
 */
final class PacketLog {
  private final long maxAge;
  private final int maxPackets;
  private final long maxBytes;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  /** The entries that still have their message; the latest of {@link #entries}. */
  private final ArrayDeque<Entry> whole = new ArrayDeque<>();

  private long bytes;

  private static final class Entry {
    private final String offset;
    private final BroadcastTarget target;
    private final long sentAt;

    /** Null when it is gone. */
    private @Nullable MessageBatch message;

    Entry(String offset, MessageBatch message, BroadcastTarget target, long sentAt) {
      this.offset = offset;
      this.message = message;
      this.target = target;
      this.sentAt = sentAt;
    }

    private boolean isFor(Set<String> rooms) {
      boolean meant = target.rooms().isEmpty() || !Collections.disjoint(target.rooms(), rooms);
      return meant && Collections.disjoint(target.except(), rooms);
    }
  }

  PacketLog(RecoveryOptions options) {
    maxAge = options.maxDisconnectionMillis();
    maxPackets = options.maxPackets();
    maxBytes = options.maxPacketBytes();
  }

  void add(String offset, MessageBatch message, BroadcastTarget target, long now) {
    Entry entry = new Entry(offset, message, target, now);
    entries.add(entry);
    whole.add(entry);
    bytes += message.size();
    dropOld(now);
  }

  /** Drops what is past a bound. */
  void dropOld(long now) {
    Entry oldest;
    while ((oldest = whole.peek()) != null
        && (bytes > maxBytes || now - oldest.sentAt > maxAge || whole.size() > maxPackets)) {
      whole.remove();
      MessageBatch message = oldest.message;
      bytes -= message == null ? 0 : message.size();
      oldest.message = null;
    }
    while (entries.size() > maxPackets) {
      entries.remove();
    }
  }

  /**
   * Returns what a socket in some rooms has missed after an offset; null if the offset is not
   * known, or something that it has missed is gone.
   */
  @Nullable List<MessageBatch> after(String offset, Set<String> rooms) {
    List<MessageBatch> missed = new ArrayList<>();
    Iterator<Entry> latestFirst = entries.descendingIterator();
    while (latestFirst.hasNext()) {
      Entry entry = latestFirst.next();
      if (entry.offset.equals(offset)) {
        Collections.reverse(missed);
        return missed;
      }
      if (entry.isFor(rooms)) {
        MessageBatch message = entry.message;
        if (message == null) {
          return null;
        }
        missed.add(message);
      }
    }
    return null;
  }

  /** Returns the latest offset, or null if there is none. */
  @Nullable String last() {
    Entry last = entries.peekLast();
    return last == null ? null : last.offset;
  }
}

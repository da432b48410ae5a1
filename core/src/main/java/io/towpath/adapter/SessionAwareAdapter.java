package io.towpath.adapter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rooms in memory, and what connection state recovery needs: lost sockets, and the latest events of
 * the namespace, all of it bounded by {@link RecoveryOptions}. Remote adapters extend it for what
 * concerns their own server.
 *
 * <p>An event takes its place in the log and in the queue of each member in one step, under this
 * adapter's lock, so that every client gets events in the order of the log and one offset says all
 * that it has received. They leave those queues outside the lock.
 */
public class SessionAwareAdapter extends LocalAdapter {
  private final RecoveryOptions options;
  private final LongSupplier clock;
  private final AtomicLong nextOffset = new AtomicLong();

  /** By private id, the one lost first at the head. */
  @GuardedBy("this")
  private final Map<String, Lost> lost = new LinkedHashMap<>();

  @GuardedBy("this")
  private final PacketLog log;

  /** Members whose missed events have not been looked up; they get no others meanwhile. */
  @GuardedBy("this")
  private final Set<Member> rejoining = new HashSet<>();

  private record Lost(StoredSession session, long since) {}

  /**
   * Creates an adapter without sockets.
   *
   * @param clock tells milliseconds of a clock that only goes forward
   */
  public SessionAwareAdapter(RecoveryOptions options, LongSupplier clock) {
    this.options = options;
    this.clock = clock;
    this.log = new PacketLog(options);
  }

  @Override
  public void broadcast(OffsetMessage message, BroadcastTarget target) {
    String offset = Long.toString(nextOffset.getAndIncrement(), 36);
    keepAndDeliver(offset, message.at(offset), target);
  }

  /**
   * Keeps an event and hands it to the members of this server.
   *
   * @param offset no event of this namespace has had it before
   * @param message the event with that offset
   */
  protected final void keepAndDeliver(String offset, MessageBatch message, BroadcastTarget target) {
    long now = clock.getAsLong();
    List<Member> members;
    synchronized (this) {
      log.add(offset, message, target, now);
      members = members(target);
      if (!rejoining.isEmpty()) {
        members.removeAll(rejoining);
      }
      for (Member member : members) {
        member.enqueue(message);
      }
    }
    FanOut fanOut = new FanOut();
    try {
      for (Member member : members) {
        member.flush(fanOut);
      }
    } finally {
      fanOut.end();
    }
  }

  @Override
  public void persistSession(StoredSession session) {
    long now = clock.getAsLong();
    synchronized (this) {
      lost.put(session.privateId(), new Lost(session, now));
      forgetOld(now);
    }
  }

  /** Drops what is past a bound. */
  @GuardedBy("this")
  private void forgetOld(long now) {
    log.dropOld(now);
    Iterator<Lost> oldest = lost.values().iterator();
    while (oldest.hasNext()) {
      boolean expired = now - oldest.next().since > options.maxDisconnectionMillis();
      if (!expired && lost.size() <= options.maxSessions()) {
        return;
      }
      oldest.remove();
    }
  }

  @Override
  public CompletionStage<@Nullable RestoredSession> restoreSession(
      String privateId, String offset) {
    return CompletableFuture.completedStage(restore(privateId, offset, clock.getAsLong()));
  }

  private synchronized @Nullable RestoredSession restore(
      String privateId, String offset, long now) {
    forgetOld(now);
    Lost found = lost.remove(privateId);
    if (found == null) {
      return null;
    }
    List<MessageBatch> missed = log.after(offset, found.session.rooms());
    String last = log.last();
    return missed == null || last == null ? null : new RestoredSession(found.session, missed, last);
  }

  @Override
  public @Nullable List<MessageBatch> rejoin(
      Member member, Collection<String> rooms, String lastOffset) {
    synchronized (this) {
      rejoining.add(member);
    }
    add(member);
    join(member, rooms);
    synchronized (this) {
      rejoining.remove(member);
      return log.after(lastOffset, Set.copyOf(rooms));
    }
  }
}

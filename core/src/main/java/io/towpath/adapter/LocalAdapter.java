package io.towpath.adapter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Rooms in memory, for one node. A socket's own room costs nothing: it is found through the index
 * of sockets. Remote adapters extend it for what concerns their own server.
 */
public class LocalAdapter implements Adapter {
  @GuardedBy("this")
  private final Map<String, Member> byId = new HashMap<>();

  /** Rooms by member, of those that have joined any beside their own. */
  @GuardedBy("this")
  private final Map<Member, Set<String>> joined = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, Set<Member>> byRoom = new HashMap<>();

  private final List<RoomListener> listeners = new CopyOnWriteArrayList<>();

  /** Creates an adapter without sockets. */
  public LocalAdapter() {}

  @Override
  public final void add(Member member) {
    String id = member.id();
    synchronized (this) {
      if (byId.putIfAbsent(id, member) != null) {
        return;
      }
    }
    for (RoomListener listener : listeners) {
      listener.onCreate(id);
      listener.onJoin(id, id);
    }
  }

  @Override
  public final void remove(Member member) {
    List<String> left = List.of();
    List<String> deleted = new ArrayList<>(0);
    synchronized (this) {
      Member present = byId.remove(member.id());
      if (present == null) {
        return;
      }
      Set<String> rooms = joined.remove(present);
      if (rooms != null) {
        left = List.copyOf(rooms);
        for (String room : left) {
          if (removeFrom(room, member)) {
            deleted.add(room);
          }
        }
      }
    }
    if (listeners.isEmpty()) {
      return;
    }
    for (String room : left) {
      tellLeft(room, member, deleted.contains(room));
    }
    tellLeft(member.id(), member, true);
  }

  @Override
  public final void join(Member member, Collection<String> rooms) {
    List<String> created = null;
    List<String> entered = null;
    synchronized (this) {
      Member present = byId.get(member.id());
      if (present == null) {
        return;
      }
      for (String room : rooms) {
        if (room.equals(member.id())) {
          continue;
        }
        if (!joined.computeIfAbsent(present, first -> new LinkedHashSet<>(4)).add(room)) {
          continue;
        }
        Set<Member> members = byRoom.computeIfAbsent(room, name -> new LinkedHashSet<>(4));
        members.add(member);
        if (!listeners.isEmpty()) {
          entered = entered == null ? new ArrayList<>() : entered;
          entered.add(room);
          if (members.size() == 1) {
            created = created == null ? new ArrayList<>() : created;
            created.add(room);
          }
        }
      }
    }
    if (entered == null) {
      return;
    }
    for (String room : entered) {
      for (RoomListener listener : listeners) {
        if (created != null && created.contains(room)) {
          listener.onCreate(room);
        }
        listener.onJoin(room, member.id());
      }
    }
  }

  @Override
  public final void leave(Member member, String room) {
    boolean deleted;
    synchronized (this) {
      Member present = byId.get(member.id());
      Set<String> rooms = present == null ? null : joined.get(present);
      if (rooms == null || !rooms.remove(room)) {
        return;
      }
      deleted = removeFrom(room, member);
      if (rooms.isEmpty()) {
        joined.remove(present);
      }
    }
    tellLeft(room, member, deleted);
  }

  private void tellLeft(String room, Member member, boolean deleted) {
    for (RoomListener listener : listeners) {
      listener.onLeave(room, member.id());
      if (deleted) {
        listener.onDelete(room);
      }
    }
  }

  /** Returns whether the room is empty now. */
  @GuardedBy("this")
  private boolean removeFrom(String room, Member member) {
    Set<Member> members = byRoom.get(room);
    if (members == null) {
      return false;
    }
    members.remove(member);
    if (members.isEmpty()) {
      byRoom.remove(room);
      return true;
    }
    return false;
  }

  @Override
  public final synchronized Set<String> rooms() {
    Set<String> rooms = new LinkedHashSet<>(byId.keySet());
    rooms.addAll(byRoom.keySet());
    return rooms;
  }

  @Override
  public final void onRoomChange(RoomListener listener) {
    listeners.add(listener);
  }

  /**
   * Returns whether anybody listens to changes of rooms, so that joining and leaving run code that
   * is not this adapter's.
   */
  public final boolean isListenedTo() {
    return !listeners.isEmpty();
  }

  @Override
  public final synchronized Set<String> rooms(Member member) {
    Member present = byId.get(member.id());
    if (present == null) {
      return Set.of();
    }
    Set<String> rooms = new LinkedHashSet<>();
    rooms.add(member.id());
    rooms.addAll(joined.getOrDefault(present, Set.of()));
    return rooms;
  }

  @Override
  public final synchronized List<Member> members(BroadcastTarget target) {
    Set<Member> excluded = target.except().isEmpty() ? Set.of() : union(target.except());
    if (target.rooms().isEmpty()) {
      List<Member> everybody = new ArrayList<>(byId.size());
      for (Member present : byId.values()) {
        if (!excluded.contains(present)) {
          everybody.add(present);
        }
      }
      return everybody;
    }
    List<Member> members = new ArrayList<>(union(target.rooms()));
    if (!excluded.isEmpty()) {
      members.removeIf(excluded::contains);
    }
    return members;
  }

  @GuardedBy("this")
  private Set<Member> union(Set<String> rooms) {
    Set<Member> members = new HashSet<>();
    for (String room : rooms) {
      Set<Member> inRoom = byRoom.get(room);
      if (inRoom != null) {
        members.addAll(inRoom);
      }
      Member owner = byId.get(room);
      if (owner != null) {
        members.add(owner);
      }
    }
    return members;
  }

  @Override
  public void broadcast(MessageBatch message, BroadcastTarget target) {
    FanOut fanOut = new FanOut();
    try {
      for (Member member : members(target)) {
        member.deliver(message, target.droppable(), fanOut);
      }
    } finally {
      fanOut.end();
    }
  }
}

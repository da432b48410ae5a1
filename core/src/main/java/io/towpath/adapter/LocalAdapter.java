package io.towpath.adapter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rooms in memory, for one node. A socket's own room costs nothing: it is found through the index
 * of sockets.
 */
public final class LocalAdapter implements Adapter {
  @GuardedBy("this")
  private final Map<String, Present> byId = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, Set<Member>> byRoom = new HashMap<>();

  /** A socket that is there, and the rooms it has joined; null while there are none. */
  private static final class Present {
    private final Member member;
    private @Nullable Set<String> rooms;

    Present(Member member) {
      this.member = member;
    }
  }

  /** Creates an adapter without sockets. */
  public LocalAdapter() {}

  @Override
  public synchronized void add(Member member) {
    byId.putIfAbsent(member.id(), new Present(member));
  }

  @Override
  public synchronized void remove(Member member) {
    Present present = byId.remove(member.id());
    if (present != null && present.rooms != null) {
      for (String room : present.rooms) {
        removeFrom(room, member);
      }
    }
  }

  @Override
  public synchronized void join(Member member, Collection<String> rooms) {
    Present present = byId.get(member.id());
    if (present == null) {
      return;
    }
    for (String room : rooms) {
      if (room.equals(member.id())) {
        continue;
      }
      if (present.rooms == null) {
        present.rooms = new LinkedHashSet<>(4);
      }
      if (present.rooms.add(room)) {
        byRoom.computeIfAbsent(room, name -> new LinkedHashSet<>(4)).add(member);
      }
    }
  }

  @Override
  public synchronized void leave(Member member, String room) {
    Present present = byId.get(member.id());
    if (present != null && present.rooms != null && present.rooms.remove(room)) {
      removeFrom(room, member);
      if (present.rooms.isEmpty()) {
        present.rooms = null;
      }
    }
  }

  @GuardedBy("this")
  private void removeFrom(String room, Member member) {
    Set<Member> members = byRoom.get(room);
    if (members != null) {
      members.remove(member);
      if (members.isEmpty()) {
        byRoom.remove(room);
      }
    }
  }

  @Override
  public synchronized Set<String> rooms(Member member) {
    Present present = byId.get(member.id());
    if (present == null) {
      return Set.of();
    }
    Set<String> rooms = new LinkedHashSet<>();
    rooms.add(member.id());
    if (present.rooms != null) {
      rooms.addAll(present.rooms);
    }
    return rooms;
  }

  @Override
  public synchronized List<Member> members(BroadcastTarget target) {
    Set<Member> excluded = target.except().isEmpty() ? Set.of() : union(target.except());
    if (target.rooms().isEmpty()) {
      List<Member> everybody = new ArrayList<>(byId.size());
      for (Present present : byId.values()) {
        if (!excluded.contains(present.member)) {
          everybody.add(present.member);
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
      Present owner = byId.get(room);
      if (owner != null) {
        members.add(owner.member);
      }
    }
    return members;
  }

  @Override
  public void broadcast(MessageBatch message, BroadcastTarget target) {
    for (Member member : members(target)) {
      member.deliver(message, target.droppable());
    }
  }
}

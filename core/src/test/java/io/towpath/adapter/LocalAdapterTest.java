package io.towpath.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalAdapterTest {
  private final LocalAdapter adapter = new LocalAdapter();
  private final List<String> delivered = new ArrayList<>();
  private final Member anna = new Named("anna");
  private final Member bert = new Named("bert");
  private final Member carl = new Named("carl");

  private class Named implements Member {
    private final String id;

    Named(String id) {
      this.id = id;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public void deliver(MessageBatch message, boolean droppable) {
      delivered.add(id + (droppable ? "?" : ""));
    }

    @Override
    public void deliver(
        MessageBatch message, long ackId, long timeoutMillis, AnswerCollector answers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void enqueue(MessageBatch message) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void disconnect(boolean close) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MemberDetails details() {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void threeAreThere() {
    adapter.add(anna);
    adapter.add(bert);
    adapter.add(carl);
  }

  private Set<String> found(Set<String> rooms, Set<String> except) {
    List<Member> members = adapter.members(new BroadcastTarget(rooms, except, false, false));
    Set<String> ids = new java.util.TreeSet<>();
    for (Member member : members) {
      ids.add(member.id());
    }
    assertEquals(members.size(), ids.size(), "somebody is named twice");
    return ids;
  }

  @Test
  void withoutARoomEverybodyIsMeant() {
    assertEquals(Set.of("anna", "bert", "carl"), found(Set.of(), Set.of()));
  }

  @Test
  void everybodyIsInTheRoomOfTheirOwnId() {
    assertEquals(Set.of("anna"), found(Set.of("anna"), Set.of()));
    assertEquals(Set.of("anna"), adapter.rooms(anna));
  }

  @Test
  void aRoomReachesThoseWhoJoinedIt() {
    adapter.join(anna, List.of("r", "s"));
    adapter.join(bert, List.of("r"));
    assertEquals(Set.of("anna", "bert"), found(Set.of("r"), Set.of()));
    assertEquals(Set.of("anna"), found(Set.of("s"), Set.of()));
    assertEquals(Set.of("anna", "r", "s"), adapter.rooms(anna));
  }

  @Test
  void whoIsInSeveralRoomsIsMeantOnce() {
    adapter.join(anna, List.of("r", "s"));
    adapter.join(bert, List.of("s"));
    assertEquals(Set.of("anna", "bert"), found(Set.of("r", "s", "anna"), Set.of()));
  }

  @Test
  void joiningTwiceIsJoiningOnce() {
    adapter.join(anna, List.of("r", "r", "anna"));
    adapter.join(anna, List.of("r"));
    adapter.leave(anna, "r");
    assertEquals(Set.of(), found(Set.of("r"), Set.of()));
  }

  @Test
  void exceptLeavesOutRoomsAndIds() {
    adapter.join(anna, List.of("r"));
    adapter.join(bert, List.of("r", "muted"));
    assertEquals(Set.of("anna"), found(Set.of("r"), Set.of("muted")));
    assertEquals(Set.of("bert"), found(Set.of("r"), Set.of("anna")));
    assertEquals(Set.of("carl"), found(Set.of(), Set.of("r")));
    assertEquals(Set.of("anna", "bert", "carl"), found(Set.of(), Set.of("nobody")));
  }

  @Test
  void aRoomThatNobodyJoinedReachesNobody() {
    assertEquals(Set.of(), found(Set.of("empty"), Set.of()));
  }

  @Test
  void whoLeavesARoomIsNotReachedThere() {
    adapter.join(anna, List.of("r"));
    adapter.join(bert, List.of("r"));
    adapter.leave(anna, "r");
    adapter.leave(anna, "never joined");
    assertEquals(Set.of("bert"), found(Set.of("r"), Set.of()));
    assertEquals(Set.of("anna"), adapter.rooms(anna));
  }

  @Test
  void whoIsRemovedIsInNoRoom() {
    adapter.join(anna, List.of("r"));
    adapter.remove(anna);
    adapter.remove(anna);
    assertEquals(Set.of(), found(Set.of("r", "anna"), Set.of()));
    assertEquals(Set.of(), adapter.rooms(anna));
    assertEquals(Set.of("bert", "carl"), found(Set.of(), Set.of()));
  }

  @Test
  void whoIsNotThereCannotJoin() {
    adapter.remove(anna);
    adapter.join(anna, List.of("r"));
    adapter.leave(anna, "r");
    assertEquals(Set.of(), found(Set.of("r"), Set.of()));
    assertEquals(Set.of(), adapter.rooms(anna));
  }

  @Test
  void emptyRoomsAreNotKept() throws ReflectiveOperationException {
    adapter.join(anna, List.of("r", "s"));
    adapter.join(bert, List.of("s"));
    adapter.leave(anna, "r");
    adapter.remove(anna);
    adapter.remove(bert);
    java.lang.reflect.Field byRoom = LocalAdapter.class.getDeclaredField("byRoom");
    byRoom.setAccessible(true);
    assertEquals("{}", String.valueOf(byRoom.get(adapter)));
  }

  @Test
  void aBroadcastReachesEachOnceAndSaysWhetherItMayBeDropped() {
    adapter.join(anna, List.of("r", "s"));
    MessageBatch message = MessageBatch.text("x");
    adapter.broadcast(message, new BroadcastTarget(Set.of("r", "s"), Set.of(), false, false));
    adapter.broadcast(message, new BroadcastTarget(Set.of("bert"), Set.of(), true, false));
    assertEquals(List.of("anna", "bert?"), delivered);
  }

  @Test
  void aMemberMayLeaveWhileItIsBroadcastTo() {
    Member leaving =
        new Named("leaving") {
          @Override
          public void deliver(MessageBatch message, boolean droppable) {
            adapter.remove(this);
          }
        };
    adapter.add(leaving);
    adapter.broadcast(MessageBatch.text("x"), BroadcastTarget.ALL);
    assertEquals(3, delivered.size());
    assertEquals(Set.of("anna", "bert", "carl"), found(Set.of(), Set.of()));
  }
}

package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.towpath.adapter.Adapter;
import io.towpath.adapter.Answer;
import io.towpath.adapter.AnswerCollector;
import io.towpath.adapter.BroadcastTarget;
import io.towpath.adapter.Member;
import io.towpath.adapter.MemberDetails;
import io.towpath.adapter.OffsetMessage;
import io.towpath.adapter.RestoredSession;
import io.towpath.adapter.RoomListener;
import io.towpath.adapter.StoredSession;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.MessageBatch;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Adapter} must do on its own server, whoever else there is. An adapter's tests
 * extend it; three sockets are there: anna in room a, bert in rooms a and b, carl in none.
 */
public abstract class AdapterContract {
  private final List<String> log = new ArrayList<>();
  private final Person anna = new Person("anna");
  private final Person bert = new Person("bert");
  private final Person carl = new Person("carl");
  private Adapter adapter;

  /** For subclasses. */
  protected AdapterContract() {}

  /** Returns a new adapter without sockets, the only one of its cluster. */
  protected abstract Adapter create();

  @BeforeEach
  final void threePeople() {
    adapter = create();
    adapter.add(anna);
    adapter.add(bert);
    adapter.add(carl);
    adapter.join(anna, List.of("a"));
    adapter.join(bert, List.of("a", "b"));
  }

  /** A socket that writes down what happens to it. */
  private final class Person implements Member {
    private final String id;
    private final List<MessageBatch> queued = new ArrayList<>();

    Person(String id) {
      this.id = id;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public void deliver(MessageBatch message, boolean droppable) {
      log.add(id + (droppable ? " may miss " : " gets ") + text(message));
    }

    @Override
    public void deliver(
        MessageBatch message, long ackId, long timeoutMillis, AnswerCollector answers) {
      log.add(id + " is asked " + text(message));
      if (id.equals("carl")) {
        answers.missing();
      } else {
        byte[] json = ("[\"" + id + "\"]").getBytes(StandardCharsets.UTF_8);
        answers.answer(new Answer(json, 0, json.length, List.of()));
      }
    }

    @Override
    public void enqueue(MessageBatch message) {
      queued.add(message);
    }

    @Override
    public void flush() {
      for (MessageBatch message : queued) {
        log.add(id + " gets " + text(message));
      }
      queued.clear();
    }

    @Override
    public void disconnect(boolean close) {
      log.add(id + (close ? " is closed" : " is put out"));
    }

    @Override
    public MemberDetails details() {
      return new MemberDetails(
          id,
          adapter.rooms(this),
          Map.of(),
          new HandshakeRequest("GET", "/", Map.of(), Map.of(), "127.0.0.1", false),
          Instant.EPOCH,
          JsonNodeFactory.instance.objectNode());
    }
  }

  private static String text(MessageBatch message) {
    return new String(message.textPacket(), StandardCharsets.UTF_8);
  }

  private static BroadcastTarget to(Set<String> rooms, Set<String> except) {
    return new BroadcastTarget(rooms, except, false, false);
  }

  private Set<String> found(Set<String> rooms, Set<String> except) {
    List<Member> members = adapter.members(to(rooms, except));
    Set<String> ids = new TreeSet<>();
    for (Member member : members) {
      ids.add(member.id());
    }
    assertEquals(members.size(), ids.size(), "somebody is named twice");
    return ids;
  }

  @Test
  final void withoutARoomEverybodyIsMeant() {
    assertEquals(Set.of("anna", "bert", "carl"), found(Set.of(), Set.of()));
  }

  @Test
  final void whoIsInSeveralOfTheRoomsIsMeantOnce() {
    assertEquals(Set.of("anna", "bert"), found(Set.of("a", "b"), Set.of()));
  }

  @Test
  final void whoIsInAnExceptedRoomIsLeftOut() {
    assertEquals(Set.of("anna"), found(Set.of("a"), Set.of("b")));
    assertEquals(Set.of("carl"), found(Set.of(), Set.of("a")));
  }

  @Test
  final void anIdIsARoomToMeanAndToExcept() {
    assertEquals(Set.of("carl"), found(Set.of("carl"), Set.of()));
    assertEquals(Set.of("anna"), found(Set.of("a"), Set.of("bert")));
  }

  @Test
  final void aRoomThatNobodyIsInMeansNobody() {
    assertEquals(Set.of(), found(Set.of("none"), Set.of()));
  }

  @Test
  final void roomsOfASocketHaveItsIdAmongThem() {
    assertEquals(Set.of("bert", "a", "b"), adapter.rooms(bert));
    assertEquals(Set.of("carl"), adapter.rooms(carl));
  }

  @Test
  final void allRoomsAreListedThoseOfIdsAmongThem() {
    assertEquals(Set.of("anna", "bert", "carl", "a", "b"), Set.copyOf(adapter.rooms()));
  }

  @Test
  final void whoHasGoneIsInNoRoom() {
    adapter.remove(bert);
    assertEquals(Set.of(), adapter.rooms(bert));
    assertEquals(Set.of("anna", "carl", "a"), Set.copyOf(adapter.rooms()));
    adapter.join(bert, List.of("a"));
    assertEquals(Set.of("anna"), found(Set.of("a"), Set.of()));
  }

  @Test
  final void leavingARoomThatOneIsNotInChangesNothing() {
    adapter.leave(carl, "a");
    assertEquals(Set.of("anna", "bert"), found(Set.of("a"), Set.of()));
  }

  @Test
  final void aBroadcastReachesEachOnce() {
    adapter.broadcast(MessageBatch.text("x"), to(Set.of("a", "b"), Set.of()));
    adapter.broadcast(
        MessageBatch.text("y"), new BroadcastTarget(Set.of("carl"), Set.of(), true, false));
    assertEquals(Set.of("anna gets 4x", "bert gets 4x", "carl may miss 4y"), new TreeSet<>(log));
    assertEquals(3, log.size());
  }

  /** An event that does not show its offset. */
  private static OffsetMessage event(String text) {
    return new OffsetMessage() {
      @Override
      public MessageBatch plain() {
        return MessageBatch.text(text);
      }

      @Override
      public MessageBatch at(String offset) {
        return MessageBatch.text(text);
      }
    };
  }

  @Test
  final void anEventWithAnOffsetReachesEachOnceAndInOrder() {
    adapter.broadcast(event("x"), to(Set.of("a", "b"), Set.of("anna")));
    adapter.broadcast(event("y"), to(Set.of("bert"), Set.of()));
    assertEquals(List.of("bert gets 4x", "bert gets 4y"), log);
  }

  @Test
  final void whoWasLostComesBackAtMostOnce() {
    StoredSession lost = new StoredSession("dora", "secret", Set.of("dora", "a"), Map.of("k", 1));
    adapter.persistSession(lost);
    assertNull(restored("unknown"));
    RestoredSession found = restored("secret");
    assertTrue(found == null || found.session().equals(lost));
    assertNull(restored("secret"));
  }

  private @Nullable RestoredSession restored(String privateId) {
    return adapter.restoreSession(privateId, "0").toCompletableFuture().join();
  }

  @Test
  final void whoRejoinsIsInTheOldRooms() {
    Person dora = new Person("dora");
    adapter.broadcast(event("x"), to(Set.of(), Set.of()));
    adapter.rejoin(dora, Set.of("dora", "a"), "unknown");
    assertEquals(Set.of("dora", "a"), adapter.rooms(dora));
    assertEquals(Set.of("anna", "bert", "dora"), found(Set.of("a"), Set.of()));
  }

  @Test
  final void aBroadcastThatAsksExpectsAndCollectsTheAnswers() {
    Answers answers = new Answers();
    adapter.broadcast(MessageBatch.text("x"), to(Set.of(), Set.of()), 5, 0, answers);
    assertEquals(List.of(3), answers.expected);
    assertEquals(Set.of("[\"anna\"]", "[\"bert\"]"), answers.texts);
    assertEquals(1, answers.missing);
  }

  @Test
  final void aBroadcastThatAsksNobodyExpectsNothing() {
    Answers answers = new Answers();
    adapter.broadcast(MessageBatch.text("x"), to(Set.of("none"), Set.of()), 5, 0, answers);
    assertEquals(List.of(0), answers.expected);
  }

  @Test
  final void everybodyMeantJoinsAndLeavesRooms() {
    adapter.join(to(Set.of("a"), Set.of()), List.of("c", "d"));
    assertEquals(Set.of("anna", "bert"), found(Set.of("c"), Set.of()));
    adapter.leave(to(Set.of("b"), Set.of()), List.of("c", "d"));
    assertEquals(Set.of("anna"), found(Set.of("d"), Set.of()));
  }

  @Test
  final void everybodyMeantIsPutOutOrClosed() {
    adapter.disconnect(to(Set.of("b"), Set.of()), false);
    adapter.disconnect(to(Set.of("carl"), Set.of()), true);
    assertEquals(List.of("bert is put out", "carl is closed"), log);
  }

  @Test
  final void everybodyMeantIsDescribed() {
    List<MemberDetails> found =
        adapter.fetch(to(Set.of("b"), Set.of())).toCompletableFuture().join();
    assertEquals(1, found.size());
    assertEquals("bert", found.get(0).id());
    assertEquals(Set.of("bert", "a", "b"), found.get(0).rooms());
  }

  @Test
  final void thereIsOneServer() {
    assertEquals(1, adapter.serverCount().toCompletableFuture().join());
  }

  @Test
  final void anEventForOtherServersGoesNowhereAndNobodyAnswers() {
    Answers answers = new Answers();
    byte[] json = "[\"e\"]".getBytes(StandardCharsets.UTF_8);
    Answer event = new Answer(json, 0, json.length, List.of());
    adapter.onServerEvent((received, answer) -> log.add("received"));
    adapter.emitToServers(event);
    adapter.emitToServers(event, 1000, answers);
    assertEquals(List.of(0), answers.expected);
    assertEquals(List.of(), log);
  }

  @Test
  final void changesOfRoomsAreTold() {
    adapter.onRoomChange(new Changes());
    adapter.join(carl, List.of("a", "c"));
    adapter.join(carl, List.of("a"));
    assertEquals(List.of("carl joins a", "create c", "carl joins c"), log);
    log.clear();
    adapter.leave(carl, "a");
    adapter.leave(carl, "c");
    assertEquals(List.of("carl leaves a", "carl leaves c", "delete c"), log);
  }

  @Test
  final void theRoomsOfIdsAreToldToo() {
    adapter.onRoomChange(new Changes());
    Person dora = new Person("dora");
    adapter.add(dora);
    adapter.add(dora);
    adapter.join(dora, List.of("a"));
    assertEquals(List.of("create dora", "dora joins dora", "dora joins a"), log);
    log.clear();
    adapter.remove(dora);
    adapter.remove(dora);
    assertEquals(List.of("dora leaves a", "dora leaves dora", "delete dora"), log);
  }

  private final class Changes implements RoomListener {
    @Override
    public void onCreate(String room) {
      log.add("create " + room);
    }

    @Override
    public void onJoin(String room, String socketId) {
      log.add(socketId + " joins " + room);
    }

    @Override
    public void onLeave(String room, String socketId) {
      log.add(socketId + " leaves " + room);
    }

    @Override
    public void onDelete(String room) {
      log.add("delete " + room);
    }
  }

  private static final class Answers implements AnswerCollector {
    private final List<Integer> expected = new ArrayList<>();
    private final Set<String> texts = new TreeSet<>();
    private int missing;

    @Override
    public void expect(int answers) {
      expected.add(answers);
    }

    @Override
    public void answer(Answer answer) {
      texts.add(
          new String(answer.bytes(), answer.offset(), answer.length(), StandardCharsets.UTF_8));
    }

    @Override
    public void missing() {
      missing++;
    }
  }
}

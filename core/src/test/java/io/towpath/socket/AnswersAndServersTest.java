package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.adapter.Adapter;
import io.towpath.adapter.Answer;
import io.towpath.adapter.AnswerCollector;
import io.towpath.adapter.LocalAdapter;
import io.towpath.adapter.RoomListener;
import io.towpath.adapter.ServerEventListener;
import io.towpath.engine.CloseReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Answers to broadcasts, remote sockets, rooms, other servers. Reference: 4.8, 4.11 and 6.1. */
class AnswersAndServersTest {
  private final SocketFixture server = new SocketFixture();
  private final Namespace root = server.io.of("/");
  private final List<String> log = new ArrayList<>();

  private static MissingAnswersException missing(CompletableFuture<BroadcastAnswers> answers) {
    assertTrue(answers.isDone());
    CompletionException thrown = assertThrows(CompletionException.class, answers::join);
    return assertInstanceOf(MissingAnswersException.class, thrown.getCause());
  }

  @Test
  void everybodyAnswersAndTheFirstArgumentsAreKept() {
    SocketFixture.Client first = server.joined();
    SocketFixture.Client second = server.joined();
    CompletableFuture<BroadcastAnswers> answers =
        root.timeout(Duration.ofSeconds(1)).emitWithAck("ready?", 7);
    assertEquals(List.of("20[\"ready?\",7]"), first.received());
    assertEquals(List.of("20[\"ready?\",7]"), second.received());
    second.send("30[\"yes\",\"more\"]");
    assertFalse(answers.isDone());
    first.send("30[\"no\"]");
    assertEquals(List.of("yes", "no"), answers.join().as(String.class));
    assertEquals(2, answers.join().size());
    server.scheduler.advance(2000);
    assertEquals(0, server.errors.size());
  }

  @Test
  void whenTheTimeIsOverThoseThatCameAreInTheException() {
    SocketFixture.Client first = server.joined();
    server.joined();
    CompletableFuture<BroadcastAnswers> answers =
        root.timeout(Duration.ofMillis(100)).emitWithAck("e");
    first.send("30[1]");
    server.scheduler.advance(90);
    server.handlers.run();
    assertFalse(answers.isDone());
    server.scheduler.advance(20);
    server.handlers.run();
    MissingAnswersException missing = missing(answers);
    assertEquals("operation has timed out", missing.getMessage());
    assertEquals(List.of(1), missing.answers().as(Integer.class));
  }

  @Test
  void nobodyToAskMeansAnEmptyListAtOnce() {
    CompletableFuture<BroadcastAnswers> answers = root.to("nowhere").emitWithAck("e");
    assertEquals(0, answers.join().size());
  }

  @Test
  void whoLeavesWithoutAnAnswerIsMissingAndNotWaitedFor() {
    SocketFixture.Client first = server.joined();
    SocketFixture.Client second = server.joined();
    CompletableFuture<BroadcastAnswers> answers = root.emitWithAck("e");
    first.send("30[1]");
    second.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    assertEquals(List.of(1), missing(answers).answers().as(Integer.class));
  }

  @Test
  void answersAreReadAsTypesWithParametersToo() {
    SocketFixture.Client client = server.joined();
    CompletableFuture<BroadcastAnswers> answers = root.emitWithAck("e");
    client.send("30[[1,2]]");
    assertEquals(List.of(List.of(1, 2)), answers.join().as(new TypeRef<List<Integer>>() {}));
  }

  @Test
  void anOperatorAsksOnlyWhomItMeans() {
    SocketFixture.Client first = server.client();
    String firstId = first.join("/");
    SocketFixture.Client second = server.joined();
    CompletableFuture<BroadcastAnswers> answers = root.except(firstId).emitWithAck("e");
    assertEquals(List.of(), first.received());
    second.send("30[true]");
    assertEquals(List.of(true), answers.join().as(Boolean.class));
  }

  @Test
  void fetchedSocketsSayWhoTheyAreAndObey() {
    SocketFixture.Client client = server.client();
    String id = client.join("/");
    Socket socket = server.socket("/");
    socket.join("room");
    socket.data().put("user", "anna");
    RemoteSocket remote = root.fetchSockets().join().get(0);
    assertEquals(id, remote.id());
    assertEquals(Set.of(id, "room"), remote.rooms());
    assertEquals("anna", remote.data().get("user"));
    assertEquals("127.0.0.1", remote.handshake().address());
    remote.join("other");
    remote.leave("room");
    assertEquals(Set.of(id, "other"), socket.rooms());
    remote.emit("e", 1);
    assertEquals(List.of("2[\"e\",1]"), client.received());
    remote.disconnect(false);
    assertEquals(List.of("1"), client.received());
    assertTrue(client.isOpen());
    server.handlers.run();
    assertEquals(0, root.fetchSockets().join().size());
  }

  @Test
  void aNamespaceListsItsRoomsAndTellsTheirChanges() {
    root.onRoomChange(
        new RoomListener() {
          @Override
          public void onCreate(String room) {
            log.add("create " + room);
          }

          @Override
          public void onDelete(String room) {
            log.add("delete " + room);
          }
        });
    SocketFixture.Client client = server.client();
    String id = client.join("/");
    server.socket("/").join("room");
    assertEquals(Set.of(id, "room"), root.rooms());
    client.send("1");
    assertEquals(List.of("create " + id, "create room", "delete room", "delete " + id), log);
    assertEquals(Set.of(), root.rooms());
  }

  @Test
  void everybodyJoinsAndLeavesRooms() {
    server.joined();
    server.joined();
    root.socketsJoin("a", "b");
    assertEquals(2, root.to("b").sockets().size());
    root.socketsLeave("a", "b");
    assertEquals(0, root.to("a", "b").sockets().size());
  }

  // Other servers.

  /** Two adapters in one process that hand each other server-side events. */
  private static final class Linked extends LocalAdapter {
    private Linked other = this;
    private ServerEventListener listener = (event, answer) -> {};

    static void link(Linked one, Linked two) {
      one.other = two;
      two.other = one;
    }

    @Override
    public void onServerEvent(ServerEventListener newListener) {
      listener = newListener;
    }

    @Override
    public void emitToServers(Answer event) {
      other.listener.on(event, null);
    }

    @Override
    public void emitToServers(Answer event, long timeoutMillis, AnswerCollector answers) {
      answers.expect(1);
      other.listener.on(event, answers::answer);
    }
  }

  private static SocketFixture on(Linked adapter) {
    Adapter.Factory factory = namespace -> namespace.equals("/") ? adapter : new LocalAdapter();
    return new SocketFixture(SocketOptions.builder().adapter(factory).build());
  }

  @Test
  void anEventReachesTheNamespaceOnTheOtherServerAndNotOnThisOne() {
    Linked one = new Linked();
    Linked two = new Linked();
    Linked.link(one, two);
    Namespace here = on(one).io.of("/");
    Namespace there = on(two).io.of("/");
    here.on("e", String.class, text -> log.add("here " + text));
    there.on("e", String.class, text -> log.add("there " + text));
    here.serverSideEmit("e", "x");
    assertEquals(List.of("there x"), log);
  }

  @Test
  void theOtherServerAnswers() {
    Linked one = new Linked();
    Linked two = new Linked();
    Linked.link(one, two);
    Namespace here = on(one).io.of("/");
    on(two).io.of("/").onRequest("count", arguments -> 42).on("same", (a, ack) -> ack.send(a));
    Duration limit = Duration.ofSeconds(1);
    assertEquals(List.of(42), here.serverSideEmitWithAck(limit, "count").join().as(Integer.class));
    assertEquals(
        List.of("x"), here.serverSideEmitWithAck(limit, "same", "x").join().as(String.class));
  }

  @Test
  void aServerThatDoesNotAnswerInTimeIsMissing() {
    Linked one = new Linked();
    Linked two = new Linked();
    Linked.link(one, two);
    SocketFixture fixture = on(one);
    on(two);
    CompletableFuture<BroadcastAnswers> answers =
        fixture.io.of("/").serverSideEmitWithAck(Duration.ofMillis(100), "silence");
    assertFalse(answers.isDone());
    fixture.scheduler.advance(110);
    assertEquals(0, missing(answers).answers().size());
  }

  @Test
  void aloneAServerGetsNoAnswersAtOnce() {
    assertEquals(0, root.serverSideEmitWithAck(Duration.ofSeconds(1), "e").join().size());
  }

  @Test
  void namesThatTheServerUsesItselfAreRefused() {
    for (String name : List.of("connect", "connection", "new_namespace")) {
      assertThrows(IllegalArgumentException.class, () -> root.serverSideEmit(name));
    }
  }
}

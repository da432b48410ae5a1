package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.adapter.RoomListener;
import io.towpath.engine.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The way out of a namespace. Reference: 4.8. */
class DisconnectingTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.joined();
  private final Socket socket = server.socket("/");
  private final List<String> log = new ArrayList<>();

  @Test
  void roomsAreThereWhileDisconnectingAndGoneAfterwards() {
    socket.join("r");
    socket.onDisconnecting(reason -> log.add("disconnecting " + socket.rooms().size()));
    socket.onDisconnect(reason -> log.add("disconnect " + socket.rooms().size()));
    client.send("1");
    assertEquals(List.of("disconnecting 2", "disconnect 0"), log);
  }

  @Test
  void aSocketIsConnectedWhileDisconnectingAndNotAfterwards() {
    socket.onDisconnecting(
        reason -> {
          log.add("disconnecting " + socket.isConnected());
          socket.disconnect();
          socket.disconnect(true);
        });
    socket.onDisconnect(reason -> log.add("disconnect " + socket.isConnected()));
    client.send("1");
    assertEquals(List.of("disconnecting true", "disconnect false"), log);
    assertTrue(client.isOpen());
  }

  @Test
  void eventsThatCameBeforeTheClientLeftAreHandledBeforeTheDisconnect() {
    socket.on("e", Integer.class, n -> log.add("event " + n));
    socket.onDisconnect(reason -> log.add("disconnect"));
    client.send("2[\"e\",1]", "2[\"e\",2]", "1");
    assertEquals(List.of("event 1", "event 2", "disconnect"), log);
  }

  @Test
  void eventsThatCameBeforeTheConnectionWasLostAreHandledBeforeTheDisconnect() {
    socket.on("e", () -> log.add("event"));
    socket.onDisconnect(reason -> log.add("disconnect"));
    client.post("2[\"e\"]");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    assertEquals(List.of("event", "disconnect"), log);
  }

  @Test
  void aSocketOfWhichNobodyHearsLeavesWithoutAHandlersThread() {
    socket.join("r");
    int before = server.handlers.wakeUps;
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(before, server.handlers.wakeUps);
    assertEquals(Set.of(), server.io.of("/").rooms());
    assertFalse(socket.isConnected());
  }

  @Test
  void listenersHearOfItOnTheirThread() {
    socket.onDisconnect(reason -> log.add("disconnect"));
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(List.of(), log);
    server.handlers.run();
    assertEquals(List.of("disconnect"), log);
  }

  @Test
  void listenersForRoomsHearOfItOnAHandlersThread() {
    server
        .io
        .of("/")
        .onRoomChange(
            new RoomListener() {
              @Override
              public void onDelete(String room) {
                log.add("deleted");
              }
            });
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(List.of(), log);
    server.handlers.run();
    assertEquals(List.of("deleted"), log);
  }

  @Test
  void whoWaitsForAnAnswerHearsOfItOnAHandlersThread() {
    var unused = socket.emitWithAck("q").whenComplete((answer, failed) -> log.add("failed"));
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(List.of(), log);
    server.handlers.run();
    assertEquals(List.of("failed"), log);
  }

  @Test
  void whoBeginsToListenJustThenHearsOfItOnAHandlersThread() {
    socket.state.end(false, false);
    Disconnecting leaving =
        new Disconnecting(socket, true, DisconnectReason.TRANSPORT_CLOSE, "lost");
    socket.onDisconnect(reason -> log.add("disconnect"));
    var unused = socket.emitWithAck("q").whenComplete((answer, failed) -> log.add("failed"));
    assertTrue(socket.inbox.handleHere((Runnable) leaving::leaveUnheard));
    assertEquals(List.of(), log);
    assertEquals(Set.of(), server.io.of("/").rooms());
    server.handlers.run();
    assertEquals(List.of("failed", "disconnect"), log);
  }

  @Test
  void whatWaitsIsHandledBeforeASocketLeavesOfWhichNobodyHears() {
    socket.on("e", () -> log.add("event in " + socket.rooms().size()));
    client.post("2[\"e\"]");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(1, socket.rooms().size());
    server.handlers.run();
    assertEquals(List.of("event in 1"), log);
    assertEquals(0, socket.rooms().size());
  }

  @Test
  void eventsThatWaitWhenTheServerLeavesAreDropped() {
    socket.on(
        "e",
        () -> {
          log.add("event");
          socket.disconnect();
        });
    client.send("2[\"e\"]", "2[\"e\"]");
    assertEquals(List.of("event"), log);
    assertTrue(client.isOpen());
  }

  @Test
  void aListenerThatThrowsKeepsNobodyFromLeaving() {
    socket.join("r");
    socket.onDisconnecting(
        reason -> {
          throw new AssertionError("one");
        });
    socket.onDisconnect(
        reason -> {
          throw new IllegalStateException("two");
        });
    socket.onDisconnect(reason -> log.add("left"));
    client.send("1");
    assertEquals(List.of("one", "two"), server.errors);
    assertEquals(List.of("left"), log);
    assertEquals(0, server.io.of("/").to("r").sockets().size());
  }

  @Test
  void whoNeverJoinedHearsNoDisconnect() {
    server
        .io
        .of("/")
        .use(
            (joining, next) -> {
              joining.onDisconnecting(reason -> log.add("disconnecting"));
              joining.onDisconnect(reason -> log.add("disconnect"));
            });
    SocketFixture.Client unanswered = server.client();
    unanswered.send("0");
    unanswered.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    assertEquals(List.of(), log);
  }
}

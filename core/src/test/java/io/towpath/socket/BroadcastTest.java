package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BroadcastTest {
  private final SocketFixture server = new SocketFixture();
  private final Namespace root = server.io.of("/");
  private final Map<String, SocketFixture.Client> clients = new HashMap<>();
  private final Map<String, Socket> sockets = new HashMap<>();

  BroadcastTest() {
    root.onConnection(
        socket -> sockets.put(socket.handshake().auth().path("name").asText(), socket));
    for (String name : List.of("anna", "bert", "carl")) {
      SocketFixture.Client client = server.client();
      clients.put(name, client.send("0{\"name\":\"" + name + "\"}"));
    }
    socket("anna").join("r", "s");
    socket("bert").join("r");
    reached();
  }

  private SocketFixture.Client client(String name) {
    return Objects.requireNonNull(clients.get(name));
  }

  private Socket socket(String name) {
    return Objects.requireNonNull(sockets.get(name));
  }

  /** Who has got something since the last call, and how often. */
  private List<String> reached() {
    List<String> reached = new ArrayList<>();
    for (String name : List.of("anna", "bert", "carl")) {
      client(name).received().forEach(packet -> reached.add(name));
    }
    return reached;
  }

  @Test
  void aNamespaceTellsEverybody() {
    root.emit("e", 1);
    assertEquals(List.of("2[\"e\",1]"), client("bert").received());
    assertEquals(List.of("anna", "carl"), reached());
  }

  @Test
  void roomsAreAUnionAndEachGetsItOnce() {
    root.to("r").in("s").to("r", "s").emit("e");
    assertEquals(List.of("anna", "bert"), reached());
  }

  @Test
  void exceptLeavesOut() {
    root.to("r").except("s").emit("e");
    assertEquals(List.of("bert"), reached());
    root.except("r").emit("e");
    assertEquals(List.of("carl"), reached());
  }

  @Test
  void anIdIsARoom() {
    root.to(socket("carl").id()).emit("e");
    assertEquals(List.of("carl"), reached());
  }

  @Test
  void aSocketLeavesItselfOut() {
    socket("anna").to("r").emit("e");
    assertEquals(List.of("bert"), reached());
    socket("anna").in("r", "s").emit("e");
    assertEquals(List.of("bert"), reached());
    socket("anna").broadcast().emit("e");
    assertEquals(List.of("bert", "carl"), reached());
    socket("carl").except("s").emit("e");
    assertEquals(List.of("bert"), reached());
  }

  @Test
  void eachStepLeavesTheBroadcastBeforeItAsItWas() {
    Broadcast everybody = root.to();
    Broadcast room = everybody.to("s");
    room.except("r");
    room.asVolatile();
    room.to("r");
    room.emit("e");
    assertEquals(List.of("anna"), reached());
    everybody.emit("e");
    assertEquals(List.of("anna", "bert", "carl"), reached());
  }

  @Test
  void aVolatileBroadcastIsMissedByThoseWhoCannotTakeIt() {
    client("bert").transport.setWritable(false);
    root.asVolatile().emit("e");
    root.to("r").asVolatile().emit("e");
    client("bert").transport.setWritable(true);
    assertEquals(List.of("anna", "anna", "carl"), reached());
  }

  @Test
  void anOrdinaryBroadcastWaitsForThem() {
    client("bert").transport.setWritable(false);
    root.to("r").local().emit("e");
    client("bert").transport.setWritable(true);
    assertEquals(List.of("anna", "bert"), reached());
  }

  @Test
  void receivedArgumentsAreToldUnchanged() {
    socket("carl").on("say", arguments -> root.to("r").emit("said", arguments));
    client("carl").send("2[\"say\",1.0, {}]");
    assertEquals(List.of("2[\"said\",1.0, {}]"), client("anna").received());
    assertEquals(List.of("bert"), reached());
  }

  @Test
  void otherNamespacesHearNothing() {
    server.io.of("/other").emit("e");
    assertEquals(List.of(), reached());
  }

  @Test
  void theSocketsThatAreMeantAreFound() {
    assertEquals(Set.of(socket("anna"), socket("bert")), Set.copyOf(root.to("r").sockets()));
    assertEquals(3, root.sockets().size());
  }

  @Test
  void socketsAreMovedBetweenRooms() {
    root.to("r").socketsJoin("x", "y");
    assertEquals(2, root.to("y").sockets().size());
    root.to("s").socketsLeave("x", "y");
    root.to("x").emit("e");
    assertEquals(List.of("bert"), reached());
  }

  @Test
  void socketsAreDisconnectedAndTheirConnectionsClosedIfAsked() {
    root.to("s").disconnectSockets(false);
    assertTrue(client("anna").isOpen());
    assertFalse(socket("anna").isConnected());
    root.disconnectSockets(true);
    assertTrue(client("anna").isOpen());
    assertFalse(client("bert").isOpen());
    assertFalse(client("carl").isOpen());
    server.handlers.run();
    assertEquals(0, root.sockets().size());
  }
}

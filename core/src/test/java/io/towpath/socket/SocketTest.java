package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.TransportName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application sees of one client in the root namespace. Reference: 4.5 and 4.8. */
class SocketTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.client();
  private final String id = client.join("/");
  private final Socket socket = server.socket("/");
  private final List<String> log = new ArrayList<>();

  @Test
  void aSocketKnowsItsClient() {
    assertEquals(id, socket.id());
    assertEquals("/", socket.namespace().name());
    assertEquals(TransportName.WEBSOCKET, socket.transport());
    assertTrue(socket.toString().contains(id));
    socket.data().put("k", 1);
    assertSame(socket.data(), socket.data());
    assertEquals(1, socket.data().get("k"));
  }

  @Test
  void aSocketsIdTellsNothingOfItsSessions() {
    assertNotEquals(client.session.id(), id);
    server.io.of("/other");
    assertNotEquals(id, client.join("/other"));
  }

  @Test
  void theHandshakeIsTheFirstRequestOfTheSession() {
    server.client("EIO=4&a=1&a=2", Map.of("Origin", List.of("http://x"), "Cookie", List.of("c")));
    Handshake[] seen = new Handshake[1];
    server.io.of("/").onConnection(other -> seen[0] = other.handshake());
    server
        .client("EIO=4&a=1&a=2", Map.of("Origin", List.of("http://x"), "Cookie", List.of("c")))
        .send("0");
    assertEquals("2", seen[0].query().get("a"));
    assertEquals(List.of("c"), seen[0].headers().get("cookie"));
    assertEquals("/socket.io/?EIO=4&a=1&a=2", seen[0].url());
    assertEquals("127.0.0.1", seen[0].address());
    assertTrue(seen[0].crossDomain());
    assertFalse(seen[0].secure());
    assertFalse(socket.handshake().crossDomain());
  }

  @Test
  void bufferedBytesAreThoseThatWait() {
    client.transport.setWritable(false);
    socket.emit("abc");
    assertEquals("42[\"abc\"]".length(), socket.bufferedBytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener"
      })
  void reservedNamesAreRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> socket.emit(name));
    assertThrows(IllegalArgumentException.class, () -> socket.emitWithAck(name));
    assertThrows(IllegalArgumentException.class, () -> socket.asVolatile().emit(name));
    assertThrows(IllegalArgumentException.class, () -> socket.broadcast().emit(name));
    assertThrows(IllegalArgumentException.class, () -> socket.on(name, () -> {}));
    assertEquals(List.of(), client.received());
  }

  @Test
  void disconnectTellsTheClientAndKeepsTheConnection() {
    socket.onDisconnect((reason, description) -> log.add(reason + " " + description));
    socket.disconnect();
    socket.disconnect();
    server.handlers.run();
    assertEquals(List.of("1"), client.received());
    assertEquals(List.of("server namespace disconnect null"), log);
    assertTrue(client.isOpen());
    assertFalse(socket.isConnected());
  }

  @Test
  void disconnectWithCloseLeavesEveryNamespaceAndClosesTheConnection() {
    server.io.of("/a").onConnection(other -> other.onDisconnect(reason -> log.add("/a " + reason)));
    client.join("/a");
    socket.onDisconnect(reason -> log.add("/ " + reason));
    socket.disconnect(true);
    server.handlers.run();
    assertEquals(List.of("1", "1/a,"), client.received());
    assertEquals(List.of("/ server namespace disconnect", "/a server namespace disconnect"), log);
    assertFalse(client.isOpen());
  }

  @Test
  void disconnectWithCloseOfASocketThatHasLeftDoesNothing() {
    server.io.of("/a");
    client.join("/a");
    client.send("1");
    socket.disconnect(true);
    assertTrue(client.isOpen());
  }

  @Test
  void theServerLeavesOnceWhateverTheNumberOfThreads() throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      CountDownLatch start = new CountDownLatch(1);
      client.join("/a" + round(round));
      Socket other = server.socket("/a" + round);
      client.received();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                  } catch (InterruptedException interrupted) {
                    return;
                  }
                  other.disconnect();
                });
        thread.start();
        threads.add(thread);
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of("1/a" + round + ","), client.received());
    }
  }

  private int round(int round) {
    server.io.of("/a" + round);
    return round;
  }

  @Test
  void joinAfterTheEndDoesNothing() {
    client.send("1");
    socket.join("r");
    assertEquals(Set.of(), socket.rooms());
    assertEquals(0, server.io.of("/").to("r").sockets().size());
  }
}

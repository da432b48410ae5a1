package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketIoTest {
  private final List<String> log = new ArrayList<>();

  @Test
  void aNamespaceIsMadeOnceAndHasASlash() {
    SocketFixture server = new SocketFixture();
    assertSame(server.io.of("/a"), server.io.of("a"));
    assertEquals("/a", server.io.of("a").name());
    assertSame(server.io.of("/"), server.io.of(""));
    assertNotNull(server.io.find("/"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a,b", ","})
  void aNamespaceHasNoComma(String name) {
    SocketFixture server = new SocketFixture();
    assertThrows(IllegalArgumentException.class, () -> server.io.of(name));
  }

  @Test
  void aNameThatNoClientCouldSendIsRefused() {
    SocketFixture server = new SocketFixture();
    String longest = "/" + "é".repeat(127) + "n";
    server.client();
    server.io.of(longest);
    server.client().join(longest);
    assertThrows(IllegalArgumentException.class, () -> server.io.of(longest + "n"));
    assertThrows(IllegalArgumentException.class, () -> server.io.of("/" + "é".repeat(200)));
  }

  @Test
  void closingEndsEverySocketWithoutAPacketAndClosesTheSessions() {
    SocketFixture server = new SocketFixture();
    SocketFixture.Client client = server.joined();
    Socket socket = server.socket("/");
    socket.onDisconnect(reason -> log.add(reason.wording()));
    server.io.close();
    server.handlers.run();
    assertEquals(List.of("server shutting down"), log);
    assertEquals(List.of(), client.received());
    assertFalse(client.isOpen());
    assertFalse(socket.isConnected());
  }

  @Test
  void aSessionOfAClosingServerEndsBecauseOfIt() {
    SocketFixture server = new SocketFixture();
    SocketFixture.Client client = server.client();
    client.transport.closeLate();
    server.io.close();
    client.transport.finishClose();
    assertFalse(client.isOpen());
    assertEquals(0, server.sessions.size());
  }

  @Test
  void anErrorListenerThatThrowsKeepsNobodyFromHearing() {
    SocketFixture server = new SocketFixture();
    server.io.onError(
        (socket, thrown) -> {
          throw new AssertionError("again");
        });
    server.io.onError((socket, thrown) -> log.add(String.valueOf(thrown.getMessage())));
    SocketFixture.Client client = server.joined();
    server
        .socket("/")
        .on(
            "e",
            () -> {
              throw new Exception("first");
            })
        .on("f", () -> log.add("alive"));
    client.send("2[\"e\"]", "2[\"f\"]");
    assertEquals(List.of("first", "alive"), log);
  }

  @Test
  void inlineHandlersRunAsTheBytesAreRead() {
    SocketFixture server = new SocketFixture(SocketOptions.builder().inlineHandlers().build());
    SocketFixture.Client client = server.client();
    server.io.of("/").onConnection(socket -> socket.on("e", () -> log.add("event")));
    client.post("0");
    assertEquals(1, client.received().size());
    client.post("2[\"e\"]", "2[\"e\"]");
    assertEquals(List.of("event", "event"), log);
    assertEquals(0, server.handlers.wakeUps);
  }

  @Test
  void handlersRunOnTheExecutorOfTheOptions() {
    SocketFixture.HandlerQueue own = new SocketFixture.HandlerQueue();
    SocketFixture server = new SocketFixture(SocketOptions.builder().handlers(own).build());
    SocketFixture.Client client = server.client();
    client.post("0");
    assertEquals(0, server.handlers.wakeUps);
    assertEquals(List.of(), client.received());
    own.run();
    assertEquals(1, client.received().size());
  }

  @Test
  void aHandlerThatBlocksDelaysOnlyItsOwnSocket() {
    SocketFixture server = new SocketFixture();
    server.io.of("/").onConnection(socket -> socket.on("e", () -> log.add(socket.id())));
    SocketFixture.Client slow = server.client();
    slow.post("0");
    // The handlers of the first socket have not run yet; those of the second are handed over.
    SocketFixture.Client quick = server.client();
    quick.post("0");
    assertEquals(2, server.handlers.wakeUps);
    server.handlers.run();
    assertTrue(slow.isOpen());
    assertEquals(2, server.io.of("/").sockets().size());
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Connection handlers, and what the sockets of a namespace share. Reference: 4.4. */
class NamespaceTest {
  private final SocketFixture server = new SocketFixture();
  private final Namespace root = server.io.of("/");
  private final List<String> log = new ArrayList<>();

  @Test
  void aClientIsNoMemberBeforeItHasJoined() {
    root.use((socket, next) -> {});
    SocketFixture.Client client = server.client();
    client.send("0");
    root.emit("hello");
    assertEquals(List.of(), client.received());
    assertEquals(0, root.sockets().size());
  }

  @Test
  void theConnectionHandlerSeesASocketThatIsThere() {
    root.onConnection(
        socket -> {
          log.add("connected " + socket.isConnected() + " " + root.sockets().contains(socket));
          log.add(String.valueOf(socket.rooms().equals(Set.of(socket.id()))));
        });
    server.joined();
    assertEquals(List.of("connected true true", "true"), log);
  }

  @Test
  void everyConnectionHandlerRunsAlthoughOneThrows() {
    root.onConnection(
            socket -> {
              throw new AssertionError("first");
            })
        .onConnection(socket -> log.add("second"));
    SocketFixture.Client client = server.joined();
    assertEquals(List.of("second"), log);
    assertEquals(List.of("first"), server.errors);
    assertTrue(client.isOpen());
  }

  @Test
  void eventsThatArriveWhileTheConnectionHandlerRunsWaitForItsEnd() {
    SocketFixture.Client client = server.client();
    root.onConnection(
        socket -> {
          client.post("2[\"e\"]");
          log.add("before");
          socket.on("e", () -> log.add("event"));
          log.add("after");
        });
    client.send("0");
    assertEquals(List.of("before", "after", "event"), log);
  }

  @Test
  void ackIdsAreCountedForTheWholeNamespace() {
    SocketFixture.Client first = server.joined();
    Socket socket = server.socket("/");
    SocketFixture.Client second = server.joined();
    List<CompletableFuture<Arguments>> answers = new ArrayList<>();
    answers.add(socket.emitWithAck("a"));
    root.sockets().stream()
        .filter(other -> other != socket)
        .forEach(other -> answers.add(other.emitWithAck("b")));
    answers.add(socket.emitWithAck("c"));
    assertEquals(List.of("20[\"a\"]", "22[\"c\"]"), first.received());
    assertEquals(List.of("21[\"b\"]"), second.received());
  }
}

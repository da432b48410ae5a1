package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** The way into a namespace: middlewares, the answer, refusals. Reference: 4.4 and 4.6. */
class ConnectingTest {
  private final SocketFixture server = new SocketFixture();
  private final Namespace root = server.io.of("/");
  private final List<String> log = new ArrayList<>();

  @Test
  void middlewaresRunInOrderForEveryConnect() {
    root.use(
            (socket, next) -> {
              log.add("first");
              next.proceed();
            })
        .use(
            (socket, next) -> {
              log.add("second");
              next.proceed();
            })
        .onConnection(socket -> log.add("connected"));
    SocketFixture.Client client = server.joined();
    client.send("1");
    client.join("/");
    assertEquals(List.of("first", "second", "connected", "first", "second", "connected"), log);
  }

  @Test
  void aRefusalIsToldAndStopsTheOthers() {
    root.use((socket, next) -> next.refuse("not allowed", Map.of("code", 7)))
        .use((socket, next) -> log.add("never"))
        .onConnection(socket -> log.add("never"));
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(
        List.of("4{\"message\":\"not allowed\",\"data\":{\"code\":7}}"), client.received());
    assertEquals(List.of(), log);
    assertTrue(client.isOpen());
  }

  @Test
  void aRefusedClientMayTryAgain() {
    boolean[] refuse = {true};
    root.use(
        (socket, next) -> {
          if (refuse[0]) {
            next.refuse("not yet");
          } else {
            next.proceed();
          }
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"not yet\"}"), client.received());
    refuse[0] = false;
    client.join("/");
  }

  @Test
  void aMiddlewareMayAnswerLater() {
    List<Middleware.Next> waiting = new ArrayList<>();
    root.use((socket, next) -> waiting.add(next));
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of(), client.received());
    waiting.get(0).proceed();
    server.handlers.run();
    assertEquals(1, client.received().size());
    assertEquals(1, root.sockets().size());
  }

  @Test
  void onlyTheFirstVerdictCounts() {
    root.use(
        (socket, next) -> {
          next.proceed();
          next.refuse("too late");
          next.proceed();
        });
    root.onConnection(socket -> log.add("connected"));
    server.joined();
    assertEquals(List.of("connected"), log);
  }

  @Test
  void aMiddlewareThatThrowsRefusesAndIsReported() {
    root.use(
        (socket, next) -> {
          throw new Exception("secret");
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"Internal error\"}"), client.received());
    assertEquals(List.of("secret"), server.errors);
    assertTrue(client.isOpen());
  }

  @Test
  void aMiddlewareThatFailsWithAnErrorRefusesToo() {
    root.use(
        (socket, next) -> {
          throw new StackOverflowError("deep");
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"Internal error\"}"), client.received());
    assertEquals(List.of("deep"), server.errors);
  }

  @Test
  void aRefusalWhoseDataHasNoJsonIsToldWithoutIt() {
    root.use((socket, next) -> next.refuse("no", new SocketPacketEncoderTest.Endless()));
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"no\"}"), client.received());
    assertEquals(1, server.errors.size());
  }

  @Test
  void aMiddlewareThatNeverAnswersLeavesTheConnectUnanswered() {
    root.use((socket, next) -> {});
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of(), client.received());
    server.scheduler.advance(44_996);
    assertTrue(client.isOpen());
    server.scheduler.advance(4);
    assertFalse(client.isOpen());
  }

  @Test
  void whatAMiddlewareEmitsGoesBeforeTheConnectAnswer() {
    root.use(
        (socket, next) -> {
          socket.emit("early");
          next.proceed();
        });
    root.onConnection(socket -> socket.emit("late"));
    SocketFixture.Client client = server.client();
    client.send("0");
    List<String> received = client.received();
    assertEquals("2[\"early\"]", received.get(0));
    assertTrue(received.get(1).startsWith("0{\"sid\":"));
    assertEquals("2[\"late\"]", received.get(2));
  }

  @Test
  void aVerdictAfterTheEndIsIgnored() {
    List<Middleware.Next> waiting = new ArrayList<>();
    root.use((socket, next) -> waiting.add(next));
    root.use(
        (socket, next) -> {
          socket.onDisconnect(reason -> log.add("disconnect"));
          next.proceed();
        });
    root.onConnection(socket -> log.add("connected"));
    SocketFixture.Client client = server.client();
    client.send("0");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    waiting.get(0).proceed();
    server.handlers.run();
    assertEquals(List.of(), log);
    assertEquals(0, root.sockets().size());
  }

  @Test
  void roomsJoinedInAMiddlewareAreKept() {
    root.use(
        (socket, next) -> {
          socket.join("r", "s", "t");
          socket.leave("t");
          assertEquals(Set.of("r", "s"), socket.rooms());
          next.proceed();
        });
    SocketFixture.Client client = server.client();
    String id = client.join("/");
    assertEquals(Set.of(id, "r", "s"), server.socket("/").rooms());
    root.to("r").emit("hello");
    assertEquals(List.of("2[\"hello\"]"), client.received());
  }

  @Test
  void roomsJoinedInAMiddlewareAreLeftWhenItRefuses() {
    Socket[] refused = new Socket[1];
    root.use(
        (socket, next) -> {
          refused[0] = socket;
          socket.join("r");
          next.refuse("no");
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    client.received();
    assertEquals(Set.of(), refused[0].rooms());
    root.to("r").emit("hello");
    refused[0].emit("hello");
    assertEquals(List.of(), client.received());
  }

  @Test
  void anAnswerThatAMiddlewareWaitsForFailsWhenItRefuses() {
    List<CompletableFuture<Arguments>> answers = new ArrayList<>();
    root.use(
        (socket, next) -> {
          answers.add(socket.emitWithAck("question"));
          next.refuse("no");
        });
    server.client().send("0");
    ExecutionException failed = assertThrows(ExecutionException.class, () -> answers.get(0).get());
    assertInstanceOf(DisconnectedException.class, failed.getCause());
  }

  @Test
  void disconnectInAMiddlewareDoesNothing() {
    root.use(
        (socket, next) -> {
          socket.disconnect();
          socket.disconnect(true);
          next.proceed();
        });
    SocketFixture.Client client = server.joined();
    assertTrue(client.isOpen());
    assertTrue(server.socket("/").isConnected());
  }

  @Test
  void aMiddlewareMayRefuseByThrowing() {
    root.use(
        (socket, next) -> {
          throw new RefusedException("not you", Map.of("code", 7));
        });
    SocketFixture.Client client = server.client();
    client.send("0");
    assertEquals(List.of("4{\"message\":\"not you\",\"data\":{\"code\":7}}"), client.received());
    assertEquals(List.of(), server.errors);
  }
}

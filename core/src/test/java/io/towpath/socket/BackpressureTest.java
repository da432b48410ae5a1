package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.SlowConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What an application sees of a client that reads slowly. */
class BackpressureTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.client();
  private final List<String> log = new ArrayList<>();

  private Socket joined() {
    client.join("/");
    return server.socket("/");
  }

  @Test
  void bufferedBytesCountWhatWaits() {
    Socket socket = joined();
    client.transport.setWritable(false);
    socket.emit("e");
    assertEquals("42[\"e\"]".length(), socket.bufferedBytes());
    client.transport.setWritable(true);
    assertEquals(0, socket.bufferedBytes());
  }

  @Test
  void aDrainFollowsWhenTheSocketWasSaidNotToBeWritable() {
    Socket socket = joined();
    socket.onDrain(() -> log.add("drain"));
    client.transport.setWritable(false);
    assertFalse(socket.isWritable());
    socket.emit("e");
    client.transport.setWritable(true);
    server.handlers.run();
    assertEquals(List.of("drain"), log);
    assertTrue(socket.isWritable());
  }

  @Test
  void aListenerThatWasRemovedHearsNoDrain() {
    Socket socket = joined();
    Runnable listener = () -> log.add("drain");
    socket.onDrain(listener).offDrain(listener);
    client.transport.setWritable(false);
    assertFalse(socket.isWritable());
    client.transport.setWritable(true);
    server.handlers.run();
    assertEquals(List.of(), log);
  }

  @Test
  void aSlowClientGetsTheLatestEventOfAKey() {
    Socket socket = joined().slowConsumer(SlowConsumer.CONFLATE);
    client.transport.setWritable(false);
    socket.conflate("EUR").emit("price", 1);
    server.io.of("/").conflate("EUR").emit("price", 2);
    server.io.of("/").to(socket.id()).conflate("EUR").emit("price", 3);
    client.transport.setWritable(true);
    assertEquals(List.of("2[\"price\",3]"), client.received());
    assertEquals(2, socket.droppedMessages());
  }

  @Test
  void withoutThePolicyAKeyChangesNothing() {
    Socket socket = joined();
    client.transport.setWritable(false);
    socket.conflate("EUR").emit("price", 1);
    socket.conflate("EUR").emit("price", 2);
    client.transport.setWritable(true);
    assertEquals(List.of("2[\"price\",1]", "2[\"price\",2]"), client.received());
  }

  @Test
  void answersAndEventsThatAskForOneAreNeverDropped() {
    Socket socket = joined().slowConsumer(SlowConsumer.DROP_OLDEST);
    socket.on("ask", (arguments, ack) -> ack.send("x".repeat(1 << 20)));
    client.transport.setWritable(false);
    client.send("21[\"ask\"]");
    CompletableFuture<Arguments> asked = socket.emitWithAck("question");
    for (int i = 0; i < 5; i++) {
      socket.emit("news", "x".repeat(1 << 20));
    }
    client.transport.setWritable(true);
    List<String> received = client.received();
    assertTrue(received.get(0).startsWith("31["), "the answer");
    assertTrue(received.get(1).endsWith("[\"question\"]"), "the question");
    assertEquals(5 - socket.droppedMessages(), received.size() - 2);
    assertTrue(socket.droppedMessages() > 0);
    assertFalse(asked.isDone());
  }

  @Test
  void anEmptyKeyIsAMistake() {
    Socket socket = joined();
    assertThrows(IllegalArgumentException.class, () -> socket.conflate(""));
    assertThrows(IllegalArgumentException.class, () -> server.io.of("/").conflate(""));
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What whoever speaks for a namespace can do by saying who everybody is. */
class BroadcastOperationsTest {
  private final SocketFixture server = new SocketFixture();
  private final BroadcastOperations operations = server.io.of("/");
  private final SocketFixture.Client red = server.joined();
  private final Socket redSocket = server.socket("/");
  private final SocketFixture.Client other = server.joined();

  BroadcastOperationsTest() {
    redSocket.join("red");
  }

  @Test
  void whatIsSentReachesEverybody() {
    redSocket.on("e", arguments -> operations.emit("b", arguments));
    operations.emit("a", 1);
    operations.send("text");
    red.send("2[\"e\",1.0]");
    List<String> all = List.of("2[\"a\",1]", "2[\"message\",\"text\"]", "2[\"b\",1.0]");
    assertEquals(all, red.received());
    assertEquals(all, other.received());
  }

  @Test
  void aStepNarrowsWhomItReaches() {
    operations.to("red").emit("to");
    operations.in("red").emit("in");
    operations.except("red").emit("except");
    assertEquals(List.of("2[\"to\"]", "2[\"in\"]"), red.received());
    assertEquals(List.of("2[\"except\"]"), other.received());
  }

  @Test
  void aStepSaysHowItIsSentToEverybody() {
    operations.local().emit("local");
    operations.asVolatile().emit("volatile");
    operations.conflate("k").emit("conflate");
    operations.compress(false).emit("compress");
    operations.timeout(Duration.ofSeconds(1)).emit("timeout");
    List<String> all =
        List.of(
            "2[\"local\"]",
            "2[\"volatile\"]",
            "2[\"conflate\"]",
            "2[\"compress\"]",
            "2[\"timeout\"]");
    assertEquals(all, red.received());
    assertEquals(all, other.received());
    assertThrows(IllegalArgumentException.class, () -> operations.conflate(""));
  }

  @Test
  void everybodyAnswers() throws Exception {
    CompletableFuture<BroadcastAnswers> answers = operations.emitWithAck("q");
    red.send("30[1]");
    other.send("30[2]");
    assertEquals(2, answers.get().size());
  }

  @Test
  void everybodyIsFoundMovedAndPutOut() throws Exception {
    assertEquals(2, operations.sockets().size());
    assertEquals(2, operations.fetchSockets().get().size());
    operations.socketsJoin("blue");
    assertEquals(Set.of(redSocket.id(), "red", "blue"), redSocket.rooms());
    operations.socketsLeave("blue");
    assertEquals(Set.of(redSocket.id(), "red"), redSocket.rooms());
    operations.disconnectSockets(false);
    assertEquals(List.of("1"), red.received());
    assertEquals(List.of("1"), other.received());
  }
}

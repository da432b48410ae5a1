package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.MessageBatch;
import java.util.List;
import org.junit.jupiter.api.Test;

class BurstWatchTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.client();
  private final SocketFixture.Client other = server.client();
  private final BurstWatch watch = new BurstWatch(server.scheduler);

  @Test
  void aBurstHoldsBackOutputUntilItEnds() {
    int ticket = watch.enter(client.session);
    client.session.send(MessageBatch.text("a"));
    assertEquals(List.of(), client.transport.sent());
    watch.leave(ticket, client.session);
    assertEquals(List.of("4a"), client.transport.sent());
  }

  @Test
  void aBurstInsideABurstOfTheSameThreadHoldsNothingBack() {
    int ticket = watch.enter(client.session);
    int nested = watch.enter(other.session);
    assertTrue(nested < 0);
    other.session.send(MessageBatch.text("a"));
    assertEquals(List.of("4a"), other.transport.sent());
    watch.leave(nested, other.session);
    client.session.send(MessageBatch.text("b"));
    assertEquals(List.of(), client.transport.sent());
    watch.leave(ticket, client.session);
    assertEquals(List.of("4b"), client.transport.sent());
  }

  @Test
  void itTicksOnlyWhileBurstsRun() {
    int before = server.scheduler.pending();
    int ticket = watch.enter(client.session);
    assertEquals(before + 1, server.scheduler.pending());
    server.scheduler.advance(50);
    assertEquals(before + 1, server.scheduler.pending());
    watch.leave(ticket, client.session);
    server.scheduler.advance(10);
    assertEquals(before, server.scheduler.pending());
  }

  @Test
  void itTicksAgainForTheNextBurst() {
    watch.leave(watch.enter(client.session), client.session);
    server.scheduler.advance(50);
    int ticket = watch.enter(client.session);
    client.session.send(MessageBatch.text("a"));
    server.scheduler.advance(10);
    assertEquals(List.of("4a"), client.transport.sent());
    watch.leave(ticket, client.session);
  }

  @Test
  void aBurstThatIsNewIsNotFlushedAtTheFirstTick() {
    watch.leave(watch.enter(other.session), other.session);
    server.scheduler.advance(4);
    int ticket = watch.enter(client.session);
    client.session.send(MessageBatch.text("a"));
    server.scheduler.advance(1);
    assertEquals(List.of(), client.transport.sent());
    watch.leave(ticket, client.session);
  }
}

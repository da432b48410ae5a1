package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.SessionListener;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.PollingTestPeer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session that echoes, over polling: what an official client sees of both together. */
class PollingSessionTest {
  private final FakeScheduler scheduler = new FakeScheduler();
  private final EngineSessions sessions =
      new EngineSessions(
          EngineOptions.builder()
              .pingInterval(Duration.ofMillis(300))
              .pingTimeout(Duration.ofMillis(200))
              .build(),
          new DeadlineWheel(scheduler));
  private final PollingTransport transport =
      new PollingTransport(PollingOptions.defaults(), scheduler);
  private final PollingTestPeer peer = new PollingTestPeer(transport);

  /** Why the session has ended, or null; written by the thread that ends it. */
  private volatile @Nullable CloseReason closed;

  private EngineSession session;

  @BeforeEach
  void open() {
    HandshakeRequest request =
        new HandshakeRequest("GET", "/engine.io/", Map.of(), Map.of(), "127.0.0.1", false);
    EngineSession opened = sessions.open(request, transport, Echo::new);
    assertNotNull(opened);
    session = opened;
    assertTrue(peer.poll().text().startsWith("0{\"sid\":\"" + session.id() + "\""));
  }

  @AfterEach
  void everyRequestWasEndedOnce() {
    assertEquals(List.of(), peer.violations());
  }

  private void assertGone(CloseReason reason) {
    assertEquals(reason, closed);
    assertNull(sessions.find(session.id()));
  }

  /** Sends back what it gets. */
  private final class Echo implements SessionListener {
    private final EngineSession echoing;

    Echo(EngineSession echoing) {
      this.echoing = echoing;
    }

    @Override
    public void onText(EnginePacket.Text message) {
      echoing.send(MessageBatch.text(message.string()));
    }

    @Override
    public void onBinary(byte[] message) {
      echoing.send(MessageBatch.binary(message));
    }

    @Override
    public void onClose(CloseReason reason, @Nullable String description) {
      closed = reason;
    }
  }

  @Test
  void whatWasPostedWhileNoPollIsParkedComesWithTheNextOne() {
    assertEquals("ok", peer.post("4test1", "4test2", "4test3").text());
    assertEquals("4test1\u001e4test2\u001e4test3", peer.poll().text());
  }

  @Test
  void aParkedPollGetsTheEchoOfAWholePost() {
    MemoryPollExchange poll = peer.poll();
    peer.post("4hello", "bAQIDBA==");
    assertEquals("4hello\u001ebAQIDBA==", poll.text());
  }

  @Test
  void twoPollsAtOnceEndTheSession() {
    MemoryPollExchange first = peer.poll();
    MemoryPollExchange second = peer.poll();
    assertEquals("1", first.text());
    assertEquals(400, second.status());
    assertGone(CloseReason.TRANSPORT_ERROR);
  }

  @Test
  void anAbortedPollEndsTheSession() {
    peer.poll().abort();
    assertGone(CloseReason.TRANSPORT_ERROR);
  }

  @Test
  void anInvalidPayloadEndsTheSession() {
    assertEquals(400, peer.post("abc").status());
    assertGone(CloseReason.PARSE_ERROR);
  }

  @Test
  void aClosePacketAnswersTheParkedPollWithNoop() {
    MemoryPollExchange poll = peer.poll();
    assertEquals("ok", peer.post("1").text());
    assertEquals("6", poll.text());
    assertGone(CloseReason.TRANSPORT_CLOSE);
  }

  @Test
  void aPingFromTheClientEndsTheSession() {
    MemoryPollExchange poll = peer.poll();
    assertEquals("ok", peer.post("2").text());
    assertEquals("1", poll.text());
    assertGone(CloseReason.TRANSPORT_ERROR);
  }

  @Test
  void theHeartbeatGoesThroughPollAndPost() {
    for (int round = 0; round < 3; round++) {
      MemoryPollExchange poll = peer.poll();
      scheduler.advance(299);
      assertFalse(poll.isAnswered());
      scheduler.advance(20);
      assertEquals("2", poll.text());
      peer.post("3");
    }
    assertNull(closed);
  }

  @Test
  void aClientThatNeverPollsIsGoneAtTheEndOfThePingTimeout() {
    scheduler.advance(500);
    assertGone(CloseReason.PING_TIMEOUT);
  }

  @Test
  void aPingTimeoutAnswersTheParkedPollWithClose() {
    peer.poll();
    scheduler.advance(310);
    MemoryPollExchange poll = peer.poll();
    scheduler.advance(200);
    assertEquals("1", poll.text());
    assertGone(CloseReason.PING_TIMEOUT);
  }

  @Test
  void aClosedSessionTellsTheNextPollAfterWhatWasQueued() {
    session.send(MessageBatch.text("last words"));
    session.close();
    assertEquals("4last words", peer.poll().text());
    assertEquals("6\u001e1", peer.poll().text());
    assertGone(CloseReason.FORCED_CLOSE);
  }

  @Test
  void backpressureHoldsTheOkAndNotThePoll() {
    session.setReceiving(false);
    MemoryPollExchange poll = peer.poll();
    MemoryPollExchange post = peer.post("4hello");
    assertEquals("4hello", poll.text());
    assertFalse(post.isAnswered());
    session.setReceiving(true);
    assertEquals("ok", post.text());
  }

  @Test
  void emittersPollsAndPostsOnThreadsOfTheirOwnLoseNothing() throws Exception {
    int count = 20_000;
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<?> poster =
          threads.submit(
              () -> {
                for (int i = 0; i < count; i += 2) {
                  assertEquals("ok", peer.post("4p" + i, "4p" + (i + 1)).text());
                }
              });
      Future<?> emitter =
          threads.submit(
              () -> {
                for (int i = 0; i < count; i++) {
                  session.send(MessageBatch.text("e" + i));
                }
              });
      int posted = 0;
      int emitted = 0;
      while (posted + emitted < 2 * count) {
        MemoryPollExchange poll = peer.poll();
        poll.answer().get(30, TimeUnit.SECONDS);
        for (String packet : poll.text().split("\u001e", -1)) {
          if (packet.startsWith("4p")) {
            assertEquals("4p" + posted++, packet);
          } else {
            assertEquals("4e" + emitted++, packet);
          }
        }
      }
      poster.get();
      emitter.get();
    } finally {
      threads.shutdownNow();
    }
    assertNull(closed);
  }
}

package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Transport;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.PollingTestPeer;
import io.towpath.testkit.TransportEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** GET, POST, pump and end on threads of their own; the threads meet at barriers, not by time. */
class PollingTransportRaceTest {
  private static final int MESSAGES = 20_000;
  private static final int ROUNDS = 3_000;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final FakeScheduler scheduler = new FakeScheduler();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private PollingTransport newTransport() {
    return new PollingTransport(PollingOptions.defaults(), scheduler);
  }

  /** As much of a session as the races need: a queue, one pump, an echo of what arrives. */
  private static final class EchoingSession implements Transport.Events {
    private final Transport transport;

    @GuardedBy("this")
    private List<MessageBatch> queue = new ArrayList<>();

    @GuardedBy("this")
    private boolean pumping;

    @GuardedBy("this")
    private @Nullable CloseReason ended;

    EchoingSession(Transport transport) {
      this.transport = transport;
    }

    void emit(String text) {
      synchronized (this) {
        queue.add(MessageBatch.text(text));
      }
      pump();
    }

    private void pump() {
      while (true) {
        List<MessageBatch> batch;
        synchronized (this) {
          if (pumping || queue.isEmpty() || !transport.isWritable()) {
            return;
          }
          pumping = true;
          batch = queue;
          queue = new ArrayList<>();
        }
        transport.send(batch);
        synchronized (this) {
          pumping = false;
        }
      }
    }

    @Override
    public void onPacket(EnginePacket packet) {
      synchronized (this) {
        queue.add(MessageBatch.text(((EnginePacket.Text) packet).string()));
      }
    }

    @Override
    public void onBurstEnd() {
      pump();
    }

    @Override
    public void onWritable() {
      pump();
    }

    @Override
    public synchronized void onClosed(CloseReason reason, @Nullable String description) {
      ended = reason;
    }

    synchronized @Nullable CloseReason ended() {
      return ended;
    }
  }

  private static List<String> packets(MemoryPollExchange poll) throws Exception {
    poll.answer().get(30, TimeUnit.SECONDS);
    return List.of(poll.text().split("\u001e", -1));
  }

  @Test
  void whatIsSentWhileGetsComeAndGoArrivesOnceAndInOrder() throws Exception {
    PollingTransport transport = newTransport();
    EchoingSession session = new EchoingSession(transport);
    transport.start(session);
    PollingTestPeer peer = new PollingTestPeer(transport);
    Future<?> emitter =
        threads.submit(
            () -> {
              for (int i = 0; i < MESSAGES; i++) {
                session.emit(Integer.toString(i));
              }
            });
    int next = 0;
    while (next < MESSAGES) {
      for (String packet : packets(peer.poll())) {
        assertEquals("4" + next++, packet);
      }
    }
    emitter.get();
    assertEquals(List.of(), peer.violations());
    assertEquals(null, session.ended());
  }

  @Test
  void whatIsPostedWhileGetsComeAndGoIsEchoedOnceAndInOrder() throws Exception {
    PollingTransport transport = newTransport();
    EchoingSession session = new EchoingSession(transport);
    transport.start(session);
    PollingTestPeer peer = new PollingTestPeer(transport);
    Future<?> poster =
        threads.submit(
            () -> {
              for (int i = 0; i < MESSAGES; i += 2) {
                assertEquals("ok", peer.post("4" + i, "4" + (i + 1)).text());
              }
            });
    int next = 0;
    while (next < MESSAGES) {
      for (String packet : packets(peer.poll())) {
        assertEquals("4" + next++, packet);
      }
    }
    poster.get();
    assertEquals(List.of(), peer.violations());
    assertEquals(null, session.ended());
  }

  /** One transport with everything that may happen to it at the same moment. */
  private void race(List<EndGame> games) throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(games.size());
    for (int round = 0; round < ROUNDS; round++) {
      PollingTransport transport = newTransport();
      TransportEvents events = new TransportEvents();
      transport.start(events);
      PollingTestPeer peer = new PollingTestPeer(transport);
      MemoryPollExchange parked = peer.poll();
      List<Future<?>> running = new ArrayList<>();
      for (EndGame game : games) {
        running.add(
            threads.submit(
                () -> {
                  barrier.await();
                  game.play(transport, peer, parked);
                  return null;
                }));
      }
      for (Future<?> game : running) {
        game.get(30, TimeUnit.SECONDS);
      }
      if (events.closeReason() == null) {
        scheduler.advance(PollingOptions.defaults().closeTimeout().toMillis());
      }
      assertNotNull(events.closeReason());
      assertEquals(List.of(), events.violations());
      assertEquals(List.of(), peer.violations());
      assertEquals(0, scheduler.pending());
      peer.polls().forEach(PollingTransportRaceTest::assertDone);
      peer.posts().forEach(PollingTransportRaceTest::assertDone);
    }
  }

  private static void assertDone(MemoryPollExchange exchange) {
    assertTrue(exchange.isAnswered() || exchange.isDestroyed() || exchange.isAborted());
  }

  /** What one thread does to a transport. */
  private interface EndGame {
    void play(PollingTransport transport, PollingTestPeer peer, MemoryPollExchange parked);
  }

  private static final EndGame SEND =
      (transport, peer, parked) -> {
        if (transport.isWritable()) {
          transport.send(List.of(MessageBatch.text("data")));
        }
      };
  private static final EndGame POLL = (transport, peer, parked) -> peer.poll();
  private static final EndGame POST = (transport, peer, parked) -> peer.post("4a", "4b", "4c");
  private static final EndGame BAD_POST = (transport, peer, parked) -> peer.post("4a", "abc");
  private static final EndGame PAUSE =
      (transport, peer, parked) -> {
        transport.setReceiving(false);
        transport.setReceiving(true);
      };
  private static final EndGame ABORT = (transport, peer, parked) -> parked.abort();
  private static final EndGame CLOSE = (transport, peer, parked) -> transport.close();
  private static final EndGame RELEASE = (transport, peer, parked) -> transport.release();

  @Test
  void closeAgainstSendAndPostAndPoll() throws Exception {
    race(List.of(CLOSE, SEND, POST, POLL));
  }

  @Test
  void closeAgainstReleaseAndAbort() throws Exception {
    race(List.of(CLOSE, RELEASE, ABORT, POST));
  }

  @Test
  void overlapsAgainstABadPostAndAPause() throws Exception {
    race(List.of(CLOSE, POST, BAD_POST, PAUSE));
  }

  @Test
  void releaseAgainstSendAndPoll() throws Exception {
    race(List.of(RELEASE, SEND, POLL, PAUSE));
  }
}

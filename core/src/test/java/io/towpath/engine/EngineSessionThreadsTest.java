package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many threads at one session: nothing is lost, doubled, or reordered for a sender. */
class EngineSessionThreadsTest {
  private static final int SENDERS = 4;
  private static final int MESSAGES = 3_000;

  private final EngineFixture engine = new EngineFixture(EngineOptions.defaults());

  /** Runs senders, and something beside them until they are done; returns when all have ended. */
  private static void run(EngineSession session, boolean corking, Runnable beside)
      throws InterruptedException {
    CountDownLatch done = new CountDownLatch(SENDERS);
    AtomicInteger refused = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int s = 0; s < SENDERS; s++) {
      int sender = s;
      threads.add(
          new Thread(
              () -> {
                for (int i = 0; i < MESSAGES; i++) {
                  boolean corked = corking && i % 7 == sender;
                  if (corked) {
                    session.cork();
                  }
                  if (!session.send(MessageBatch.text(sender + ":" + i))) {
                    refused.incrementAndGet();
                  }
                  if (corked) {
                    session.uncork();
                  }
                }
                done.countDown();
              }));
    }
    Thread other =
        new Thread(
            () -> {
              while (done.getCount() > 0) {
                beside.run();
              }
            });
    threads.add(other);
    threads.forEach(Thread::start);
    assertTrue(done.await(60, TimeUnit.SECONDS));
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, refused.get());
  }

  private static void assertAllOnceAndInOrder(List<String> packets) {
    int[] next = new int[SENDERS];
    for (String packet : packets) {
      if (packet.charAt(0) != '4') {
        continue;
      }
      int colon = packet.indexOf(':');
      int sender = Integer.parseInt(packet.substring(1, colon));
      assertEquals(next[sender]++, Integer.parseInt(packet.substring(colon + 1)));
    }
    for (int sender = 0; sender < SENDERS; sender++) {
      assertEquals(MESSAGES, next[sender]);
    }
  }

  @Test
  void aTransportThatFlapsLosesNothing() throws InterruptedException {
    EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
    MemoryTransport transport = opened.transport();
    // Writability is taken away inside a write, as a socket does whose buffer is full.
    transport.onEachSend(() -> transport.setWritable(false));
    run(opened.session(), false, () -> transport.setWritable(true));
    transport.onEachSend(() -> {});
    transport.setWritable(true);
    assertAllOnceAndInOrder(transport.sent());
    assertEquals(List.of(), transport.violations());
    assertEquals(0, opened.session().bufferedBytes());
  }

  @Test
  void corksAndFlushesOfManyThreadsLoseNothing() throws InterruptedException {
    EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
    EngineSession session = opened.session();
    run(
        session,
        true,
        () -> {
          session.cork();
          session.flush();
          session.uncork();
        });
    assertAllOnceAndInOrder(opened.transport().sent());
    assertEquals(List.of(), opened.transport().violations());
  }

  @Test
  void anUpgradeInTheMiddleLosesNothing() throws InterruptedException {
    EngineFixture.Opened opened = engine.open(MemoryTransport.polling());
    MemoryTransport polling = opened.transport();
    MemoryTransport webSocket = engine.offer(opened.session());
    AtomicInteger polls = new AtomicInteger();
    run(
        opened.session(),
        false,
        () -> {
          if (polls.incrementAndGet() < 200) {
            polling.setWritable(true);
          } else if (polls.get() == 200) {
            webSocket.deliver("2probe");
            webSocket.deliver("5");
          }
        });
    while (polls.incrementAndGet() <= 200) {
      polling.setWritable(true);
    }
    if (opened.session().transport() == TransportName.POLLING) {
      webSocket.deliver("5");
    }
    List<String> packets = new ArrayList<>(polling.sent());
    packets.addAll(webSocket.sent());
    assertAllOnceAndInOrder(packets);
    engine.assertContractKept();
  }

  @Test
  void aSessionThatManyThreadsEndEndsOnce() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
      CountDownLatch start = new CountDownLatch(1);
      List<Runnable> ends =
          List.of(
              opened.session()::close,
              opened.session()::closeNow,
              () -> opened.transport().lose(CloseReason.TRANSPORT_ERROR),
              () -> opened.session().send(MessageBatch.text("x")));
      List<Thread> threads = new ArrayList<>();
      for (Runnable end : ends) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                  } catch (InterruptedException interrupted) {
                    return;
                  }
                  end.run();
                });
        thread.start();
        threads.add(thread);
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(1, opened.events().take().size());
    }
    assertEquals(0, engine.sessions.size());
  }
}

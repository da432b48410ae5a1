package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads for handlers that are short, and for some that block. */
class HandlerPoolTest {
  private static final int THREADS = 4;

  private final HandlerPool pool = new HandlerPool(THREADS, 30, TimeUnit.SECONDS);

  @AfterEach
  void everyThreadEnds() throws InterruptedException {
    pool.shutdownNow();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    assertTrue(pool.isTerminated());
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(30, TimeUnit.SECONDS));
  }

  @Test
  void everythingRunsOnceFromManyThreads() throws InterruptedException {
    int senders = 4;
    int each = 5_000;
    AtomicInteger[] runs = new AtomicInteger[senders * each];
    CountDownLatch done = new CountDownLatch(runs.length);
    for (int i = 0; i < runs.length; i++) {
      runs[i] = new AtomicInteger();
    }
    for (int s = 0; s < senders; s++) {
      int first = s * each;
      new Thread(
              () -> {
                for (int i = first; i < first + each; i++) {
                  AtomicInteger run = runs[i];
                  pool.execute(
                      () -> {
                        run.incrementAndGet();
                        done.countDown();
                      });
                }
              })
          .start();
    }
    await(done);
    for (AtomicInteger run : runs) {
      assertEquals(1, run.get());
    }
  }

  @Test
  void whatWaitsOneByOneIsAllRunByOneThread() throws InterruptedException {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 200; i++) {
      CountDownLatch done = new CountDownLatch(1);
      pool.execute(
          () -> {
            threads.add(Thread.currentThread());
            done.countDown();
          });
      await(done);
      while (pool.sleeping() == 0) {
        Thread.onSpinWait();
      }
    }
    assertEquals(1, threads.size());
  }

  @Test
  void aTaskThatBlocksHoldsUpNobodyWhileThereIsAThreadLeft() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch others = new CountDownLatch(100);
    for (int i = 0; i < THREADS - 1; i++) {
      pool.execute(
          () -> {
            try {
              release.await();
            } catch (InterruptedException over) {
              Thread.currentThread().interrupt();
            }
          });
    }
    for (int i = 0; i < 100; i++) {
      pool.execute(others::countDown);
    }
    await(others);
    release.countDown();
  }

  @Test
  void asManyRunAtOnceAsThereMayBeThreads() throws Exception {
    CyclicBarrier together = new CyclicBarrier(THREADS);
    CountDownLatch passed = new CountDownLatch(THREADS);
    for (int i = 0; i < THREADS; i++) {
      pool.execute(
          () -> {
            try {
              together.await(30, TimeUnit.SECONDS);
              passed.countDown();
            } catch (Exception failed) {
              throw new IllegalStateException(failed);
            }
          });
    }
    await(passed);
  }

  @Test
  void moreThanThatWaits() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(THREADS);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(THREADS + 1);
    for (int i = 0; i <= THREADS; i++) {
      pool.execute(
          () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            started.countDown();
            try {
              release.await();
            } catch (InterruptedException over) {
              Thread.currentThread().interrupt();
            }
            running.decrementAndGet();
            done.countDown();
          });
    }
    await(started);
    release.countDown();
    await(done);
    assertEquals(THREADS, most.get());
  }

  @Test
  void whatATaskThrowsCostsTheNextOneNothing() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    pool.execute(
        () -> {
          throw new IllegalStateException("thrown on purpose");
        });
    pool.execute(done::countDown);
    await(done);
  }

  @Test
  void threadsWithNothingToDoEnd() throws InterruptedException {
    HandlerPool brief = new HandlerPool(THREADS, 1, TimeUnit.MILLISECONDS);
    Thread[] thread = new Thread[1];
    CountDownLatch done = new CountDownLatch(1);
    brief.execute(
        () -> {
          thread[0] = Thread.currentThread();
          done.countDown();
        });
    await(done);
    thread[0].join(30_000);
    assertFalse(thread[0].isAlive());
    CountDownLatch again = new CountDownLatch(1);
    brief.execute(again::countDown);
    await(again);
    brief.shutdown();
    assertTrue(brief.awaitTermination(30, TimeUnit.SECONDS));
  }

  @Test
  void shuttingDownRunsWhatIsThereAndTakesNothingNew() throws InterruptedException {
    AtomicInteger runs = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      pool.execute(runs::incrementAndGet);
    }
    pool.shutdown();
    assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    assertEquals(100, runs.get());
  }

  @Test
  void shuttingDownNowInterruptsAndReturnsTheRest() throws InterruptedException {
    HandlerPool one = new HandlerPool(1, 30, TimeUnit.SECONDS);
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    one.execute(
        () -> {
          started.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException wanted) {
            interrupted.countDown();
          }
        });
    await(started);
    Runnable rest = () -> {};
    one.execute(rest);
    assertEquals(List.of(rest), one.shutdownNow());
    await(interrupted);
    assertTrue(one.awaitTermination(30, TimeUnit.SECONDS));
  }
}

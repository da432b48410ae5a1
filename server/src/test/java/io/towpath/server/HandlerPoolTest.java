package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandlerPoolTest {
  private static final long IDLE = TimeUnit.SECONDS.toNanos(30);

  private HandlerPool pool = new HandlerPool(3, IDLE, () -> null);

  @AfterEach
  void shutDown() {
    pool.shutdownNow();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void tasksThatBlockHoldUpNobodyWhileThereAreThreadsAndOneMoreWaits() {
    CountDownLatch begun = new CountDownLatch(3);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch fourth = new CountDownLatch(1);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 3; i++) {
      pool.execute(
          () -> {
            threads.add(Thread.currentThread());
            begun.countDown();
            await(release);
          });
    }
    await(begun);
    assertEquals(3, threads.size());
    pool.execute(
        () -> {
          threads.add(Thread.currentThread());
          fourth.countDown();
        });
    assertEquals(1, fourth.getCount());
    release.countDown();
    await(fourth);
    assertEquals(3, threads.size());
  }

  @Test
  void whatAThreadAddsInItsTurnCostsOneWakeUpAtTheEndOfTheTurn() {
    Queue<Runnable> turn = new ConcurrentLinkedQueue<>();
    Executor thread = turn::add;
    pool = new HandlerPool(3, IDLE, () -> thread);
    CountDownLatch done = new CountDownLatch(5);
    for (int i = 0; i < 5; i++) {
      pool.execute(done::countDown);
    }
    assertEquals(1, turn.size());
    assertEquals(5, done.getCount());
    turn.remove().run();
    await(done);
    assertEquals(0, turn.size());
  }

  @Test
  void aThreadDoesNotRelyOnTheTurnOfAnother() {
    Queue<Runnable> stuck = new ConcurrentLinkedQueue<>();
    Queue<Runnable> turn = new ConcurrentLinkedQueue<>();
    Queue<Executor> threads = new ConcurrentLinkedQueue<>(List.of(stuck::add, turn::add));
    pool = new HandlerPool(3, IDLE, threads::remove);
    CountDownLatch done = new CountDownLatch(2);
    pool.execute(done::countDown);
    pool.execute(done::countDown);
    turn.remove().run();
    await(done);
    assertEquals(1, stuck.size());
  }

  @Test
  void aTurnThatNeverComesIsNotWaitedFor() {
    pool =
        new HandlerPool(
            3,
            IDLE,
            () ->
                action -> {
                  throw new RejectedExecutionException("stopped");
                });
    CountDownLatch done = new CountDownLatch(1);
    pool.execute(done::countDown);
    await(done);
  }

  @Test
  void tasksBeginInTheirOrder() {
    pool = new HandlerPool(1, IDLE, () -> null);
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      int number = i;
      expected.add(number);
      pool.execute(() -> order.add(number));
    }
    pool.execute(done::countDown);
    await(done);
    assertEquals(expected, order);
  }

  @Test
  void noTaskIsForgottenHoweverManyThreadsAdd() {
    int each = 20_000;
    AtomicInteger ran = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(4 * each);
    List<Thread> adding = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  pool.execute(
                      () -> {
                        ran.incrementAndGet();
                        done.countDown();
                      });
                }
              });
      thread.start();
      adding.add(thread);
    }
    await(done);
    assertEquals(4 * each, ran.get());
    assertEquals(4, adding.size());
  }

  @Test
  void eachOfManySingleTasksFindsAThread() throws Exception {
    for (int i = 0; i < 5_000; i++) {
      int number = i;
      Future<Integer> answer = pool.submit(() -> number);
      assertEquals(number, answer.get(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void aTaskThatThrowsLeavesItsThreadToTheNext() throws Exception {
    pool = new HandlerPool(1, IDLE, () -> null);
    Thread first = pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS);
    List<String> uncaught = Collections.synchronizedList(new ArrayList<>());
    first.setUncaughtExceptionHandler(
        (thread, thrown) -> uncaught.add(String.valueOf(thrown.getMessage())));
    pool.execute(
        () -> {
          throw new IllegalStateException("oh");
        });
    assertEquals(first, pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS));
    assertEquals(List.of("oh"), uncaught);
  }

  @Test
  void anInterruptIsNotHandedOnToTheNextTask() throws Exception {
    pool = new HandlerPool(1, IDLE, () -> null);
    pool.execute(() -> Thread.currentThread().interrupt());
    assertFalse(
        pool.submit(() -> Thread.currentThread().isInterrupted()).get(30, TimeUnit.SECONDS));
  }

  @Test
  void aThreadThatIsIdleForTooLongEndsAndAnotherBegins() throws Exception {
    pool = new HandlerPool(1, 1, () -> null);
    Thread first = pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS);
    first.join(30_000);
    assertFalse(first.isAlive());
    assertNotSame(first, pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS));
  }

  @Test
  void threadsThatEndAllTheTimeForgetNothing() throws Exception {
    pool = new HandlerPool(3, 1_000, () -> null);
    for (int i = 0; i < 2_000; i++) {
      int number = i;
      assertEquals(number, pool.submit(() -> number).get(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void afterItsEndWhatWaitsIsRunAndNothingIsTaken() throws Exception {
    pool = new HandlerPool(1, IDLE, () -> null);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    pool.execute(
        () -> {
          begun.countDown();
          await(release);
        });
    Future<String> waiting = pool.submit(() -> "ran");
    await(begun);
    pool.shutdown();
    assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
    assertFalse(pool.isTerminated());
    release.countDown();
    assertEquals("ran", waiting.get(30, TimeUnit.SECONDS));
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
  }

  @Test
  void idleThreadsEndWithThePool() throws Exception {
    Thread idle = pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS);
    pool.shutdown();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    idle.join(30_000);
    assertFalse(idle.isAlive());
  }
}

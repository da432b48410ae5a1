package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.Scheduler;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerSchedulerTest {
  private final TimerScheduler timer = new TimerScheduler();

  @AfterEach
  void stop() {
    timer.stop();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void anActionRunsNotBeforeItsTime() {
    LinkedBlockingQueue<Long> ran = new LinkedBlockingQueue<>();
    long before = timer.now();
    timer.schedule(30, () -> ran.add(timer.now()));
    assertTrue(EchoServer.next(ran) - before >= 30);
  }

  @Test
  void aDelayBelowZeroIsAtOnceAndOnADaemon() {
    LinkedBlockingQueue<Boolean> ran = new LinkedBlockingQueue<>();
    timer.schedule(-5, () -> ran.add(Thread.currentThread().isDaemon()));
    assertEquals(true, EchoServer.next(ran));
  }

  @Test
  void aCancelledActionDoesNotRun() throws Exception {
    AtomicBoolean cancelledRan = new AtomicBoolean();
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch later = new CountDownLatch(1);
    // Keeps the timer's only thread busy until the second action has been cancelled.
    timer.schedule(0, () -> awaitQuietly(busy));
    Scheduler.Task task = timer.schedule(0, () -> cancelledRan.set(true));
    timer.schedule(1, later::countDown);
    task.cancel();
    busy.countDown();
    assertTrue(later.await(10, TimeUnit.SECONDS));
    assertFalse(cancelledRan.get());
  }

  @Test
  void anActionThatThrowsDoesNotStopTheNext() throws Exception {
    CountDownLatch next = new CountDownLatch(1);
    timer.schedule(
        0,
        () -> {
          throw new IllegalStateException("as expected");
        });
    timer.schedule(1, next::countDown);
    assertTrue(next.await(10, TimeUnit.SECONDS));
  }

  @Test
  void aStoppedTimerTakesActionsAndRunsNone() {
    timer.stop();
    AtomicBoolean ran = new AtomicBoolean();
    timer.schedule(0, () -> ran.set(true)).cancel();
    assertFalse(ran.get());
  }
}

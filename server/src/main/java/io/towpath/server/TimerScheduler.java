package io.towpath.server;

import io.towpath.engine.Scheduler;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.XnioIoThread;

/** The server's clock: one daemon thread for all that has to happen later. Any thread. */
final class TimerScheduler implements Scheduler {
  private static final Logger log = LoggerFactory.getLogger(TimerScheduler.class);

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, TimerThread::new);

  private static final class TimerThread extends Thread {
    TimerThread(Runnable action) {
      super(action, "towpath-timer");
      setDaemon(true);
    }
  }

  TimerScheduler() {
    timer.setRemoveOnCancelPolicy(true);
  }

  @Override
  public long now() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public Task schedule(long delayMillis, Runnable action) {
    try {
      Future<?> scheduled =
          timer.schedule(
              () -> {
                try {
                  action.run();
                } catch (RuntimeException unexpected) {
                  log.error("a timed action failed", unexpected);
                }
              },
              Math.max(0, delayMillis),
              TimeUnit.MILLISECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException stopped) {
      // The server has been stopped: nothing will happen later.
      return () -> {};
    }
  }

  @Override
  public boolean mayWait() {
    Thread caller = Thread.currentThread();
    return !(caller instanceof TimerThread || caller instanceof XnioIoThread);
  }

  void stop() {
    timer.shutdownNow();
  }
}

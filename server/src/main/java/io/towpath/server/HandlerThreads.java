package io.towpath.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;

/**
 * Where handlers run unless the application says otherwise: virtual threads on Java 21 and later,
 * else a pool.
 */
final class HandlerThreads {
  /** How many handlers may block at once without virtual threads; more wait their turn. */
  private static final int POOL_THREADS =
      Math.max(32, 8 * Runtime.getRuntime().availableProcessors());

  private HandlerThreads() {}

  static ExecutorService create() {
    try {
      return (ExecutorService)
          MethodHandles.publicLookup()
              .findStatic(
                  java.util.concurrent.Executors.class,
                  "newVirtualThreadPerTaskExecutor",
                  MethodType.methodType(ExecutorService.class))
              .invoke();
    } catch (Throwable notThere) {
      return pool();
    }
  }

  private static ExecutorService pool() {
    // On one processor a thread that is woken takes the place of the I/O thread that wakes it, for
    // one task; it may as well come when there is more to do.
    boolean alone = Runtime.getRuntime().availableProcessors() == 1;
    return new HandlerPool(
        POOL_THREADS,
        TimeUnit.SECONDS.toNanos(30),
        () -> alone && Thread.currentThread() instanceof XnioIoThread thread ? thread : null);
  }
}

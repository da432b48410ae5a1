package io.towpath.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool that wakes one thread at a time: while one is on its way to the queue, whoever adds a task
 * wakes no other, and the one that arrives wakes the next if it leaves something behind. So a burst
 * of short tasks costs one or two wake-ups, and a task that blocks holds up nobody as long as there
 * are threads. The thread that has become idle last is woken first, because it is still warm.
 *
 * <p>Threads begin when they are needed and end when they have been idle for a while. Tasks begin
 * in the order in which they are added.
 */
final class HandlerPool extends AbstractExecutorService {
  private static final Logger log = LoggerFactory.getLogger(HandlerPool.class);

  private final int maxThreads;
  private final long idleNanos;
  private final Supplier<@Nullable Executor> turns;

  @GuardedBy("this")
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

  /** Those that wait, the last one first. */
  @GuardedBy("this")
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();

  @GuardedBy("this")
  private final Set<Worker> workers = new HashSet<>();

  /** Whether a thread has been woken, or begun, and has not been at the queue yet. */
  @GuardedBy("this")
  private boolean waking;

  /** Whose turn ends with the waking of a thread; of several the one that has added last. */
  @GuardedBy("this")
  private @Nullable Executor awaited;

  @GuardedBy("this")
  private boolean shutdown;

  @GuardedBy("this")
  private int begun;

  /**
   * Creates a pool without threads.
   *
   * @param maxThreads how many tasks may block at once; more wait their turn
   * @param idleNanos after which a thread without a task ends
   * @param turns returns what runs an action when the calling thread has done what it is about, so
   *     that all it adds until then costs one wake-up; null if it is to wake a thread at once
   */
  HandlerPool(int maxThreads, long idleNanos, Supplier<@Nullable Executor> turns) {
    this.maxThreads = maxThreads;
    this.idleNanos = idleNanos;
    this.turns = turns;
  }

  @Override
  public void execute(Runnable task) {
    Executor later = turns.get();
    Worker next = null;
    synchronized (this) {
      if (shutdown) {
        throw new RejectedExecutionException("the pool has been shut down");
      }
      tasks.add(task);
      if (later == null) {
        next = next();
      } else if (waking || awaited == later) {
        return;
      } else {
        awaited = later;
      }
    }
    if (later == null) {
      wake(next);
      return;
    }
    try {
      later.execute(this::takeTurn);
    } catch (RejectedExecutionException stopped) {
      takeTurn();
    }
  }

  private void takeTurn() {
    Worker next;
    synchronized (this) {
      awaited = null;
      next = next();
    }
    wake(next);
  }

  /** Returns who has to be woken for what waits; null for nobody. */
  @GuardedBy("this")
  private @Nullable Worker next() {
    if (waking || tasks.isEmpty()) {
      return null;
    }
    Worker next = idle.poll();
    if (next == null && workers.size() < maxThreads) {
      next = new Worker("towpath-handler-" + ++begun);
      workers.add(next);
    }
    waking = next != null;
    return next;
  }

  private void wake(@Nullable Worker next) {
    if (next == null) {
      return;
    }
    if (next.getState() != Thread.State.NEW) {
      next.goOn();
      return;
    }
    try {
      next.start();
    } catch (Error noThreadLeft) {
      boolean alone;
      synchronized (this) {
        waking = false;
        end(next);
        alone = workers.isEmpty();
      }
      if (alone) {
        throw noThreadLeft;
      }
      log.warn("no more threads for handlers, those there are go on: {}", noThreadLeft.toString());
    }
  }

  private final class Worker extends Thread {
    /** Set by who has taken this out of the idle ones; cleared by this. */
    private volatile boolean woken;

    Worker(String name) {
      super(name);
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        work();
      } finally {
        // Done already, unless something went wrong.
        synchronized (HandlerPool.this) {
          end(this);
        }
      }
    }

    private void work() {
      boolean expected = true;
      while (true) {
        Runnable task;
        Worker next = null;
        synchronized (HandlerPool.this) {
          if (expected) {
            waking = false;
          }
          task = tasks.poll();
          if (task != null) {
            next = next();
          } else if (shutdown) {
            end(this);
            return;
          } else {
            idle.push(this);
          }
        }
        if (task != null) {
          wake(next);
          expected = false;
          attempt(task);
        } else if (!sleep()) {
          return;
        } else {
          expected = true;
        }
      }
    }

    private void attempt(Runnable task) {
      try {
        task.run();
      } catch (Throwable thrown) {
        getUncaughtExceptionHandler().uncaughtException(this, thrown);
      }
      // What a task has done to its thread is not the next one's.
      Thread.interrupted();
    }

    void goOn() {
      woken = true;
      LockSupport.unpark(this);
    }

    /** Waits to be woken; false if it has been idle for too long and ends. */
    private boolean sleep() {
      long end = System.nanoTime() + idleNanos;
      while (!woken) {
        long left = end - System.nanoTime();
        if (left > 0) {
          LockSupport.parkNanos(this, left);
          Thread.interrupted();
          continue;
        }
        synchronized (HandlerPool.this) {
          if (idle.remove(this)) {
            end(this);
            return false;
          }
        }
        // Somebody is about to wake it.
        Thread.onSpinWait();
      }
      woken = false;
      return true;
    }
  }

  @GuardedBy("this")
  private void end(Worker worker) {
    workers.remove(worker);
    notifyAll();
  }

  // What an owner does in the end.

  @Override
  public void shutdown() {
    List<Worker> last;
    synchronized (this) {
      shutdown = true;
      last = new ArrayList<>(idle);
      idle.clear();
    }
    last.forEach(Worker::goOn);
    // Whoever would have woken a thread at the end of its turn may not get there any more.
    takeTurn();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> left;
    List<Worker> running;
    synchronized (this) {
      left = new ArrayList<>(tasks);
      tasks.clear();
      running = new ArrayList<>(workers);
    }
    shutdown();
    running.forEach(Thread::interrupt);
    return left;
  }

  @Override
  public synchronized boolean isShutdown() {
    return shutdown;
  }

  @Override
  public synchronized boolean isTerminated() {
    return shutdown && workers.isEmpty();
  }

  @Override
  public synchronized boolean awaitTermination(long time, TimeUnit unit)
      throws InterruptedException {
    long end = System.nanoTime() + unit.toNanos(time);
    while (!isTerminated()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}

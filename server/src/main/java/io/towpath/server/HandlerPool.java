package io.towpath.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for handlers, most of which take microseconds and some of which block. What comes in one
 * burst for many sockets wakes one thread, not one for each: no other is woken while one is on its
 * way to the queue. It wakes the next one before it runs what it has found, if more waits, so that
 * a handler that blocks holds up nobody as long as there is a thread left. Any thread.
 */
final class HandlerPool extends AbstractExecutorService {
  private static final Logger log = LoggerFactory.getLogger(HandlerPool.class);

  private final int maxThreads;
  private final long keepAliveNanos;

  @GuardedBy("this")
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

  /** Threads that sleep; who fell asleep last is woken first, so that the others may end. */
  @GuardedBy("this")
  private final ArrayDeque<Worker> asleep = new ArrayDeque<>();

  @GuardedBy("this")
  private final List<Worker> workers = new ArrayList<>();

  /** Whether a thread that was woken or started has not looked into the queue yet. */
  @GuardedBy("this")
  private boolean waking;

  @GuardedBy("this")
  private boolean shutdown;

  /** How many threads there have been. */
  @GuardedBy("this")
  private int number;

  HandlerPool(int maxThreads, long keepAlive, TimeUnit unit) {
    this.maxThreads = maxThreads;
    this.keepAliveNanos = unit.toNanos(keepAlive);
  }

  @Override
  public void execute(Runnable task) {
    Worker next;
    synchronized (this) {
      if (shutdown) {
        throw new RejectedExecutionException("shut down");
      }
      tasks.add(task);
      next = toWake();
    }
    if (next != null) {
      next.wake();
    }
  }

  /** Chooses who has to look into the queue; null if nobody has to, or can. */
  @GuardedBy("this")
  private @Nullable Worker toWake() {
    if (waking || tasks.isEmpty()) {
      return null;
    }
    Worker next = asleep.pollLast();
    if (next == null && workers.size() < maxThreads) {
      next = new Worker(++number);
      workers.add(next);
    }
    if (next != null) {
      waking = true;
      next.awake = true;
    }
    return next;
  }

  /** Returns how many threads sleep; for tests. */
  synchronized int sleeping() {
    return asleep.size();
  }

  /** One thread. */
  private final class Worker extends Thread {
    /** Whether it has to look into the queue; written under the pool's lock. */
    private volatile boolean awake;

    Worker(int number) {
      super("towpath-handler-" + number);
      setDaemon(true);
    }

    /** Called without a lock, by who has chosen this worker. */
    void wake() {
      if (getState() != State.NEW) {
        LockSupport.unpark(this);
        return;
      }
      try {
        start();
      } catch (Error noThread) {
        synchronized (HandlerPool.this) {
          waking = false;
          workers.remove(this);
        }
        throw noThread;
      }
    }

    @Override
    public void run() {
      boolean woken = true;
      while (true) {
        Runnable task;
        Worker next;
        synchronized (HandlerPool.this) {
          waking &= !woken;
          woken = false;
          task = tasks.poll();
          next = toWake();
          if (task == null) {
            if (shutdown) {
              end();
              return;
            }
            awake = false;
            asleep.add(this);
          }
        }
        if (next != null) {
          next.wake();
        }
        if (task != null) {
          run(task);
        } else if (sleep()) {
          woken = true;
        } else {
          return;
        }
      }
    }

    private void run(Runnable task) {
      try {
        task.run();
      } catch (Throwable thrown) {
        log.error("a task failed", thrown);
      }
      // What a handler was interrupted for is not the next one's business.
      boolean unused = Thread.interrupted();
    }

    /** Sleeps until there is something to do; returns false if there has been nothing for long. */
    private boolean sleep() {
      long end = System.nanoTime() + keepAliveNanos;
      while (!awake) {
        long left = end - System.nanoTime();
        if (left > 0) {
          LockSupport.parkNanos(HandlerPool.this, left);
          boolean unused = Thread.interrupted();
          continue;
        }
        synchronized (HandlerPool.this) {
          if (!awake) {
            asleep.remove(this);
            end();
            return false;
          }
        }
      }
      return true;
    }

    @GuardedBy("HandlerPool.this")
    private void end() {
      workers.remove(this);
      HandlerPool.this.notifyAll();
    }
  }

  @Override
  public void shutdown() {
    List<Worker> idle;
    synchronized (this) {
      shutdown = true;
      idle = new ArrayList<>(asleep);
      asleep.clear();
      for (Worker worker : idle) {
        worker.awake = true;
      }
    }
    idle.forEach(LockSupport::unpark);
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
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    long end = System.nanoTime() + unit.toNanos(timeout);
    synchronized (this) {
      while (!(shutdown && workers.isEmpty())) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
      return true;
    }
  }
}

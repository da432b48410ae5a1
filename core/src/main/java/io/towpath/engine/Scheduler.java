package io.towpath.engine;

/**
 * The only source of time. Production code has one per server; tests move one by hand. Any thread.
 */
public interface Scheduler {
  /** Returns milliseconds of a clock that never goes back and has no relation to the calendar. */
  long now();

  /**
   * Runs an action once, after a delay. It runs on a thread of the scheduler and must not block.
   *
   * @param delayMillis milliseconds from now; 0 or less means as soon as possible, but never inside
   *     this call
   */
  Task schedule(long delayMillis, Runnable action);

  /**
   * Returns whether the calling thread may wait for something that another thread does; false on
   * threads that others depend on, such as those of the network and of this scheduler.
   */
  default boolean mayWait() {
    return true;
  }

  /** A scheduled action. */
  interface Task {
    /** Keeps the action from running, if it has not begun; otherwise does nothing. */
    void cancel();
  }
}

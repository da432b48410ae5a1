package io.towpath.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at many deadlines with one timer. Time is cut into slots of 4 ms; who waits stands in the
 * slot of its deadline, or in the last one before the horizon, and is asked then what is due and
 * when to ask again. A deadline that moves later costs nothing until its old slot comes round. The
 * timer runs only while somebody waits.
 *
 * <p>Any thread. The wheel's lock is never held while a deadline acts or a timer is set.
 */
public final class DeadlineWheel {
  /** No deadline. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final Logger log = LoggerFactory.getLogger(DeadlineWheel.class);

  private static final int SLOT_MILLIS = 4;
  private static final int SLOTS = 4096;

  private final Scheduler scheduler;

  @GuardedBy("this")
  private final @Nullable Entry[] slots = new Entry[SLOTS];

  @GuardedBy("this")
  private int waiting;

  /** The slot number, counted from the clock's zero, that has been looked at last. */
  @GuardedBy("this")
  private long swept;

  /** When the timer is set to fire; NEVER if it is not set. */
  @GuardedBy("this")
  private long timerAt = NEVER;

  /** The timer last set; may have fired. Replaced by an earlier one, it is cancelled. */
  @GuardedBy("this")
  private Scheduler.@Nullable Task timer;

  /** Creates a wheel on a clock. */
  public DeadlineWheel(Scheduler scheduler) {
    this.scheduler = scheduler;
    this.swept = scheduler.now() / SLOT_MILLIS;
  }

  /** Returns the clock's time in milliseconds. */
  public long now() {
    return scheduler.now();
  }

  /** Returns whether the calling thread may wait; see {@link Scheduler#mayWait}. */
  boolean mayWait() {
    return scheduler.mayWait();
  }

  /** One that waits for its deadline; stands in at most one slot of one wheel. */
  public abstract static class Entry {
    /** Neighbours in the slot, and the slot; guarded by the wheel. */
    private @Nullable Entry previous;

    private @Nullable Entry next;
    private int slot = -1;
    private long at = NEVER;

    /** Creates an entry that waits for nothing yet. */
    protected Entry() {}

    /**
     * Does what is due and says when to ask again. Runs on the scheduler's thread without a lock;
     * must not block.
     *
     * @param now the time in milliseconds
     * @return the next deadline, or {@link #NEVER}
     */
    protected abstract long onDeadline(long now);
  }

  /**
   * Makes sure that an entry is asked at a time or earlier; a later one than it waits for changes
   * nothing.
   */
  public void watch(Entry entry, long at) {
    long timer;
    synchronized (this) {
      if (at >= entry.at) {
        return;
      }
      unlink(entry);
      timer = link(entry, at);
    }
    setTimer(timer);
  }

  /** Forgets an entry. */
  public void forget(Entry entry) {
    synchronized (this) {
      unlink(entry);
    }
  }

  @GuardedBy("this")
  private long link(Entry entry, long at) {
    if (waiting == 0) {
      swept = scheduler.now() / SLOT_MILLIS;
    }
    // Rounded up, so that an entry is never asked before its deadline.
    long number = (at + SLOT_MILLIS - 1) / SLOT_MILLIS;
    number = Math.min(Math.max(number, swept + 1), swept + SLOTS - 1);
    int slot = (int) (number % SLOTS);
    Entry head = slots[slot];
    entry.slot = slot;
    entry.at = at;
    entry.next = head;
    entry.previous = null;
    if (head != null) {
      head.previous = entry;
    }
    slots[slot] = entry;
    waiting++;
    long due = number * SLOT_MILLIS;
    if (due < timerAt) {
      timerAt = due;
      return due;
    }
    return NEVER;
  }

  @GuardedBy("this")
  private void unlink(Entry entry) {
    if (entry.slot < 0) {
      return;
    }
    if (entry.previous != null) {
      entry.previous.next = entry.next;
    } else {
      slots[entry.slot] = entry.next;
    }
    if (entry.next != null) {
      entry.next.previous = entry.previous;
    }
    entry.previous = null;
    entry.next = null;
    entry.slot = -1;
    entry.at = NEVER;
    waiting--;
  }

  private void setTimer(long at) {
    if (at == NEVER) {
      return;
    }
    Scheduler.Task set = scheduler.schedule(at - scheduler.now(), () -> sweep(at));
    Scheduler.Task needless;
    synchronized (this) {
      // Another thread may have asked for an earlier one meanwhile.
      needless = timerAt == at ? timer : set;
      if (timerAt == at) {
        timer = set;
      }
    }
    if (needless != null) {
      needless.cancel();
    }
  }

  private void sweep(long firedFor) {
    List<Entry> due = new ArrayList<>();
    synchronized (this) {
      if (timerAt == firedFor) {
        timerAt = NEVER;
      }
      long now = scheduler.now() / SLOT_MILLIS;
      for (long number = Math.max(swept + 1, now - SLOTS + 1); number <= now; number++) {
        Entry entry = slots[(int) (number % SLOTS)];
        while (entry != null) {
          Entry next = entry.next;
          unlink(entry);
          due.add(entry);
          entry = next;
        }
      }
      swept = Math.max(swept, now);
    }
    for (Entry entry : due) {
      long next = ask(entry);
      if (next != NEVER) {
        watch(entry, next);
      }
    }
    long timer = NEVER;
    synchronized (this) {
      // Entries may wait for earlier times than those that have just been linked.
      if (waiting > 0) {
        long number = swept + 1;
        while (slots[(int) (number % SLOTS)] == null) {
          number++;
        }
        if (number * SLOT_MILLIS < timerAt) {
          timerAt = number * SLOT_MILLIS;
          timer = timerAt;
        }
      }
    }
    setTimer(timer);
  }

  /** What one entry throws must not cost the others their deadlines. */
  private long ask(Entry entry) {
    try {
      return entry.onDeadline(scheduler.now());
    } catch (Throwable bug) {
      log.error("a deadline failed", bug);
      return NEVER;
    }
  }
}

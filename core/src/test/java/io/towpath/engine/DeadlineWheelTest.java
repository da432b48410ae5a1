package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.FakeScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
  /** The wheel's slots are this wide, so that much later may an entry be asked. */
  private static final int SLOT = 4;

  /** Twice the wheel's horizon of 4096 slots. */
  private static final long FAR = 2 * 4096 * SLOT;

  private final FakeScheduler scheduler = new FakeScheduler();
  private final DeadlineWheel wheel = new DeadlineWheel(scheduler);

  /** Waits for one deadline, or for what its action says. */
  private static final class Waiter extends DeadlineWheel.Entry {
    final List<Long> asked = new ArrayList<>();
    LongUnaryOperator action = now -> DeadlineWheel.NEVER;

    @Override
    protected long onDeadline(long now) {
      asked.add(now);
      return action.applyAsLong(now);
    }
  }

  private Waiter waiter(long at) {
    Waiter waiter = new Waiter();
    wheel.watch(waiter, at);
    return waiter;
  }

  /** A waiter that, asked too early because its deadline is past the horizon, says so. */
  private Waiter patient(long at) {
    Waiter waiter = new Waiter();
    waiter.action = now -> now < at ? at : DeadlineWheel.NEVER;
    wheel.watch(waiter, at);
    return waiter;
  }

  @Test
  void anEntryIsAskedOnceAndNeverBeforeItsDeadline() {
    Waiter waiter = waiter(10);
    scheduler.advance(9);
    assertEquals(List.of(), waiter.asked);
    scheduler.advance(3);
    assertEquals(List.of(12L), waiter.asked);
    scheduler.advance(FAR);
    assertEquals(1, waiter.asked.size());
  }

  @Test
  void aDeadlineOnTheEdgeOfASlotIsAskedExactlyThen() {
    Waiter waiter = waiter(12);
    scheduler.advance(12);
    assertEquals(List.of(12L), waiter.asked);
  }

  @Test
  void anEntryWhoseDeadlineHasPassedIsAskedInTheNextSlot() {
    scheduler.advance(1001);
    Waiter waiter = waiter(5);
    scheduler.advance(SLOT);
    assertEquals(List.of(1004L), waiter.asked);
  }

  @Test
  void anEntryPastTheHorizonIsAskedAgainUntilItsTimeHasCome() {
    Waiter waiter = patient(FAR + 2);
    scheduler.advance(FAR);
    int early = waiter.asked.size();
    assertTrue(early <= 3);
    scheduler.advance(SLOT);
    assertEquals(early + 1, waiter.asked.size());
    assertEquals(FAR + SLOT, waiter.asked.get(early));
  }

  @Test
  void aLaterDeadlineChangesNothing() {
    Waiter waiter = waiter(8);
    wheel.watch(waiter, 800);
    scheduler.advance(8);
    assertEquals(List.of(8L), waiter.asked);
  }

  @Test
  void anEarlierDeadlineReplacesTheOldOne() {
    Waiter waiter = waiter(800);
    wheel.watch(waiter, 8);
    scheduler.advance(1000);
    assertEquals(List.of(8L), waiter.asked);
  }

  @Test
  void aForgottenEntryIsNotAsked() {
    Waiter first = waiter(8);
    Waiter second = waiter(8);
    Waiter third = waiter(8);
    wheel.forget(second);
    wheel.forget(second);
    scheduler.advance(1000);
    assertEquals(List.of(8L), first.asked);
    assertEquals(List.of(), second.asked);
    assertEquals(List.of(8L), third.asked);
  }

  @Test
  void anEntryIsAskedAgainWhenItSaysSo() {
    Waiter waiter = new Waiter();
    waiter.action = now -> now < 40 ? now + 8 : DeadlineWheel.NEVER;
    wheel.watch(waiter, 8);
    scheduler.advance(1000);
    assertEquals(List.of(8L, 16L, 24L, 32L, 40L), waiter.asked);
  }

  @Test
  void anEntryThatWaitsForAnEarlierTimeIsNotMissedWhenALaterOneIsLinkedDuringASweep() {
    Waiter earlier = waiter(400);
    Waiter again = new Waiter();
    again.action = now -> now < 100 ? 4000 : DeadlineWheel.NEVER;
    wheel.watch(again, 8);
    scheduler.advance(400);
    assertEquals(List.of(400L), earlier.asked);
    scheduler.advance(3600);
    assertEquals(List.of(8L, 4000L), again.asked);
  }

  @Test
  void anEntryLinkedByAnotherOneDuringASweepIsAskedInTime() {
    Waiter linked = new Waiter();
    Waiter linking = new Waiter();
    linking.action =
        now -> {
          wheel.watch(linked, now + 20);
          return 8000;
        };
    wheel.watch(linking, 8);
    scheduler.advance(28);
    assertEquals(List.of(28L), linked.asked);
  }

  @Test
  void anEntryThatFailsCostsTheOthersNothing() {
    Waiter failing = waiter(8);
    failing.action =
        now -> {
          throw new IllegalStateException("on purpose");
        };
    Waiter[] others = {waiter(8), waiter(8), waiter(400)};
    Waiter before = waiter(4);
    scheduler.advance(400);
    assertEquals(List.of(4L), before.asked);
    assertEquals(List.of(8L), others[0].asked);
    assertEquals(List.of(8L), others[1].asked);
    assertEquals(List.of(400L), others[2].asked);
  }

  @Test
  void aClockThatJumpedPastTheHorizonMissesNobody() {
    List<Waiter> waiters = new ArrayList<>();
    for (long at = 1; at < FAR / 2; at += 997) {
      waiters.add(waiter(at));
    }
    // Entries of the whole turn stand in the slots when the timer comes a whole turn late.
    LateScheduler late = new LateScheduler();
    DeadlineWheel slow = new DeadlineWheel(late);
    for (Waiter waiter : waiters) {
      wheel.forget(waiter);
      slow.watch(waiter, 1 + waiters.indexOf(waiter) * 997L);
    }
    late.fireAt(3 * FAR);
    for (Waiter waiter : waiters) {
      assertEquals(List.of(3 * FAR), waiter.asked);
    }
  }

  /** Fires all of its timers together, late. */
  private static final class LateScheduler implements Scheduler {
    private final List<Runnable> actions = new ArrayList<>();
    private long now;

    @Override
    public long now() {
      return now;
    }

    @Override
    public Task schedule(long delayMillis, Runnable action) {
      actions.add(action);
      return () -> {};
    }

    void fireAt(long time) {
      now = time;
      List<Runnable> due = List.copyOf(actions);
      actions.clear();
      due.forEach(Runnable::run);
    }
  }

  @Test
  void theTimerRunsOnlyWhileSomebodyWaits() {
    waiter(8);
    assertEquals(1, scheduler.pending());
    scheduler.advance(8);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void manyShortWaitsBesideALongOneLeaveNoPileOfTimers() {
    waiter(16_000);
    for (int i = 0; i < 1000; i++) {
      waiter(scheduler.now() + SLOT);
      scheduler.advance(SLOT);
    }
    assertTrue(scheduler.pending() <= 2, () -> scheduler.pending() + " timers");
  }

  /** What the wheel must do, as a list that is looked through. */
  @Test
  void anyMixOfWaitingMovingAndForgettingBehavesLikeANaiveList() {
    Random random = new Random(4711);
    List<String> faults = new ArrayList<>();
    int count = 200;
    Waiter[] waiters = new Waiter[count];
    long[] deadlines = new long[count];
    boolean[] waits = new boolean[count];
    for (int i = 0; i < count; i++) {
      int index = i;
      waiters[i] = new Waiter();
      waiters[i].action =
          now -> {
            if (now < deadlines[index]) {
              return deadlines[index];
            }
            if (!waits[index]) {
              faults.add("asked although nothing was due");
            }
            if (now - deadlines[index] >= 2 * SLOT) {
              faults.add("asked " + (now - deadlines[index]) + " ms late");
            }
            if (random.nextInt(3) == 0) {
              deadlines[index] = now + 1 + random.nextInt(30_000);
              return deadlines[index];
            }
            waits[index] = false;
            return DeadlineWheel.NEVER;
          };
    }
    for (int step = 0; step < 20_000; step++) {
      int i = random.nextInt(count);
      int act = random.nextInt(10);
      if (act < 5) {
        long at = scheduler.now() + 1 + random.nextInt(random.nextBoolean() ? 50 : 40_000);
        if (!waits[i] || at < deadlines[i]) {
          waits[i] = true;
          deadlines[i] = at;
          wheel.watch(waiters[i], at);
        }
      } else if (act == 5) {
        wheel.forget(waiters[i]);
        waits[i] = false;
        deadlines[i] = 0;
      } else {
        scheduler.advance(random.nextInt(40));
        for (int k = 0; k < count; k++) {
          assertTrue(!waits[k] || deadlines[k] > scheduler.now() - 2 * SLOT, "an entry was missed");
        }
      }
    }
    scheduler.advance(100 * FAR);
    assertEquals(List.of(), faults);
    for (boolean still : waits) {
      assertFalse(still);
    }
    assertEquals(0, scheduler.pending());
  }
}

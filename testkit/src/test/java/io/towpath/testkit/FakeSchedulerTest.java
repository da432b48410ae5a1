package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.towpath.engine.Scheduler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FakeSchedulerTest {
  private final FakeScheduler scheduler = new FakeScheduler();
  private final List<String> ran = new ArrayList<>();

  private Scheduler.Task schedule(long delay, String name) {
    return scheduler.schedule(delay, () -> ran.add(name + "@" + scheduler.now()));
  }

  @Test
  void actionsRunInTheOrderOfTheirTimesEachAtItsOwn() {
    schedule(30, "c");
    schedule(10, "a");
    schedule(20, "b");
    scheduler.advance(100);
    assertEquals(List.of("a@10", "b@20", "c@30"), ran);
    assertEquals(100, scheduler.now());
  }

  @Test
  void actionsOfOneTimeRunInTheOrderInWhichTheyWereScheduled() {
    schedule(10, "a");
    schedule(10, "b");
    schedule(10, "c");
    scheduler.advance(10);
    assertEquals(List.of("a@10", "b@10", "c@10"), ran);
  }

  @Test
  void nothingRunsAMillisecondEarly() {
    schedule(10, "a");
    scheduler.advance(9);
    assertEquals(List.of(), ran);
    scheduler.advance(1);
    assertEquals(List.of("a@10"), ran);
  }

  @Test
  void nothingRunsInsideSchedule() {
    schedule(0, "a");
    schedule(-5, "b");
    assertEquals(List.of(), ran);
    scheduler.runDue();
    assertEquals(List.of("a@0", "b@0"), ran);
  }

  @Test
  void whatAnActionSchedulesRunsInTheSameSpan() {
    scheduler.schedule(10, () -> schedule(10, "later"));
    scheduler.advance(20);
    assertEquals(List.of("later@20"), ran);
  }

  @Test
  void aCancelledActionDoesNotRunAndIsNotPending() {
    Scheduler.Task task = schedule(10, "a");
    schedule(10, "b");
    assertEquals(2, scheduler.pending());
    task.cancel();
    task.cancel();
    assertEquals(1, scheduler.pending());
    scheduler.advance(10);
    assertEquals(List.of("b@10"), ran);
    assertEquals(0, scheduler.pending());
  }
}

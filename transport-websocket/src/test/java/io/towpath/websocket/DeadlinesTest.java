package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.towpath.testkit.FakeScheduler;
import io.towpath.websocket.Deadlines.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final FakeScheduler scheduler = new FakeScheduler();
  private final List<String> expired = new ArrayList<>();
  private final Deadlines deadlines =
      new Deadlines(scheduler, kind -> expired.add(kind + "@" + scheduler.now()));

  @Test
  void aDeadlineExpiresOnceAndNotAMillisecondEarly() {
    deadlines.set(Kind.WRITE, SECOND);
    scheduler.advance(999);
    assertEquals(List.of(), expired);
    scheduler.advance(10_000);
    assertEquals(List.of("WRITE@1000"), expired);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void allOfThemShareOneTimer() {
    deadlines.set(Kind.WRITE, SECOND.multipliedBy(3));
    deadlines.set(Kind.ASSEMBLY, SECOND.multipliedBy(2));
    deadlines.set(Kind.CLOSE, SECOND);
    assertEquals(1, scheduler.pending());
    scheduler.advance(10_000);
    assertEquals(List.of("CLOSE@1000", "ASSEMBLY@2000", "WRITE@3000"), expired);
  }

  @Test
  void aDeadlineThatIsMovedNeedsNoOtherTimerAndExpiresAtItsLastTime() {
    deadlines.set(Kind.WRITE, SECOND);
    for (int i = 0; i < 10; i++) {
      scheduler.advance(500);
      deadlines.set(Kind.WRITE, SECOND);
      assertEquals(1, scheduler.pending());
    }
    scheduler.advance(999);
    assertEquals(List.of(), expired);
    scheduler.advance(1);
    assertEquals(List.of("WRITE@6000"), expired);
  }

  @Test
  void anEarlierDeadlineIsKeptThoughALaterOneIsSet() {
    deadlines.set(Kind.WRITE, SECOND.multipliedBy(5));
    deadlines.set(Kind.WRITE, SECOND);
    scheduler.advance(1000);
    assertEquals(List.of("WRITE@1000"), expired);
  }

  @Test
  void aClearedDeadlineDoesNotExpire() {
    deadlines.set(Kind.WRITE, SECOND);
    deadlines.clear(Kind.WRITE);
    scheduler.advance(10_000);
    assertEquals(List.of(), expired);
  }

  @Test
  void nothingExpiresAfterStop() {
    deadlines.set(Kind.WRITE, SECOND);
    deadlines.stop();
    deadlines.set(Kind.CLOSE, SECOND);
    assertEquals(0, scheduler.pending());
    scheduler.advance(10_000);
    assertEquals(List.of(), expired);
  }

  @Test
  void stopWithinAnExpiryKeepsTheOthersFromExpiring() {
    Deadlines[] stopping = new Deadlines[1];
    stopping[0] =
        new Deadlines(
            scheduler,
            kind -> {
              expired.add(kind.toString());
              stopping[0].stop();
            });
    stopping[0].set(Kind.WRITE, SECOND);
    stopping[0].set(Kind.CLOSE, SECOND);
    scheduler.advance(1000);
    assertEquals(List.of("WRITE"), expired);
  }
}

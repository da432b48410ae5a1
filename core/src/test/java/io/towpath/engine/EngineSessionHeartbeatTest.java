package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ping every 1000 ms, a pong within 600 ms. Reference: 1.10. */
class EngineSessionHeartbeatTest {
  private final EngineFixture engine = new EngineFixture(EngineFixture.quick().build());
  private final EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
  private final EngineSession session = opened.session();
  private final MemoryTransport transport = opened.transport();
  private final SessionEvents events = opened.events();

  @AfterEach
  void theSessionKeptTheContractOfItsTransports() {
    engine.assertContractKept();
  }

  private void pass(long millis) {
    engine.scheduler.advance(millis);
  }

  @Test
  void aPingIsSentWhenTheIntervalIsOver() {
    pass(996);
    assertEquals(List.of(), transport.sent());
    pass(4);
    assertEquals(List.of("2"), transport.sent());
  }

  @Test
  void theNextPingCountsFromThePong() {
    pass(1000);
    pass(500);
    transport.deliver("3");
    transport.sent();
    pass(996);
    assertEquals(List.of(), transport.sent());
    pass(4);
    assertEquals(List.of("2"), transport.sent());
  }

  @Test
  void aPongThatNobodyAskedForRestartsTheInterval() {
    pass(600);
    transport.deliver("3whatever");
    pass(996);
    assertEquals(List.of(), transport.sent());
    pass(4);
    assertEquals(List.of("2"), transport.sent());
  }

  @Test
  void aSessionWhosePeerIsSilentEndsWhenTheTimeoutIsOver() {
    pass(1596);
    assertEquals(List.of(), events.take());
    pass(4);
    assertEquals(List.of("closed: ping timeout"), events.take());
    assertEquals("close", transport.ending());
  }

  @Test
  void noSecondPingIsSentBeforeThePong() {
    pass(1596);
    assertEquals(List.of("2"), transport.sent());
  }

  @Test
  void aPongInTimeKeepsTheSession() {
    pass(1596);
    transport.deliver("3");
    pass(996);
    assertTrue(session.isOpen());
  }

  @ParameterizedTest
  @ValueSource(strings = {"4hello", "bAQ==", "4", "6"})
  void otherPacketsGiveThePongTheWholeTimeOnceMore(String packet) {
    pass(1500);
    transport.deliver(packet);
    events.take();
    pass(596);
    assertEquals(List.of(), events.take());
    pass(4);
    assertEquals(List.of("closed: ping timeout"), events.take());
  }

  @Test
  void thePongsTimeIsExtendedOnlyOnce() {
    pass(1500);
    transport.deliver("4a");
    pass(300);
    transport.deliver("4b");
    events.take();
    pass(300);
    assertEquals(List.of("closed: ping timeout"), events.take());
  }

  @Test
  void eachPingMayBeExtended() {
    pass(1500);
    transport.deliver("4a");
    transport.deliver("3");
    pass(1000);
    pass(500);
    transport.deliver("4b");
    pass(596);
    assertTrue(session.isOpen());
  }

  @Test
  void aMessageBeforeThePingExtendsNothing() {
    pass(900);
    transport.deliver("4a");
    events.take();
    pass(700);
    assertEquals(List.of("closed: ping timeout"), events.take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "2probe"})
  void aPingFromTheClientEndsTheSession(String ping) {
    transport.deliver(ping);
    assertEquals(List.of("closed: transport error"), events.take());
  }

  @Test
  void anIntervalShorterThanTheTimeoutIsKept() {
    EngineFixture eager =
        new EngineFixture(
            EngineFixture.quick()
                .pingInterval(Duration.ofMillis(100))
                .pingTimeout(Duration.ofMillis(20_000))
                .build());
    EngineFixture.Opened other = eager.open(MemoryTransport.webSocket());
    for (int i = 0; i < 5; i++) {
      eager.scheduler.advance(100);
      assertEquals(List.of("2"), other.transport().sent());
      other.transport().deliver("3");
    }
  }

  @Test
  void aRequestAtTheVeryEndOfTheTimeoutFindsTheSessionOver() {
    EngineFixture odd =
        new EngineFixture(
            EngineFixture.quick()
                .pingInterval(Duration.ofMillis(1001))
                .pingTimeout(Duration.ofMillis(601))
                .build());
    EngineFixture.Opened other = odd.open(MemoryTransport.webSocket());
    odd.scheduler.advance(1001);
    assertTrue(other.session().checkDeadlines());
    assertEquals(List.of("2"), other.transport().sent());
    odd.scheduler.advance(600);
    assertTrue(other.session().checkDeadlines());
    odd.scheduler.advance(1);
    assertFalse(other.session().checkDeadlines());
    assertEquals(List.of("closed: ping timeout"), other.events().take());
  }

  @Test
  void aPausedSessionIsNotEndedForAPongThatItDidNotRead() {
    session.setReceiving(false);
    pass(10_000);
    assertTrue(session.isOpen());
  }

  @Test
  void aResumedSessionHasTheWholeTimeoutToReadThePong() {
    session.setReceiving(false);
    pass(1590);
    session.setReceiving(true);
    pass(596);
    assertTrue(session.isOpen());
    pass(8);
    assertEquals(List.of("closed: ping timeout"), events.take());
  }

  @Test
  void aPingWaitsForAPollThatCanCarryIt() {
    EngineFixture.Opened polled = engine.open(MemoryTransport.polling());
    pass(1200);
    assertEquals(List.of(), polled.transport().sent());
    polled.transport().setWritable(true);
    assertEquals(List.of("2"), polled.transport().sent());
  }

  @Test
  void aPollThatNeverComesEndsTheSessionWithNothingSaid() {
    EngineFixture.Opened polled = engine.open(MemoryTransport.polling());
    pass(1600);
    assertEquals(List.of("closed: ping timeout"), polled.events().take());
    assertEquals("release", polled.transport().ending());
  }

  /** A scheduler whose timers never fire, as on a machine that was asleep. */
  private static final class Asleep implements Scheduler {
    private long now;

    @Override
    public long now() {
      return now;
    }

    @Override
    public Task schedule(long delayMillis, Runnable action) {
      return () -> {};
    }
  }

  @Test
  void aTimerThatIsLateTakesNothingFromTheEndOfTheTimeout() {
    Asleep clock = new Asleep();
    EngineSession late = late(clock);
    clock.now = 1100;
    assertTrue(late.checkDeadlines());
    clock.now = 1599;
    assertTrue(late.checkDeadlines());
    clock.now = 1600;
    assertFalse(late.checkDeadlines());
  }

  @Test
  void aTimerThatIsVeryLateLeavesThePeerHalfTheTimeout() {
    Asleep clock = new Asleep();
    EngineSession late = late(clock);
    clock.now = 50_000;
    assertTrue(late.checkDeadlines());
    clock.now = 50_299;
    assertTrue(late.checkDeadlines());
    clock.now = 50_300;
    assertFalse(late.checkDeadlines());
  }

  private static EngineSession late(Asleep clock) {
    EngineSession late =
        new EngineSessions(EngineFixture.quick().build(), new DeadlineWheel(clock))
            .open(
                EngineFixture.request("EIO=4"),
                MemoryTransport.webSocket(),
                session -> new SessionEvents());
    if (late == null) {
      throw new AssertionError("not opened");
    }
    return late;
  }
}

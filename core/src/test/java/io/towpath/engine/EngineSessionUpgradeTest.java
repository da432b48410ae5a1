package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From polling to WebSocket; an upgrade may take 400 ms here. Reference: 1.9. */
class EngineSessionUpgradeTest {
  private final EngineFixture engine = new EngineFixture(EngineFixture.quick().build());
  private final EngineFixture.Opened opened = engine.open(MemoryTransport.polling());
  private final EngineSession session = opened.session();
  private final MemoryTransport polling = opened.transport();
  private final SessionEvents events = opened.events();
  private final MemoryTransport webSocket = engine.offer(session);

  @AfterEach
  void theSessionKeptTheContractOfItsTransports() {
    engine.assertContractKept();
  }

  private void pass(long millis) {
    engine.scheduler.advance(millis);
  }

  private void assertStillPolling() {
    assertTrue(session.isOpen());
    assertEquals(TransportName.POLLING, session.transport());
    polling.setWritable(true);
    polling.sent();
    polling.setWritable(true);
    session.send(MessageBatch.text("still here"));
    assertEquals(List.of("4still here"), polling.sent());
    polling.deliver("4and there");
    assertEquals(List.of("and there"), events.take());
  }

  @Test
  void aProbeIsAnswered() {
    webSocket.deliver("2probe");
    assertEquals(List.of("3probe"), webSocket.sent());
    assertStillPolling();
  }

  @Test
  void aProbeEndsTheParkedPoll() {
    polling.setWritable(true);
    webSocket.deliver("2probe");
    assertEquals(List.of("6"), polling.sent());
  }

  @Test
  void aPollThatIsParkedAfterTheProbeIsEndedToo() {
    webSocket.deliver("2probe");
    pass(20);
    polling.setWritable(true);
    assertEquals(List.of("6"), polling.sent());
  }

  @Test
  void noopsKeepAPauseOf100Milliseconds() {
    polling.setWritable(true);
    webSocket.deliver("2probe");
    polling.sent();
    polling.setWritable(true);
    pass(96);
    assertEquals(List.of(), polling.sent());
    pass(4);
    assertEquals(List.of("6"), polling.sent());
    polling.setWritable(true);
    pass(100);
    assertEquals(List.of("6"), polling.sent());
  }

  @Test
  void noNoopIsSentBeforeTheProbe() {
    polling.setWritable(true);
    pass(200);
    assertEquals(List.of(), polling.sent());
  }

  @Test
  void noNoopIsSentAfterTheCandidateWasDropped() {
    webSocket.deliver("2probe");
    webSocket.lose(CloseReason.TRANSPORT_CLOSE);
    polling.setWritable(true);
    pass(300);
    assertEquals(List.of(), polling.sent());
  }

  @Test
  void theUpgradePacketMovesTheSession() {
    webSocket.deliver("2probe");
    webSocket.sent();
    webSocket.deliver("5");
    assertEquals(TransportName.WEBSOCKET, session.transport());
    assertSame(webSocket, session.transport(TransportName.WEBSOCKET));
    assertNull(session.transport(TransportName.POLLING));
    assertEquals(List.of("transport: websocket"), events.take());
    session.send(MessageBatch.text("a"));
    assertEquals(List.of("4a"), webSocket.sent());
    webSocket.deliver("4b");
    assertEquals(List.of("b"), events.take());
  }

  @Test
  void theUpgradeNeedsNoProbe() {
    webSocket.deliver("5");
    assertEquals(TransportName.WEBSOCKET, session.transport());
  }

  @Test
  void theOldTransportIsLetGo() {
    polling.setWritable(true);
    webSocket.deliver("5");
    assertEquals("release", polling.ending());
    assertTrue(session.isOpen());
  }

  @Test
  void whatWaitedLeavesOnTheNewTransport() {
    session.send(MessageBatch.text("a"));
    session.send(MessageBatch.text("b"));
    webSocket.deliver("5");
    assertEquals(List.of(List.of("4a", "4b")), webSocket.writes());
  }

  @Test
  void messagesThatFollowTheUpgradePacketArrive() {
    webSocket.deliver("5", "4a");
    assertEquals(List.of("transport: websocket", "a"), events.take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"4hello", "bAQ==", "2", "2hello", "3", "3probe", "6", "0{}", "1"})
  void anythingElseOnTheCandidateDropsIt(String packet) {
    webSocket.deliver(packet);
    assertEquals("close", webSocket.ending());
    assertEquals(List.of(), events.take());
    assertStillPolling();
  }

  @Test
  void aCandidateThatTakesTooLongIsDropped() {
    webSocket.deliver("2probe");
    pass(396);
    assertNull(webSocket.ending());
    pass(4);
    assertEquals("close", webSocket.ending());
    assertStillPolling();
  }

  @Test
  void aDroppedCandidateCannotTakeTheSession() {
    pass(400);
    webSocket.deliver("5");
    assertStillPolling();
  }

  @Test
  void aCandidateThatIsLostLeavesTheSessionAsItWas() {
    webSocket.deliver("2probe");
    webSocket.lose(CloseReason.TRANSPORT_ERROR);
    assertEquals(List.of(), events.take());
    assertStillPolling();
  }

  @Test
  void anotherCandidateMayTryAfterOneHasFailed() {
    webSocket.lose(CloseReason.TRANSPORT_ERROR);
    pass(300);
    MemoryTransport second = engine.offer(session);
    second.deliver("2probe");
    pass(396);
    assertNull(second.ending());
    second.deliver("5");
    assertEquals(TransportName.WEBSOCKET, session.transport());
  }

  @Test
  void aSecondCandidateIsClosedAtOnce() {
    MemoryTransport second = engine.offer(session);
    assertEquals("close", second.ending());
    second.deliver("5");
    assertEquals(TransportName.POLLING, session.transport());
    webSocket.deliver("5");
    assertEquals(TransportName.WEBSOCKET, session.transport());
  }

  @Test
  void aCandidateForAnUpgradedSessionIsClosedAtOnce() {
    webSocket.deliver("5");
    MemoryTransport second = engine.offer(session);
    assertEquals("close", second.ending());
    second.deliver("5");
    session.send(MessageBatch.text("a"));
    assertEquals(List.of("4a"), webSocket.sent());
  }

  @Test
  void aCandidateForASessionThatBeganOnWebSocketIsClosedAtOnce() {
    EngineFixture.Opened other = engine.open(MemoryTransport.webSocket());
    assertEquals("close", engine.offer(other.session()).ending());
    assertTrue(other.session().isOpen());
  }

  @Test
  void aSecondPollingTransportIsClosedAtOnce() {
    EngineFixture.Opened other = engine.open(MemoryTransport.polling());
    MemoryTransport second = engine.watched(MemoryTransport.polling());
    other.session().offer(second);
    assertEquals("close", second.ending());
  }

  @Test
  void aCandidateForAClosingSessionIsClosedAtOnce() {
    EngineFixture.Opened other = engine.open(MemoryTransport.polling());
    other.transport().closeLate();
    other.session().close();
    assertEquals("close", engine.offer(other.session()).ending());
  }

  @Test
  void aSessionThatEndsTakesItsCandidateWithIt() {
    polling.lose(CloseReason.TRANSPORT_ERROR);
    assertEquals("close", webSocket.ending());
    assertEquals(List.of("closed: transport error"), events.take());
    webSocket.deliver("5");
    assertEquals(List.of(), events.take());
  }

  @Test
  void whatTheOldTransportSaysAfterwardsIsIgnored() {
    webSocket.deliver("5");
    events.take();
    polling.deliver("4late", "1");
    polling.lose(CloseReason.TRANSPORT_ERROR);
    assertEquals(List.of(), events.take());
    assertTrue(session.isOpen());
  }

  @Test
  void aPingSentJustBeforeTheUpgradeIsNotEnforced() {
    polling.setWritable(true);
    pass(396);
    webSocket.deliver("5");
    assertEquals(List.of(), webSocket.sent());
    EngineFixture.Opened other = engine.open(MemoryTransport.polling());
    other.transport().setWritable(true);
    pass(1000);
    assertEquals(List.of("2"), other.transport().sent());
    engine.offer(other.session()).deliver("5");
    pass(996);
    assertTrue(other.session().isOpen());
  }

  @Test
  void theNextPingCountsFromTheUpgradeEvenIfTheTimeoutIsLong() {
    EngineFixture eager =
        new EngineFixture(
            EngineFixture.quick()
                .pingInterval(Duration.ofMillis(100))
                .pingTimeout(Duration.ofMillis(20_000))
                .build());
    EngineFixture.Opened other = eager.open(MemoryTransport.polling());
    other.transport().setWritable(true);
    eager.scheduler.advance(100);
    MemoryTransport candidate = eager.offer(other.session());
    candidate.deliver("5");
    eager.scheduler.advance(100);
    assertEquals(List.of("2"), candidate.sent());
  }

  @Test
  void aSwitchInTheMiddleOfAWriteLosesNothingAndKeepsTheOrder() {
    polling.setWritable(true);
    polling.onEachSend(
        () -> {
          session.send(MessageBatch.text("b"));
          webSocket.deliver("5");
          session.send(MessageBatch.text("c"));
          assertNull(polling.ending());
          assertEquals(List.of(), webSocket.sent());
        });
    session.send(MessageBatch.text("a"));
    assertEquals(List.of("4a"), polling.sent());
    assertEquals("release", polling.ending());
    assertEquals(List.of("4b", "4c"), webSocket.sent());
  }

  @Test
  void aSwitchInTheMiddleOfABurstStillEndsTheBurst() {
    polling.deliverWithinBurst("4a");
    events.onEachText(text -> {});
    webSocket.deliverWithinBurst("5");
    session.send(MessageBatch.text("b"));
    events.takeAll();
    polling.endBurst();
    assertEquals(List.of("burst end"), events.takeAll());
    assertEquals(List.of("4b"), webSocket.sent());
  }

  @Test
  void anUpgradeThatCompletesWhileTheSessionClosesIsClosed() {
    polling.closeLate();
    session.close();
    assertTrue(events.take().isEmpty());
    webSocket.deliver("5");
    assertEquals("close", webSocket.ending());
    assertTrue(events.take().contains("closed: forced close"));
  }

  @Test
  void whatWaitsWhenASessionClosesLeavesOnTheNewTransport() {
    session.send(MessageBatch.text("a"));
    session.close();
    webSocket.deliver("5");
    assertEquals(List.of("4a"), webSocket.sent());
    assertEquals("close", webSocket.ending());
  }

  @Test
  void aPausedSessionPausesItsNewTransport() {
    session.setReceiving(false);
    webSocket.deliver("5");
    assertFalse(webSocket.isReceiving());
    session.setReceiving(true);
    assertTrue(webSocket.isReceiving());
  }

  @Test
  void anUpgradeThatMakesTheSessionWritableIsADrain() {
    assertFalse(session.isWritable());
    webSocket.deliver("5");
    assertEquals(List.of("transport: websocket", "drain"), events.take());
  }

  @Test
  void aCandidateThatDoesNotReadItsPongsIsDropped() {
    webSocket.deliver("2probe");
    webSocket.setWritable(false);
    webSocket.deliver("2probe");
    assertEquals("close", webSocket.ending());
    assertStillPolling();
  }

  @Test
  void bytesThatThePollHeldAreNotCountedAfterTheUpgrade() {
    polling.setWritable(true);
    session.send(MessageBatch.text("abc"));
    assertEquals(4, session.bufferedBytes());
    webSocket.deliver("5");
    assertEquals(0, session.bufferedBytes());
  }
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sending, receiving and ending on one transport. */
class EngineSessionTest {
  private final EngineFixture engine =
      new EngineFixture(EngineFixture.quick().maxOutboundBytes(10).build());
  private final EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
  private final EngineSession session = opened.session();
  private final MemoryTransport transport = opened.transport();
  private final SessionEvents events = opened.events();

  @AfterEach
  void theSessionKeptTheContractOfItsTransports() {
    engine.assertContractKept();
  }

  private static MessageBatch text(String text) {
    return MessageBatch.text(text);
  }

  // Receiving.

  @Test
  void messagesArriveInOrder() {
    transport.deliver("4a", "bAQI=", "4");
    assertEquals(List.of("a", "0x0102", "", "burst end"), events.takeAll());
  }

  @Test
  void openUpgradeAndNoopSayNothingOnAnOpenSession() {
    transport.deliver("0{}", "5", "6");
    assertEquals(List.of(), events.take());
    assertTrue(session.isOpen());
  }

  // Sending.

  @Test
  void aMessageLeavesAtOnceWhenTheTransportIsWritable() {
    assertTrue(session.send(text("a")));
    assertEquals(List.of(List.of("4a")), transport.writes());
  }

  @Test
  void aMessageAndItsAttachmentsStayTogether() {
    session.send(
        MessageBatch.encoded("451-[]".getBytes(StandardCharsets.UTF_8), List.of(new byte[] {1})));
    assertEquals(List.of("451-[]", "bAQ=="), transport.sent());
  }

  @Test
  void whatWaitedLeavesInOneWrite() {
    transport.setWritable(false);
    session.send(text("a"));
    session.send(text("b"));
    assertEquals(List.of(), transport.writes());
    transport.setWritable(true);
    assertEquals(List.of(List.of("4a", "4b")), transport.writes());
  }

  @Test
  void whatIsSentWhileAWriteIsUnderWayFollowsIt() {
    boolean[] once = {true};
    transport.onEachSend(
        () -> {
          if (once[0]) {
            once[0] = false;
            session.send(text("b"));
            session.send(text("c"));
          }
        });
    session.send(text("a"));
    assertEquals(List.of(List.of("4a"), List.of("4b", "4c")), transport.writes());
  }

  @Test
  void theAnswersToABurstLeaveInOneWrite() {
    events.onEachText(question -> session.send(text(question + "!")));
    transport.deliver("4a", "4b", "4c");
    assertEquals(List.of(List.of("4a!", "4b!", "4c!")), transport.writes());
  }

  @Test
  void nothingLeavesBeforeTheBurstEnds() {
    events.onEachText(question -> session.send(text(question + "!")));
    transport.deliverWithinBurst("4a");
    assertEquals(List.of(), transport.sent());
    transport.endBurst();
    assertEquals(List.of("4a!"), transport.sent());
  }

  @Test
  void aBurstWithoutMessagesHoldsNothingBack() {
    transport.deliverWithinBurst("3");
    session.send(text("a"));
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void corksNest() {
    session.cork();
    session.cork();
    session.send(text("a"));
    session.send(text("b"));
    session.uncork();
    assertEquals(List.of(), transport.writes());
    session.uncork();
    assertEquals(List.of(List.of("4a", "4b")), transport.writes());
  }

  @Test
  void anEmptyCorkWritesNothing() {
    session.cork();
    session.uncork();
    assertEquals(List.of(), transport.writes());
  }

  @Test
  void aFlushWritesDespiteTheCork() {
    session.cork();
    session.send(text("a"));
    session.flush();
    assertEquals(List.of("4a"), transport.sent());
    session.send(text("b"));
    assertEquals(List.of(), transport.sent());
    session.uncork();
    assertEquals(List.of("4b"), transport.sent());
  }

  @Test
  void aTransportThatBecomesWritableUnderACorkWaitsForIt() {
    transport.setWritable(false);
    session.cork();
    session.send(text("a"));
    transport.setWritable(true);
    assertEquals(List.of(), transport.sent());
    session.uncork();
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void aVolatileMessageLeavesWhenTheTransportIsWritable() {
    assertTrue(session.sendVolatile(text("a")));
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void aVolatileMessageIsDroppedWhenTheTransportIsNotWritable() {
    transport.setWritable(false);
    assertFalse(session.sendVolatile(text("a")));
    transport.setWritable(true);
    assertEquals(List.of(), transport.sent());
  }

  @Test
  void aVolatileMessageIsDroppedWhileAWriteIsUnderWay() {
    boolean[] accepted = {true};
    transport.onEachSend(() -> accepted[0] = session.sendVolatile(text("b")));
    session.send(text("a"));
    assertFalse(accepted[0]);
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void aSecondVolatileMessageIsDroppedWhenAPollTakesOnlyOne() {
    EngineFixture.Opened polled = engine.open(MemoryTransport.polling());
    polled.transport().setWritable(true);
    assertTrue(polled.session().sendVolatile(text("a")));
    assertFalse(polled.session().sendVolatile(text("b")));
    polled.transport().setWritable(true);
    assertEquals(List.of("4a"), polled.transport().sent());
  }

  // Bounds.

  @Test
  void asManyBytesMayWaitAsTheBoundSays() {
    transport.setWritable(false);
    assertTrue(session.send(text("1234")));
    assertTrue(session.send(text("5678")));
    assertEquals(10, session.bufferedBytes());
    assertTrue(session.isOpen());
  }

  @Test
  void oneBytePastTheBoundEndsTheSession() {
    transport.setWritable(false);
    session.send(text("1234"));
    session.send(text("5678"));
    assertFalse(session.send(text("")));
    assertEquals(List.of("closed: transport error"), events.take());
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void oneMessageAloneMayBeLargerThanTheBound() {
    transport.setWritable(false);
    assertTrue(session.send(text("12345678901234567890")));
    assertTrue(session.isOpen());
  }

  @Test
  void whatTheTransportHasTakenAndNotWrittenCountsToo() {
    transport.onEachSend(() -> transport.setWritable(false));
    session.send(text("1234"));
    assertEquals(5, session.bufferedBytes());
    session.send(text("5678"));
    assertEquals(10, session.bufferedBytes());
    transport.onEachSend(() -> {});
    transport.setWritable(true);
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void pastTheTotalBoundASessionThatHoldsMuchEndsWhenItIsSentMore() {
    EngineFixture two =
        new EngineFixture(EngineFixture.quick().maxTotalOutboundBytes(100_000).build());
    EngineFixture.Opened greedy = two.open(MemoryTransport.webSocket());
    EngineFixture.Opened modest = two.open(MemoryTransport.webSocket());
    greedy.transport().setWritable(false);
    modest.transport().setWritable(false);
    assertTrue(greedy.session().send(text("x".repeat(69_999))));
    assertTrue(modest.session().send(text("x".repeat(29_998))));
    // The total is 99,999: one more byte is at the bound, a second one past it.
    assertTrue(greedy.session().send(text("")));
    assertTrue(greedy.session().isOpen());
    assertTrue(modest.session().send(text("")));
    assertFalse(greedy.session().send(text("")));
    assertEquals(List.of("closed: transport error"), greedy.events().take());
    assertTrue(modest.session().isOpen());
    // What the ended session held is free again.
    assertTrue(modest.session().send(text("x".repeat(60_000))));
    assertTrue(modest.session().send(text("")));
    assertTrue(modest.session().isOpen());
  }

  @Test
  void whatATransportHadTakenIsFreeAgainWhenItsSessionEnds() {
    EngineFixture two =
        new EngineFixture(EngineFixture.quick().maxTotalOutboundBytes(100_000).build());
    EngineFixture.Opened lost = two.open(MemoryTransport.webSocket());
    lost.transport().onEachSend(() -> lost.transport().setWritable(false));
    assertTrue(lost.session().send(text("x".repeat(90_000))));
    lost.transport().lose(CloseReason.TRANSPORT_CLOSE);
    EngineFixture.Opened other = two.open(MemoryTransport.webSocket());
    other.transport().setWritable(false);
    assertTrue(other.session().send(text("x".repeat(70_000))));
    assertTrue(other.session().send(text("")));
  }

  @Test
  void aSessionThatHoldsLittleIsSparedPastTheTotalBound() {
    EngineFixture two = new EngineFixture(EngineFixture.quick().maxTotalOutboundBytes(10).build());
    EngineFixture.Opened modest = two.open(MemoryTransport.webSocket());
    modest.transport().setWritable(false);
    assertTrue(modest.session().send(text("x".repeat(65_535))));
    assertTrue(modest.session().send(text("")));
    assertFalse(modest.session().send(text("")));
  }

  // Being writable.

  @Test
  void aSessionSaysWhenItIsWritableAgain() {
    transport.setWritable(false);
    assertFalse(session.isWritable());
    session.send(text("a"));
    transport.setWritable(true);
    assertEquals(List.of("drain"), events.take());
    assertTrue(session.isWritable());
  }

  @Test
  void nobodyIsToldOfADrainWhoDidNotAsk() {
    transport.setWritable(false);
    session.send(text("a"));
    transport.setWritable(true);
    assertEquals(List.of(), events.take());
  }

  @Test
  void aDrainIsToldOnce() {
    transport.setWritable(false);
    assertFalse(session.isWritable());
    transport.setWritable(true);
    transport.setWritable(false);
    transport.setWritable(true);
    assertEquals(List.of("drain"), events.take());
  }

  @Test
  void aSessionIsNotDrainedWhileTheTransportHoldsWhatItTook() {
    transport.setWritable(false);
    assertFalse(session.isWritable());
    session.send(text("a"));
    transport.onEachSend(() -> transport.setWritable(false));
    transport.setWritable(true);
    assertEquals(List.of("4a"), transport.sent());
    assertEquals(List.of(), events.take());
    transport.setWritable(true);
    assertEquals(List.of("drain"), events.take());
  }

  // Pauses in reading.

  @Test
  void readingIsPausedAndResumed() {
    session.setReceiving(false);
    assertFalse(transport.isReceiving());
    session.setReceiving(true);
    assertTrue(transport.isReceiving());
  }

  @Test
  void readingGoesOnWhenEverybodyWhoStoppedItHasResumedIt() {
    session.setReceiving(false);
    session.setReceiving(false);
    session.setReceiving(true);
    assertFalse(transport.isReceiving());
    session.setReceiving(true);
    assertTrue(transport.isReceiving());
  }

  @Test
  void aResumeThatOvertakesItsPauseLeavesTheSessionReading() {
    session.setReceiving(true);
    session.setReceiving(false);
    assertTrue(transport.isReceiving());
  }

  // The end.

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  void theReasonOfTheTransportIsTheReasonOfTheSession(CloseReason reason) {
    transport.lose(reason);
    assertEquals(List.of("closed: " + reason), events.take());
    assertFalse(session.isOpen());
    assertEquals(0, engine.sessions.size());
  }

  @Test
  void aClosePacketEndsTheSessionAndIsNotAnswered() {
    transport.deliver("4a", "1", "4b");
    assertEquals(List.of("a", "closed: transport close"), events.take());
    assertEquals("release", transport.ending());
  }

  @Test
  void closeDrainsAndThenCloses() {
    transport.setWritable(false);
    session.send(text("a"));
    session.close();
    assertNull(transport.ending());
    assertEquals(List.of(), events.take());
    transport.setWritable(true);
    assertEquals(List.of("4a"), transport.sent());
    assertEquals("close", transport.ending());
    assertEquals(List.of("closed: forced close"), events.take());
  }

  @Test
  void closeWithNothingToSendClosesAtOnce() {
    session.close();
    assertEquals("close", transport.ending());
    assertEquals(List.of("closed: forced close"), events.take());
  }

  @Test
  void closeUnderACorkSendsWhatWaitsAndCloses() {
    session.cork();
    session.send(text("a"));
    session.close();
    assertEquals(List.of("4a"), transport.sent());
    assertEquals("close", transport.ending());
  }

  @Test
  void closeDuringAWriteUnderACorkCloses() {
    transport.onEachSend(
        () -> {
          session.cork();
          session.close();
        });
    session.send(text("a"));
    assertEquals("close", transport.ending());
    session.uncork();
    assertEquals(List.of("closed: forced close"), events.take());
  }

  @Test
  void aCloseThatCannotDrainEndsInTime() {
    transport.setWritable(false);
    session.send(text("a"));
    session.close();
    engine.scheduler.advance(1000);
    transport.deliver("3");
    engine.scheduler.advance(996);
    assertEquals(List.of(), events.take());
    engine.scheduler.advance(4);
    assertEquals(List.of("closed: forced close"), events.take());
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void aTransportThatClosesLateEndsTheSessionWhenItHasClosed() {
    transport.closeLate();
    session.close();
    assertEquals(List.of(), events.take());
    assertSame(session, engine.sessions.find(session.id()));
    transport.finishClose();
    assertEquals(List.of("closed: forced close"), events.take());
    assertNull(engine.sessions.find(session.id()));
  }

  @Test
  void messagesAreNeitherTakenNorDeliveredWhileClosing() {
    transport.closeLate();
    session.close();
    assertFalse(session.send(text("a")));
    assertFalse(session.sendVolatile(text("a")));
    transport.deliver("4b");
    assertEquals(List.of(), transport.sent());
    assertEquals(List.of(), events.take());
  }

  @Test
  void aTransportThatIsLostWhileClosingIsAForcedClose() {
    transport.closeLate();
    session.close();
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(List.of("closed: forced close"), events.take());
  }

  @Test
  void closeNowDropsWhatWaits() {
    transport.setWritable(false);
    session.send(text("a"));
    session.closeNow();
    assertEquals(List.of("closed: forced close"), events.take());
    assertEquals(List.of(), transport.sent());
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void theEndIsToldOnce() {
    session.close();
    session.close();
    session.closeNow();
    transport.lose(CloseReason.TRANSPORT_ERROR);
    transport.deliver("1");
    engine.scheduler.advance(100_000);
    assertEquals(List.of("closed: forced close"), events.take());
  }

  @Test
  void nothingIsDeliveredOrTakenAfterTheEnd() {
    session.closeNow();
    events.take();
    transport.deliver("4a", "bAQ==", "3");
    assertFalse(session.send(text("b")));
    assertFalse(session.sendVolatile(text("b")));
    assertFalse(session.isWritable());
    assertFalse(session.isOpen());
    assertEquals(List.of(), events.take());
    assertEquals(List.of(), transport.sent());
  }

  @Test
  void aListenerMayCloseTheSessionFromWithinAMessage() {
    events.onEachText(text -> session.closeNow());
    transport.deliver("4a", "4b");
    assertEquals(List.of("a", "closed: forced close"), events.take());
  }

  @Test
  void anEndedSessionLeavesNoTimer() {
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    engine.scheduler.advance(1000);
    assertEquals(0, engine.scheduler.pending());
  }
}

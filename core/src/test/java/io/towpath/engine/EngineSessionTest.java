package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Receiving and ending on one transport. */
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

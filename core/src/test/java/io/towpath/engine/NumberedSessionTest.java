package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a resumable session keeps, while a transport carries it and while none does, and how it
 * ends; rules of {@code docs/resumable-sessions.md}.
 */
class NumberedSessionTest extends ResumableFixture {
  // Kept.

  @Test
  void whatWasWrittenIsKeptUntilItIsAcknowledged() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "12345");
    assertEquals(6, session.bufferedBytes());
    transport.deliver("71");
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void writingPausesWhileHalfOfTheBufferIsUnacknowledged() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    for (int i = 0; i < 20; i++) {
      send(session, "m" + i);
    }
    // Each message weighs 3 bytes and 64; the one that passes 500 is the last.
    assertEquals(8, transport.sent().size());
    assertFalse(session.isWritable());
    transport.deliver("74");
    assertEquals(4, transport.sent().size());
  }

  // Liveness.

  @Test
  void aMissedPongKillsTheTransportAndNotTheSession() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    scheduler.advance(25_010);
    assertTrue(transport.sent().contains("2"));
    scheduler.advance(20_010);
    assertEquals("4002", transport.ending());
    assertTrue(session.isDetached());
    assertNotNull(sessions.find(session.id()));
    assertEquals(List.of("detached"), events.take());
  }

  @Test
  void aPollIsPingedByAnsweringItsGet() {
    MemoryTransport poll = MemoryTransport.polling();
    ResumableSession session = onPoll(poll);
    poll.setWritable(true);
    scheduler.advance(25_010);
    assertEquals(List.of("2"), poll.sent());
    scheduler.advance(19_900);
    assertFalse(session.isDetached());
    scheduler.advance(200);
    assertTrue(session.isDetached());
  }

  @Test
  void aPollWithoutAGetIsDeadAfterThePingTimeout() {
    ResumableSession session = onPoll(MemoryTransport.polling());
    scheduler.advance(19_990);
    assertFalse(session.isDetached());
    scheduler.advance(20);
    assertTrue(session.isDetached());
  }

  @Test
  void aPollThatWasDeadComesBackAndStopsTheWindow() {
    ResumableSession session = onPoll(MemoryTransport.polling());
    send(session, "x");
    scheduler.advance(20_010);
    assertTrue(session.isDetached());
    MemoryTransport again = MemoryTransport.polling();
    session.board(on(4, 0, TransportName.POLLING), () -> again);
    assertFalse(session.isDetached());
    again.setWritable(true);
    assertEquals(List.of("81", "4x"), again.sent());
    for (int i = 0; i < 10; i++) {
      scheduler.advance(15_000);
      again.setWritable(true);
      session.board(on(4, 1, TransportName.POLLING), () -> again);
    }
    assertNotNull(sessions.find(session.id()));
  }

  // Detached.

  /** Opens on WebSocket, has heard one message of the client, and loses the transport. */
  ResumableSession detached(MemoryTransport transport) {
    ResumableSession session = open(transport, "4a");
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(List.of("detached"), events.take());
    return session;
  }

  @Test
  void aSessionThatWasNeverUsedIsNotKept() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport);
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertNull(sessions.find(session.id()));
    assertEquals(List.of("closed: transport close"), events.take());
  }

  @Test
  void theWindowEndsASessionThatNobodyComesBackTo() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    scheduler.advance(59_990);
    assertNotNull(sessions.find(session.id()));
    scheduler.advance(20);
    assertOver(session, "transport close", "window");
  }

  @Test
  void offersDoNotStopTheWindow() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    for (int i = 1; i <= 6; i++) {
      scheduler.advance(9_000);
      offer(session, i, 0);
    }
    scheduler.advance(6_010);
    assertOver(session, "transport close", "window");
  }

  @Test
  void aConfirmationStopsTheWindowAndTellsTheListener() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    scheduler.advance(59_000);
    offer(session, 1, 0).deliver("70");
    assertEquals(List.of("resumed"), events.take());
    scheduler.advance(20_000);
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void messagesWaitWhileDetachedAndVolatileOnesAreDropped() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    assertFalse(session.isWritable());
    assertFalse(session.sendVolatile(MessageBatch.text("v")));
    send(session, "x");
    MemoryTransport second = offer(session, 1, 0);
    second.sent();
    second.deliver("70");
    assertEquals(List.of("81", "4x"), second.sent());
  }

  @Test
  void aMessageGetsItsNumberWhenItIsFirstWrittenSoThatOneThatWasReplacedLeavesNoGap() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    session.slowConsumer(SlowConsumer.CONFLATE);
    assertTrue(session.send(MessageBatch.text("old").conflated("key")));
    send(session, "x");
    assertTrue(session.send(MessageBatch.text("new").conflated("key")));
    MemoryTransport second = offer(session, 1, 0);
    second.sent();
    second.deliver("70");
    assertEquals(List.of("81", "4x", "4new"), second.sent());
    second.deliver("72");
    assertTrue(session.isOpen());
    events.take();
    second.deliver("73");
    assertOver(session, "transport error", "bad ack");
  }

  @Test
  void aNewMessagePastTheBufferEndsADetachedSession() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    send(session, "x".repeat(BUFFER - 64 - 64 - 2));
    assertFalse(session.send(MessageBatch.text("y")));
    assertOver(session, "transport error", "buffer");
  }

  @Test
  void aMessageThatJustFitsTheBufferDoesNot() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    send(session, "x".repeat(BUFFER - 64 - 64 - 3));
    send(session, "y");
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void oneLargeMessageAloneDoesNotEndADetachedSession() {
    ResumableSession session = detached(MemoryTransport.webSocket());
    send(session, "x".repeat(2 * BUFFER));
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void whatWasHeldAtTheCutDoesNotEndTheSession() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    for (int i = 0; i < 20; i++) {
      send(session, "x".repeat(50));
    }
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertNotNull(sessions.find(session.id()));
    assertFalse(session.send(MessageBatch.text("one more")));
    assertNull(sessions.find(session.id()));
  }

  // Ends.

  @Test
  void theClientsGoodbyeEndsTheSession() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    transport.deliver("1");
    assertEquals("4001", transport.ending());
    assertOver(session, "transport close", "client closed");
  }

  @Test
  void aClosedSessionSaysGoodbyeWhenAllIsAcknowledged() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "x");
    session.close();
    assertNull(transport.ending());
    transport.deliver("71");
    assertEquals("4001", transport.ending());
    assertTrue(events.take().contains("closed: forced close"));
  }

  @Test
  void aClosedSessionWithNothingUnacknowledgedEndsAtOnce() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    session.close();
    assertEquals("4001", transport.ending());
  }

  @Test
  void aClosedSessionSaysGoodbyeAfterTwoSecondsWithoutAcknowledgement() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "x");
    session.close();
    transport.sent();
    scheduler.advance(2_010);
    assertTrue(transport.sent().contains("1"));
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void aClosedSessionResumesIfItIsCut() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "x");
    session.close();
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    MemoryTransport second = offer(session, 1, 0);
    second.sent();
    second.deliver("70");
    assertEquals(List.of("81", "4x"), second.sent());
    second.deliver("71");
    assertEquals("4001", second.ending());
  }

  @Test
  void aClosedSessionThatNobodyAcknowledgesEndsAfterAWindow() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "x");
    session.close();
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    scheduler.advance(60_010);
    assertNull(sessions.find(session.id()));
  }

  @Test
  void whatIsNoPacketEndsTheSessionAndNotOnlyTheTransport() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    transport.lose(CloseReason.PARSE_ERROR);
    assertOver(session, "transport error", "parse error");
  }
}

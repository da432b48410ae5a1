package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules of {@code docs/resumable-sessions.md}, each by itself, on transports in memory. */
class ResumableSessionTest {
  private static final int BUFFER = 1000;

  private static final EngineOptions OPTIONS =
      EngineOptions.builder()
          .pingInterval(Duration.ofSeconds(25))
          .pingTimeout(Duration.ofSeconds(20))
          .resume(ResumeOptions.defaults().withBuffer(BUFFER).withDetachedBytes(3000))
          .build();

  private final FakeScheduler scheduler = new FakeScheduler();
  private final EngineSessions sessions = new EngineSessions(OPTIONS, new DeadlineWheel(scheduler));
  private final SessionEvents events = new SessionEvents();

  private static HandshakeRequest request(String query, String address) {
    return new HandshakeRequest(
        "GET",
        "/engine.io/?" + query,
        HandshakeRequest.parseQuery(query),
        java.util.Map.of(),
        address,
        false);
  }

  private ResumableSession open(MemoryTransport transport) {
    return open(transport, events, "10.0.0.1");
  }

  private ResumableSession open(MemoryTransport transport, SessionEvents listener, String address) {
    HandshakeRequest request = request("EIO=4&towpath=1", address);
    EngineSession session = sessions.open(request, transport, opened -> listener);
    return assertInstanceOf(ResumableSession.class, session);
  }

  /** Opens on WebSocket, and has heard one message of the client. */
  private ResumableSession open(MemoryTransport transport, String message) {
    ResumableSession session = open(transport);
    transport.sent();
    transport.deliver(message);
    events.take();
    return session;
  }

  private static ResumeRequest attach(long generation, long ack, TransportName kind) {
    return new ResumeRequest(true, generation, ack, kind, "test-code");
  }

  private static ResumeRequest on(long generation, long ack, TransportName kind) {
    return new ResumeRequest(false, generation, ack, kind, ResumeRequest.NO_WHY);
  }

  private static MemoryTransport offer(ResumableSession session, long generation, long ack) {
    MemoryTransport offered = MemoryTransport.webSocket();
    assertNull(session.attach(attach(generation, ack, TransportName.WEBSOCKET), offered));
    return offered;
  }

  private static void send(EngineSession session, String text) {
    assertTrue(session.send(MessageBatch.text(text)));
  }

  private @Nullable Dismissal refusal(ResumableSession session, long generation, long ack) {
    MemoryTransport offered = MemoryTransport.webSocket();
    return session.attach(attach(generation, ack, TransportName.WEBSOCKET), offered);
  }

  private void assertOver(ResumableSession session, String reason, String description) {
    assertNull(sessions.find(session.id()));
    assertTrue(events.take().contains("closed: " + reason));
    assertEquals(description, events.description());
  }

  // Negotiation.

  @Test
  void theOpenPacketSaysWhatAClientThatAsksMayDo() {
    MemoryTransport transport = MemoryTransport.webSocket();
    open(transport);
    String open = transport.sent().get(0);
    assertTrue(
        open.endsWith(
            ",\"maxPayload\":1000000,\"resume\":{\"v\":1,\"window\":60000,\"buffer\":1000,"
                + "\"transports\":[\"websocket\",\"stream\",\"polling\"]}}"),
        open);
  }

  @Test
  void aClientThatDoesNotAskGetsAClassicSession() {
    MemoryTransport transport = MemoryTransport.webSocket();
    EngineSession session =
        sessions.open(request("EIO=4", "10.0.0.1"), transport, opened -> events);
    assertInstanceOf(ClassicSession.class, session);
    assertTrue(transport.sent().get(0).endsWith(",\"maxPayload\":1000000}"));
  }

  @Test
  void theServerMaySwitchResumableSessionsOff() {
    EngineOptions off =
        EngineOptions.builder().resume(ResumeOptions.defaults().withEnabled(false)).build();
    assertFalse(off.isResumable(request("EIO=4&towpath=1", "10.0.0.1")));
    assertTrue(OPTIONS.isResumable(request("EIO=4&towpath=1", "10.0.0.1")));
    assertFalse(OPTIONS.isResumable(request("EIO=4&towpath=1&b64=1", "10.0.0.1")));
    assertFalse(OPTIONS.isResumable(request("EIO=4&towpath=2", "10.0.0.1")));
  }

  @Test
  void theWindowIsAtLeastThePingIntervalAndTimeoutAndTenSeconds() {
    EngineOptions slow = EngineOptions.builder().pingInterval(Duration.ofSeconds(50)).build();
    assertEquals(80_000, slow.resume().window());
    assertEquals(60_000, OPTIONS.resume().window());
  }

  // Numbering.

  @Test
  void theOpeningTransportBeginsWithMessageOne() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport);
    transport.sent();
    transport.deliver("4a", "4b");
    assertEquals(List.of("a", "b"), events.take());
    assertEquals(2, session.received());
    send(session, "c");
    assertEquals(List.of("4c"), transport.sent());
  }

  @Test
  void aMessageBeforeItsNumberEndsTheSession() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    MemoryTransport second = offer(session, 1, 0);
    second.deliver("70");
    second.deliver("4b");
    assertOver(session, "transport error", "protocol error");
  }

  @Test
  void aGapEndsTheSession() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    transport.deliver("83", "4c");
    assertOver(session, "transport error", "sequence gap");
  }

  @Test
  void theNumberZeroIsNoMessages() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    transport.deliver("80");
    assertOver(session, "transport error", "protocol error");
  }

  @Test
  void whatHasArrivedBeforeIsSkipped() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    transport.deliver("81", "4a", "4b");
    assertEquals(List.of("b"), events.take());
    assertEquals(2, session.received());
  }

  @Test
  void aLowerAcknowledgementIsIgnored() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "x");
    send(session, "y");
    transport.deliver("72", "71");
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void anAcknowledgementOfWhatWasNotSentEndsTheSession() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    send(session, "x");
    transport.deliver("72");
    assertOver(session, "transport error", "bad ack");
  }

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

  @Test
  void anAcknowledgementWaits200Milliseconds() {
    MemoryTransport transport = MemoryTransport.webSocket();
    open(transport);
    transport.sent();
    transport.deliver("4a");
    scheduler.advance(100);
    transport.deliver("4b");
    scheduler.advance(95);
    assertEquals(List.of(), transport.sent());
    scheduler.advance(10);
    assertEquals(List.of("72"), transport.sent());
    scheduler.advance(1000);
    assertEquals(List.of(), transport.sent());
  }

  @Test
  void anAcknowledgementDoesNotWaitAfterAQuarterOfTheBuffer() {
    MemoryTransport transport = MemoryTransport.webSocket();
    open(transport);
    transport.sent();
    transport.deliver("4" + "x".repeat(200));
    assertEquals(List.of("71"), transport.sent());
  }

  // Offers.

  @Test
  void anOfferIsToldWhatHasArrivedAndCarriesNothingElse() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    MemoryTransport second = offer(session, 1, 0);
    assertEquals(List.of("71"), second.sent());
    send(session, "x");
    scheduler.advance(9_000);
    assertEquals(List.of(), second.sent());
    assertTrue(first.sent().contains("4x"));
  }

  @Test
  void anOfferEndsAfterTenSeconds() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport second = offer(session, 1, 0);
    scheduler.advance(9_990);
    assertNull(second.ending());
    scheduler.advance(20);
    assertEquals("4002", second.ending());
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void aNewerOfferOfItsKindClosesAnOlderOneAndARepeatedOneItself() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport second = offer(session, 5, 0);
    MemoryTransport same = offer(session, 5, 0);
    assertEquals("4002", second.ending());
    offer(session, 6, 0);
    assertEquals("4002", same.ending());
  }

  @Test
  void aStreamAndAWebSocketMayBeOfferedAtOnce() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport stream = MemoryTransport.stream();
    assertNull(session.attach(attach(2, 0, TransportName.STREAM), stream));
    MemoryTransport webSocket = offer(session, 3, 0);
    assertEquals(2, session.openOffers());
    assertNull(stream.ending());
    webSocket.deliver("70");
    assertEquals("4002", stream.ending());
    assertEquals(0, session.openOffers());
  }

  @Test
  void aStaleOfferIsRefused() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    assertEquals(Dismissal.STALE, refusal(session, 0, 0));
    offer(session, 5, 0);
    assertEquals(Dismissal.STALE, refusal(session, 4, 0));
  }

  @Test
  void anOfferThatAcknowledgesWhatWasNotSentIsRefused() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    assertEquals(Dismissal.BAD_NUMBERS, refusal(session, 1, 1));
  }

  @Test
  void theFirstPacketOfAnOfferConfirmsItOrEndsItAlone() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    MemoryTransport second = offer(session, 1, 0);
    second.deliver("4b");
    assertEquals("4002", second.ending());
    MemoryTransport third = offer(session, 2, 0);
    third.deliver("79");
    assertEquals("4008", third.ending());
    MemoryTransport fourth = offer(session, 3, 0);
    fourth.deliver("1");
    assertEquals("4002", fourth.ending());
    assertNull(first.ending());
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void a121stOfferWithinAMinuteIsRefused() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    for (int i = 1; i <= 120; i++) {
      offer(session, i, 0);
    }
    assertEquals(Dismissal.TOO_MANY_OFFERS, refusal(session, 121, 0));
    scheduler.advance(60_000);
    assertNull(refusal(session, 122, 0));
  }

  @Test
  void aPollsOfferIsNotRemembered() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    assertNull(session.attachPoll(attach(1, 0, TransportName.POLLING)));
    assertEquals(0, session.openOffers());
    assertEquals(0, session.confirmedGeneration());
  }

  // Confirmation.

  @Test
  void theConfirmationMovesTheSessionAndReplaysWhatIsNotAcknowledged() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    send(session, "x");
    send(session, "y");
    MemoryTransport second = offer(session, 1, 0);
    second.sent();
    second.deliver("71");
    assertEquals(List.of("82", "4y"), second.sent());
    assertEquals("4000", first.ending());
    send(session, "z");
    assertEquals(List.of("4z"), second.sent());
  }

  @Test
  void theAnswerToAConfirmationComesEvenIfNothingFollows() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport second = offer(session, 1, 0);
    second.sent();
    second.deliver("70");
    assertEquals(List.of("81"), second.sent());
  }

  @Test
  void anAcknowledgementThatIsOlderThanWhatTheOldTransportBroughtMovesNothingBack() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    send(session, "x");
    send(session, "y");
    MemoryTransport second = offer(session, 1, 0);
    second.sent();
    first.deliver("72");
    second.deliver("70");
    assertEquals(List.of("83"), second.sent());
  }

  @Test
  void attachmentsThatAreNotAcknowledgedAreReplayedWithoutTheirMessage() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    byte[] text = "451-[]".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    assertTrue(session.send(MessageBatch.encoded(text, List.of(new byte[] {1, 2}))));
    first.deliver("71");
    MemoryTransport second = offer(session, 1, 1);
    second.sent();
    second.deliver("71");
    assertEquals(List.of("82", "bAQI="), second.sent());
  }

  @Test
  void whatAReplacedTransportSaysIsIgnored() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    first.closeLate();
    MemoryTransport second = offer(session, 1, 0);
    second.deliver("70");
    events.take();
    first.deliver("82", "4late", "1");
    first.lose(CloseReason.TRANSPORT_CLOSE);
    assertEquals(List.of(), events.take());
    assertFalse(session.isDetached());
  }

  @Test
  void aConfirmationRestartsThePingTimer() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    scheduler.advance(20_000);
    MemoryTransport second = offer(session, 1, 0);
    second.deliver("70");
    second.sent();
    scheduler.advance(24_900);
    assertFalse(second.sent().contains("2"));
    scheduler.advance(200);
    assertTrue(second.sent().contains("2"));
  }

  @Test
  void aStreamIsConfirmedByARequestThatBelongsToIt() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    send(session, "x");
    MemoryTransport stream = MemoryTransport.stream();
    assertNull(session.attach(attach(2, 0, TransportName.STREAM), stream));
    stream.sent();
    Boarding boarding = session.board(on(2, 0, TransportName.STREAM), () -> stream);
    assertEquals(new Boarding.Aboard(stream), boarding);
    assertEquals(List.of("81", "4x"), stream.sent());
  }

  @Test
  void aRequestOfAStreamThatIsNotOfferedIsGone() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    assertEquals(Dismissal.OFFER_GONE, session.judge(on(2, 0, TransportName.STREAM)));
  }

  @Test
  void aRequestOfAnOlderTransportOrOfAnotherKindIsStale() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport second = offer(session, 3, 0);
    second.deliver("70");
    assertEquals(Dismissal.STALE, session.judge(on(2, 0, TransportName.POLLING)));
    assertEquals(Dismissal.STALE, session.judge(on(3, 0, TransportName.POLLING)));
  }

  @Test
  void theFirstRequestOfAPollConfirmsIt() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    send(session, "x");
    MemoryTransport poll = MemoryTransport.polling();
    session.board(on(4, 0, TransportName.POLLING), () -> poll);
    assertEquals("4000", first.ending());
    assertEquals(TransportName.POLLING, session.transport());
    poll.setWritable(true);
    assertEquals(List.of("81", "4x"), poll.sent());
  }

  // Bodies.

  private ResumableSession onPoll(MemoryTransport poll) {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    session.board(on(4, 0, TransportName.POLLING), () -> poll);
    return session;
  }

  private static @Nullable Dismissal body(ResumableSession session, EnginePacket... packets) {
    return session.receiveBody(on(4, 0, TransportName.POLLING), List.of(packets), null);
  }

  @Test
  void everyBodyIsNumberedAnew() {
    ResumableSession session = onPoll(MemoryTransport.polling());
    assertNull(body(session, new EnginePacket.Next(2), EnginePacket.Text.of("b")));
    assertEquals(2, session.received());
    assertEquals(Dismissal.SESSION_OVER, body(session, EnginePacket.Text.of("c")));
    assertOver(session, "transport error", "protocol error");
  }

  @Test
  void aBodyThatComesTwiceCountsOnce() {
    ResumableSession session = onPoll(MemoryTransport.polling());
    events.take();
    for (int i = 0; i < 2; i++) {
      assertNull(body(session, new EnginePacket.Next(2), EnginePacket.Text.of("b")));
    }
    assertEquals(List.of("b"), events.take());
  }

  @Test
  void aBodyOfAReplacedTransportIsStaleAndNothingOfItCounts() {
    ResumableSession session = onPoll(MemoryTransport.polling());
    offer(session, 7, 0).deliver("70");
    assertEquals(
        Dismissal.STALE, body(session, new EnginePacket.Next(2), EnginePacket.Text.of("b")));
    assertEquals(1, session.received());
  }

  @Test
  void theAnswerToAPingGoesDownTheTransportAndNotIntoTheAnswerOfThePost() {
    MemoryTransport poll = MemoryTransport.polling();
    ResumableSession session = onPoll(poll);
    assertNull(body(session, new EnginePacket.Ping("17")));
    assertEquals(List.of(), poll.sent());
    poll.setWritable(true);
    assertEquals(List.of("317"), poll.sent());
  }

  @Test
  void nineControlPacketsLeaveRoomForEight() {
    MemoryTransport poll = MemoryTransport.polling();
    ResumableSession session = onPoll(poll);
    for (int i = 1; i <= 9; i++) {
      assertNull(body(session, new EnginePacket.Ping("" + i)));
    }
    poll.setWritable(true);
    assertEquals(List.of("31", "32", "33", "34", "35", "36", "37", "38"), poll.sent());
  }

  @Test
  void aBodyThatIsNoPayloadEndsTheSession() {
    ResumableSession session = onPoll(MemoryTransport.polling());
    ResumeRequest asked = on(4, 0, TransportName.POLLING);
    assertEquals(Dismissal.SESSION_OVER, session.receiveBody(asked, List.of(), "parse error"));
    assertOver(session, "transport error", "parse error");
  }

  @Test
  void aNewerBodyCutsTheOneThatIsOnItsWay() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    Runnable first = () -> {};
    Runnable second = () -> {};
    assertNull(session.beginBody(first));
    assertEquals(first, session.beginBody(second));
    assertFalse(session.endBody(first));
    assertTrue(session.endBody(second));
  }

  // Liveness.

  @Test
  void aPingOfTheClientIsAnsweredWithItsDigits() {
    MemoryTransport transport = MemoryTransport.webSocket();
    open(transport, "4a");
    transport.deliver("242");
    assertEquals(List.of("342"), transport.sent());
  }

  @Test
  void theProbeAndTheUpgradeOfClassicSessionsAreErrors() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    ((MemoryTransport) Objects.requireNonNull(session.transport(TransportName.WEBSOCKET)))
        .deliver("5");
    assertOver(session, "transport error", "parse error");
    MemoryTransport other = MemoryTransport.webSocket();
    ResumableSession second = open(other, "4a");
    other.deliver("2probe");
    assertOver(second, "transport error", "parse error");
  }

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
  void anyPacketIsASignOfLife() {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, "4a");
    for (int i = 0; i < 10; i++) {
      scheduler.advance(20_000);
      transport.deliver("70");
    }
    assertFalse(transport.sent().contains("2"));
    assertFalse(session.isDetached());
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

  private ResumableSession detached(MemoryTransport transport) {
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

  @Test
  void theBudgetOfDetachedSessionsIsKeptByTheLargestOfTheAddressThatHoldsMost() {
    List<ResumableSession> kept = new ArrayList<>();
    List<SessionEvents> heard = new ArrayList<>();
    int[] sizes = {500, 800, 700};
    for (int size : sizes) {
      MemoryTransport transport = MemoryTransport.webSocket();
      SessionEvents listener = new SessionEvents();
      ResumableSession session = open(transport, listener, "10.0.0.1");
      transport.deliver("4a");
      transport.lose(CloseReason.TRANSPORT_CLOSE);
      send(session, "x".repeat(size));
      kept.add(session);
      heard.add(listener);
    }
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession other = open(transport, new SessionEvents(), "10.0.0.2");
    transport.deliver("4a");
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    send(other, "x".repeat(900));
    assertNull(sessions.find(kept.get(1).id()));
    assertEquals("budget", heard.get(1).description());
    assertNotNull(sessions.find(kept.get(0).id()));
    assertNotNull(sessions.find(kept.get(2).id()));
    assertNotNull(sessions.find(other.id()));
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

  @Test
  void anEndClosesTheOffersToo() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport offered = offer(session, 1, 0);
    session.closeNow();
    assertEquals("4001", offered.ending());
    assertEquals(Dismissal.SESSION_OVER, refusal(session, 2, 0));
    assertEquals(Dismissal.SESSION_OVER, session.judge(on(1, 0, TransportName.STREAM)));
  }

  @Test
  void aResumableSessionIsNotUpgraded() {
    MemoryTransport transport = MemoryTransport.polling();
    ResumableSession session = open(transport);
    MemoryTransport candidate = MemoryTransport.webSocket();
    session.offer(candidate);
    assertEquals("close", candidate.ending());
    assertNotNull(sessions.find(session.id()));
  }

  // What others are told.

  @Test
  void theHistorySaysWhichTransportCameWhenAndWhy() {
    MemoryTransport first = MemoryTransport.webSocket();
    ResumableSession session = open(first, "4a");
    scheduler.advance(1000);
    first.lose(CloseReason.TRANSPORT_CLOSE);
    scheduler.advance(500);
    offer(session, 1, 0).deliver("70");
    assertEquals(
        List.of(
            new TransportChange(TransportName.WEBSOCKET, "open", 0),
            new TransportChange(null, "lost", 1000),
            new TransportChange(TransportName.WEBSOCKET, "test-code", 1500)),
        session.transportHistory());
  }

  @Test
  void theHistoryKeepsTheNewest32Changes() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    for (int i = 1; i <= 33; i++) {
      offer(session, i, 0).deliver("70");
      scheduler.advance(10);
    }
    List<TransportChange> history = session.transportHistory();
    assertEquals(33, history.size());
    assertEquals(10, history.get(1).millis());
  }

  @Test
  void aPollsReasonIsThatOfItsOffer() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    session.attachPoll(attach(4, 0, TransportName.POLLING));
    session.board(on(4, 0, TransportName.POLLING), MemoryTransport::polling);
    assertEquals("test-code", session.transportHistory().get(1).reason());
  }
}

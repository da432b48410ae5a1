package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How transports of a resumable session come and go; rules of {@code docs/resumable-sessions.md}.
 */
class ResumableSessionTest extends ResumableFixture {
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

  @Test
  void aResumableSessionIsNotUpgraded() {
    MemoryTransport transport = MemoryTransport.polling();
    ResumableSession session = open(transport);
    MemoryTransport candidate = MemoryTransport.webSocket();
    session.offer(candidate);
    assertEquals("close", candidate.ending());
    assertNotNull(sessions.find(session.id()));
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

  @Test
  void anEndClosesTheOffersToo() {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    MemoryTransport offered = offer(session, 1, 0);
    session.closeNow();
    assertEquals("4001", offered.ending());
    assertEquals(Dismissal.SESSION_OVER, refusal(session, 2, 0));
    assertEquals(Dismissal.SESSION_OVER, session.judge(on(1, 0, TransportName.STREAM)));
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
    byte[] text = "451-[]".getBytes(StandardCharsets.UTF_8);
    assertTrue(session.send(MessageBatch.encoded(text, List.of(new byte[] {1, 2}))));
    first.deliver("71");
    MemoryTransport second = offer(session, 1, 1);
    second.sent();
    second.deliver("71");
    assertEquals(List.of("82", "bAQI="), second.sent());
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

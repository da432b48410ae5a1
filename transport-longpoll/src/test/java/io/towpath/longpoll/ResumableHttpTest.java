package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.ResumableSession;
import io.towpath.engine.ResumeRequest;
import io.towpath.engine.TransportName;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.SessionEvents;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Long-polls and streams of resumable sessions, request by request. */
class ResumableHttpTest {
  private static final String END = "\u001e";

  private final FakeScheduler scheduler = new FakeScheduler();
  private final EngineSessions sessions =
      new EngineSessions(EngineOptions.defaults(), new DeadlineWheel(scheduler));
  private final ResumableHttp http =
      new ResumableHttp(
          PollingOptions.builder().maxBodyBytes(1000).maxPayloadPackets(20).build(), scheduler);
  private final SessionEvents events = new SessionEvents();
  private final ResumableSession session = open();

  private ResumableSession open() {
    String query = "EIO=4&transport=polling&towpath=1";
    HandshakeRequest request =
        new HandshakeRequest(
            "GET",
            "/engine.io/?" + query,
            HandshakeRequest.parseQuery(query),
            Map.of(),
            "127.0.0.1",
            false);
    ResumablePolling poll = http.poll();
    EngineSession opened = sessions.open(request, poll, session -> events);
    MemoryPollExchange get = MemoryPollExchange.of("GET");
    poll.park(get);
    assertTrue(get.text().startsWith("0{"), get.text());
    return (ResumableSession) Objects.requireNonNull(opened);
  }

  @AfterEach
  void nothingIsAnsweredTwice() {
    assertEquals(List.of(), violations);
  }

  private List<String> violations = List.of();

  private MemoryPollExchange request(
      MemoryPollExchange exchange, boolean offer, long g, long ack, TransportName kind) {
    http.onRequest(session, new ResumeRequest(offer, g, ack, kind, "attach"), exchange);
    violations = exchange.violations();
    return exchange;
  }

  private MemoryPollExchange get(long g, long ack) {
    return request(MemoryPollExchange.of("GET"), false, g, ack, TransportName.POLLING);
  }

  private MemoryPollExchange post(long g, long ack, String... packets) {
    MemoryPollExchange exchange = MemoryPollExchange.post(String.join(END, packets));
    return request(exchange, false, g, ack, TransportName.POLLING);
  }

  private MemoryPollExchange stream(long g, long ack) {
    return request(MemoryPollExchange.of("GET"), true, g, ack, TransportName.STREAM);
  }

  private MemoryPollExchange streamPost(long g, long ack, String... packets) {
    MemoryPollExchange exchange = MemoryPollExchange.post(String.join(END, packets));
    return request(exchange, false, g, ack, TransportName.STREAM);
  }

  private void send(String text) {
    assertTrue(session.send(MessageBatch.text(text)));
  }

  // Long-polling.

  @Test
  void aBodyWithMessagesBeginsWithTheNumberOfTheFirst() {
    MemoryPollExchange get = get(0, 0);
    send("a");
    assertEquals("81" + END + "4a", get.text());
  }

  @Test
  void aLostAnswerIsRepeated() {
    send("a");
    assertEquals("81" + END + "4a", get(0, 0).text());
    assertEquals("81" + END + "4a", get(0, 0).text());
    assertFalse(get(0, 1).isAnswered());
  }

  @Test
  void aNewerGetReplacesAParkedOne() {
    MemoryPollExchange first = get(0, 0);
    MemoryPollExchange second = get(0, 0);
    assertEquals("6", first.text());
    send("a");
    assertEquals("81" + END + "4a", second.text());
  }

  @Test
  void aClientThatGivesItsGetUpMayComeBack() {
    get(0, 0).abort();
    assertFalse(session.isDetached());
    send("a");
    assertEquals("81" + END + "4a", get(0, 0).text());
  }

  @Test
  void theSilenceOfAPollIsCountedFromTheEndOfItsGet() {
    MemoryPollExchange first = get(0, 0);
    scheduler.advance(19_000);
    first.abort();
    scheduler.advance(19_000);
    assertFalse(session.isDetached());
    scheduler.advance(1_100);
    assertTrue(session.isDetached());
  }

  @Test
  void aPostIsAnsweredWithWhatHasArrived() {
    MemoryPollExchange post = post(0, 0, "81", "4a", "bAQI=");
    assertEquals(200, post.status());
    assertEquals("72", post.text());
    assertEquals(List.of("a", "0x0102"), events.take());
  }

  @Test
  void anEmptyPostIsAnsweredToo() {
    assertEquals("70", post(0, 0).text());
  }

  @Test
  void aPostThatComesTwiceCountsOnce() {
    post(0, 0, "81", "4a");
    assertEquals("71", post(0, 0, "81", "4a").text());
    assertEquals(List.of("a"), events.take());
  }

  @Test
  void nothingOfAPostCountsThatBreaksOff() {
    MemoryPollExchange open = MemoryPollExchange.openPost();
    request(open, false, 5, 0, TransportName.POLLING);
    open.sendBody(("81" + END + "4a").getBytes(StandardCharsets.UTF_8));
    open.abort();
    assertEquals(0, session.received());
    assertEquals("70", post(0, 0).text(), "the transport was not confirmed either");
  }

  @Test
  void aNewerPostCutsOneWhoseBodyIsOnItsWay() {
    MemoryPollExchange open = MemoryPollExchange.openPost();
    request(open, false, 0, 0, TransportName.POLLING);
    assertEquals("71", post(0, 0, "81", "4a").text());
    assertTrue(open.isDestroyed());
  }

  @Test
  void aBodyOfTheLimitIsTakenAndOneByteMoreEndsTheSession() {
    assertEquals(200, post(0, 0, "81", "4" + "x".repeat(996)).status());
    assertEquals(413, post(0, 0, "82", "4" + "x".repeat(997)).status());
    assertEquals("too large", events.description());
    assertNull(sessions.find(session.id()));
  }

  @Test
  void aPollThatIsOfferedIsAnsweredAtOnceAndNotConfirmed() {
    MemoryPollExchange parked = get(0, 0);
    MemoryPollExchange offer =
        request(MemoryPollExchange.of("GET"), true, 3, 0, TransportName.POLLING);
    assertEquals("70", offer.text());
    assertFalse(parked.isAnswered());
  }

  @Test
  void theFirstGetOfAnOfferedPollConfirmsIt() {
    MemoryPollExchange parked = get(0, 0);
    MemoryPollExchange confirming = get(3, 0);
    assertEquals("6", parked.text());
    send("a");
    assertEquals("81" + END + "4a", confirming.text());
    assertEquals(409, post(0, 0, "81", "4x").status());
    assertEquals(0, session.received());
  }

  @Test
  void theAnswerOfAPingIsNotInThePostsAnswer() {
    MemoryPollExchange parked = get(0, 0);
    assertEquals("70", post(0, 0, "25").text());
    assertEquals("35", parked.text());
  }

  @Test
  void badNumbersAreABadRequestAndHarmNobody() {
    MemoryPollExchange bad = get(0, 7);
    assertEquals(400, bad.status());
    assertEquals("{\"code\":3,\"message\":\"Bad request\"}", bad.text());
    assertNotNull(sessions.find(session.id()));
  }

  @Test
  void aSessionThatIsOverIsUnknown() {
    MemoryPollExchange parked = get(0, 0);
    session.closeNow();
    assertEquals("1", parked.text());
    assertEquals("{\"code\":1,\"message\":\"Session ID unknown\"}", get(0, 0).text());
    assertEquals(400, post(0, 0).status());
    assertEquals(400, stream(1, 0).status());
  }

  @Test
  void otherMethodsAreABadRequest() {
    MemoryPollExchange put =
        request(MemoryPollExchange.of("PUT"), false, 0, 0, TransportName.POLLING);
    assertEquals(400, put.status());
    assertEquals(
        400, request(MemoryPollExchange.post(""), true, 1, 0, TransportName.STREAM).status());
  }

  @Test
  void whileTheSessionTakesNothingAPostIsHeldAndThenGivenBack() {
    session.setReceiving(false);
    MemoryPollExchange held = post(0, 0, "81", "4a");
    assertFalse(held.isAnswered());
    scheduler.advance(3_990);
    assertFalse(held.isAnswered());
    scheduler.advance(20);
    assertEquals("70", held.text());
    assertEquals(List.of(), events.take());
    MemoryPollExchange again = post(0, 0, "81", "4a");
    session.setReceiving(true);
    assertEquals("71", again.text());
    assertEquals(List.of("a"), events.take());
  }

  // Streams.

  @Test
  void aStreamBeginsWithWhatHasArrivedAndHeadersAgainstBuffering() {
    MemoryPollExchange offered = stream(3, 0);
    assertEquals("70" + END, offered.streamed().take());
    assertEquals(
        Map.of(
            "Content-Type", "text/plain; charset=UTF-8",
            "Cache-Control", "no-store",
            "X-Accel-Buffering", "no",
            "X-Content-Type-Options", "nosniff"),
        offered.streamed().headers());
  }

  @Test
  void everyPacketOfAStreamIsFollowedByTheSeparator() {
    MemoryPollExchange offered = stream(3, 0);
    send("a");
    assertEquals("70", streamPost(3, 0).text());
    send("b");
    assertEquals("70" + END + "81" + END + "4a" + END + "4b" + END, offered.streamed().take());
  }

  @Test
  void aStreamThatIsReplacedEnds() {
    MemoryPollExchange offered = stream(3, 0);
    streamPost(3, 0);
    get(4, 0);
    assertTrue(offered.streamed().isOver());
    assertEquals(409, streamPost(3, 0).status());
  }

  @Test
  void aStreamThatWasLostIsGone() {
    MemoryPollExchange offered = stream(3, 0);
    streamPost(3, 0, "81", "4a");
    offered.abort();
    assertTrue(session.isDetached());
    assertEquals(410, streamPost(3, 0).status());
  }

  @Test
  void aPostForAStreamThatIsNotOfferedIsGone() {
    assertEquals(410, streamPost(3, 0).status());
  }

  @Test
  void anOlderStreamIsStale() {
    stream(3, 0);
    MemoryPollExchange older = stream(2, 0);
    assertEquals(409, older.status());
    assertEquals("", older.text());
  }

  @Test
  void nothingIsWrittenWhileTheNetworkTakesNothing() {
    MemoryPollExchange offered = stream(3, 0);
    streamPost(3, 0);
    offered.streamed().take();
    offered.streamed().setTaking(false);
    send("a");
    assertEquals("", offered.streamed().take());
    offered.streamed().setTaking(true);
    assertEquals("4a" + END, offered.streamed().take());
  }

  @Test
  void theGoodbyeOfAStreamIsItsLastPacket() {
    MemoryPollExchange offered = stream(3, 0);
    streamPost(3, 0);
    offered.streamed().take();
    session.closeNow();
    assertEquals("1" + END, offered.streamed().take());
    assertTrue(offered.streamed().isOver());
  }

  @Test
  void theBoundOnOffersIs429() {
    for (int i = 1; i <= 120; i++) {
      assertEquals("70" + END, stream(i, 0).streamed().take());
    }
    assertEquals(429, stream(121, 0).status());
  }
}

package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Scheduler;
import io.towpath.engine.Transport;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.PollingTestPeer;
import io.towpath.testkit.TransportEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PollingTransportTest {
  private static final PollingOptions OPTIONS =
      PollingOptions.builder().maxBodyBytes(100).maxPayloadPackets(10).build();
  private static final Map<String, String> PAYLOAD_HEADERS =
      Map.of("Content-Type", "text/plain; charset=UTF-8", "Cache-Control", "no-store");

  private final FakeScheduler scheduler = new FakeScheduler();
  private final TransportEvents events = new TransportEvents();
  private final PollingTransport transport = new PollingTransport(OPTIONS, scheduler);
  private final PollingTestPeer peer = new PollingTestPeer(transport);

  @BeforeEach
  void start() {
    transport.start(events);
  }

  @AfterEach
  void theContractWasKept() {
    assertEquals(List.of(), events.violations());
    assertEquals(List.of(), peer.violations());
  }

  private void send(String... texts) {
    List<MessageBatch> batch = new ArrayList<>();
    for (String text : texts) {
      batch.add(MessageBatch.text(text));
    }
    transport.send(batch);
  }

  private void assertEnded(CloseReason reason, @Nullable String description) {
    assertEquals(reason, events.closeReason());
    assertEquals(description, events.closeDescription());
  }

  private void assertOpen() {
    assertNull(events.closeReason());
    MemoryPollExchange poll = peer.poll();
    send("alive");
    assertEquals("4alive", poll.text());
  }

  private static void assertEmpty(int status, MemoryPollExchange exchange) {
    assertEquals(new PollResponse(status, Map.of(), List.of()), exchange.response());
  }

  // GET

  @Test
  void aGetIsParkedUntilThereIsSomethingToSay() {
    MemoryPollExchange poll = peer.poll();
    assertFalse(poll.isAnswered());
    send("hello");
    assertEquals("4hello", poll.text());
  }

  @Test
  void aGetIsAnsweredWithAllThatIsSentAtOnce() {
    MemoryPollExchange poll = peer.poll();
    send("test1", "test2", "test3");
    assertEquals("4test1\u001e4test2\u001e4test3", poll.text());
  }

  @Test
  void aPayloadIsUncachedTextInUtf8() {
    MemoryPollExchange poll = peer.poll();
    send("hello");
    assertEquals(200, poll.status());
    assertEquals(PAYLOAD_HEADERS, poll.response().headers());
  }

  @Test
  void theSessionMayAnswerAGetBeforeItIsParkedForLong() {
    PollingTransport served = new PollingTransport(OPTIONS, scheduler);
    served.start(
        new Transport.Events() {
          @Override
          public void onWritable() {
            served.send(List.of(MessageBatch.text("queued")));
          }

          @Override
          public void onPacket(EnginePacket packet) {}

          @Override
          public void onBurstEnd() {}

          @Override
          public void onClosed(CloseReason reason, @Nullable String description) {}
        });
    assertEquals("4queued", new PollingTestPeer(served).poll().text());
    assertFalse(served.isWritable());
  }

  @Test
  void aLargePayloadIsCompressedForAClientThatAcceptsIt() {
    MemoryPollExchange poll = MemoryPollExchange.of("GET").withHeader("Accept-Encoding", "gzip");
    transport.onRequest(poll);
    send("x".repeat(2000));
    assertEquals("gzip", poll.response().headers().get("Content-Encoding"));
    assertTrue(poll.bytes().length < 200);
  }

  @Test
  void messagesThatAreNotToBeCompressedAreNotUnlessOneInTheSameAnswerIs() {
    MemoryPollExchange poll = MemoryPollExchange.of("GET").withHeader("Accept-Encoding", "gzip");
    transport.onRequest(poll);
    MessageBatch plain = MessageBatch.text("x".repeat(2000)).compressible(false);
    transport.send(List.of(plain, EnginePacket.PING));
    assertEquals(PAYLOAD_HEADERS, poll.response().headers());
    MemoryPollExchange mixed = MemoryPollExchange.of("GET").withHeader("Accept-Encoding", "gzip");
    transport.onRequest(mixed);
    transport.send(List.of(plain, MessageBatch.text("y")));
    assertEquals("gzip", mixed.response().headers().get("Content-Encoding"));
  }

  @Test
  void nothingIsCompressedWhenTheOptionSaysSo() {
    PollingTransport plain =
        new PollingTransport(OPTIONS.toBuilder().httpCompression(false).build(), scheduler);
    plain.start(new TransportEvents());
    MemoryPollExchange poll = MemoryPollExchange.of("GET").withHeader("Accept-Encoding", "gzip");
    plain.onRequest(poll);
    plain.send(List.of(MessageBatch.text("x".repeat(2000))));
    assertEquals(PAYLOAD_HEADERS, poll.response().headers());
  }

  @Test
  void anEmptyBatchLeavesTheGetParked() {
    MemoryPollExchange poll = peer.poll();
    transport.send(List.of());
    assertFalse(poll.isAnswered());
    assertTrue(transport.isWritable());
  }

  @Test
  void aSecondGetEndsTheSessionAndBothAreAnswered() {
    MemoryPollExchange first = peer.poll();
    MemoryPollExchange second = peer.poll();
    assertEquals(200, first.status());
    assertEquals("1", first.text());
    assertEmpty(400, second);
    assertEnded(CloseReason.TRANSPORT_ERROR, "overlap from client");
  }

  @Test
  void theSessionKnowsOfTheEndBeforeTheClientIsTold() {
    MemoryPollExchange first = peer.poll();
    List<@Nullable CloseReason> known = new ArrayList<>();
    first.onAnswer(() -> known.add(events.closeReason()));
    peer.poll();
    assertEquals(List.of(CloseReason.TRANSPORT_ERROR), known);
  }

  @Test
  void anAbortedGetEndsTheSession() {
    peer.poll().abort();
    assertEnded(CloseReason.TRANSPORT_ERROR, "poll connection closed prematurely");
  }

  @Test
  void aClientThatGivesUpAfterTheAnswerIsNoError() {
    MemoryPollExchange poll = peer.poll();
    send("hello");
    poll.abort();
    assertOpen();
  }

  @Test
  void afterTheEndAGetIsRefused() {
    peer.poll().abort();
    assertEmpty(400, peer.poll());
  }

  // POST

  @Test
  void aPostIsAnsweredOkAsUncachedHtml() {
    MemoryPollExchange post = peer.post("4hello");
    assertEquals(200, post.status());
    assertEquals("ok", post.text());
    assertEquals(
        Map.of("Content-Type", "text/html", "Cache-Control", "no-store"),
        post.response().headers());
  }

  @Test
  void aPostIsAnsweredAfterItsPacketsAndTheEndOfTheBurst() {
    MemoryPollExchange post = MemoryPollExchange.post("4a\u001e4b");
    List<String> before = new ArrayList<>();
    post.onAnswer(() -> before.addAll(events.log()));
    peer.post(post);
    assertEquals(List.of("4a", "4b", "burst end"), before);
  }

  @Test
  void theParkedGetIsLeftAloneUntilTheEndOfTheBurst() {
    List<String> echoes = new ArrayList<>();
    events
        .onEachPacket(packet -> echoes.add(((EnginePacket.Text) packet).string()))
        .onEachBurstEnd(() -> send(echoes.toArray(new String[0])));
    MemoryPollExchange poll = peer.poll();
    peer.post("4test1", "4test2", "4test3");
    assertEquals("4test1\u001e4test2\u001e4test3", poll.text());
  }

  @Test
  void aBodyMayArriveInParts() {
    MemoryPollExchange post = peer.post(MemoryPollExchange.openPost());
    post.sendBody("4he".getBytes(UTF_8));
    assertEquals(List.of(), events.packets());
    post.sendBody("llo".getBytes(UTF_8));
    post.endBody();
    assertEquals(List.of("4hello"), events.packets());
    assertEquals("ok", post.text());
  }

  @Test
  void aBodyOfExactlyTheLimitPasses() {
    assertEquals("ok", peer.post("4" + "x".repeat(99)).text());
    assertEquals(1, events.packets().size());
  }

  @Test
  void aBodyOfOneByteMoreIsTooLargeAndTheSessionLivesOn() {
    assertEmpty(413, peer.post("4" + "x".repeat(100)));
    assertEquals(List.of(), events.packets());
    assertOpen();
  }

  @Test
  void afterABodyThatIsTooLargeTheNextPostIsTaken() {
    peer.post("4" + "x".repeat(100));
    assertEquals("ok", peer.post("4a").text());
    assertEquals(List.of("4a"), events.packets());
  }

  @Test
  void asManyPacketsAsTheLimitPass() {
    assertEquals("ok", peer.post("4\u001e".repeat(9) + "4").text());
    assertEquals(10, events.packets().size());
  }

  @Test
  void onePacketMoreEndsTheSession() {
    assertEmpty(400, peer.post("4\u001e".repeat(10) + "4"));
    assertEquals(10, events.packets().size());
    assertEnded(CloseReason.PARSE_ERROR, "too many packets in a payload");
  }

  @Test
  void aSecondPostEndsTheSessionAndTheFirstIsCut() {
    MemoryPollExchange poll = peer.poll();
    MemoryPollExchange first = peer.post(MemoryPollExchange.openPost());
    MemoryPollExchange second = peer.post("4b");
    assertTrue(first.isDestroyed());
    assertEmpty(400, second);
    assertEquals("1", poll.text());
    assertEquals(List.of(), events.packets());
    assertEnded(CloseReason.TRANSPORT_ERROR, "data request overlap from client");
  }

  @Test
  void aSecondPostWhileTheFirstIsHandedUpEndsTheSessionAfterThatPacket() {
    List<MemoryPollExchange> second = new ArrayList<>();
    events.onEachPacket(packet -> second.add(peer.post("4x")));
    MemoryPollExchange first = peer.post("4a", "4b");
    assertTrue(first.isDestroyed());
    assertEmpty(400, second.get(0));
    assertEquals(List.of("4a", "burst end", "closed: transport error"), events.log());
  }

  @Test
  void anAbortedPostEndsTheSession() {
    MemoryPollExchange poll = peer.poll();
    MemoryPollExchange post = peer.post(MemoryPollExchange.openPost());
    post.sendBody("4a".getBytes(UTF_8));
    post.abort();
    assertEquals("1", poll.text());
    assertEquals(List.of(), events.packets());
    assertEnded(CloseReason.TRANSPORT_ERROR, "data request connection closed prematurely");
  }

  @Test
  void anOctetStreamIsInvalidContent() {
    MemoryPollExchange poll = peer.poll();
    MemoryPollExchange post =
        MemoryPollExchange.post("4a").withHeader("Content-Type", "application/octet-stream");
    assertEmpty(400, peer.post(post));
    assertEquals("1", poll.text());
    assertEnded(CloseReason.TRANSPORT_ERROR, "invalid content");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/octet-stream; x=y", "text/plain;charset=UTF-8", "Application/json"})
  void anyOtherContentTypeIsTaken(String contentType) {
    peer.post(MemoryPollExchange.post("4a").withHeader("Content-Type", contentType));
    assertEquals(List.of("4a"), events.packets());
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "", "4a\u001e", "\u001e4a", "b%"})
  void anInvalidPayloadIsRefusedAndEndsTheSession(String payload) {
    MemoryPollExchange poll = peer.poll();
    assertEmpty(400, peer.post(MemoryPollExchange.post(payload)));
    assertEquals("1", poll.text());
    assertEquals(CloseReason.PARSE_ERROR, events.closeReason());
  }

  @Test
  void malformedUtf8IsAnInvalidPayload() {
    assertEmpty(400, peer.post(MemoryPollExchange.post(new byte[] {'4', (byte) 0xff})));
    assertEnded(CloseReason.PARSE_ERROR, "malformed UTF-8");
  }

  @Test
  void thePacketsBeforeABadOneAreABurstOfTheirOwn() {
    peer.post("4a", "abc", "4b");
    assertEquals(List.of("4a", "burst end", "closed: parse error"), events.log());
  }

  @Test
  void aClosePacketIsHandedUpAndWhatFollowsItIsIgnored() {
    peer.poll();
    peer.post("4a", "1", "4b", "abc");
    assertEquals(List.of("writable", "4a", "1", "burst end"), events.log());
  }

  @Test
  void aGetThatItsClosePacketHasOvertakenStillFindsTheSession() {
    events.onEachPacket(packet -> transport.release());
    assertEquals("ok", peer.post("1").text());
    assertEquals(List.of(), events.log());
    assertEquals("6", peer.poll().text());
    assertEquals(List.of("1"), events.packets());
    assertEmpty(400, peer.poll());
  }

  @Test
  void aClosePacketWithoutAGetIsHandedUpFiftyMillisecondsLater() {
    peer.post("1");
    peer.post("4too late");
    scheduler.advance(49);
    assertEquals(List.of(), events.packets());
    scheduler.advance(1);
    assertEquals(List.of("1"), events.packets());
    scheduler.advance(1_000);
    assertEquals(List.of("1"), events.packets());
  }

  @Test
  void aSessionThatLetsGoAtAClosePacketHasItsGetAnsweredWithNoop() {
    events.onEachPacket(packet -> transport.release());
    MemoryPollExchange poll = peer.poll();
    MemoryPollExchange post = peer.post("1");
    assertEquals("6", poll.text());
    assertEquals("ok", post.text());
    assertEmpty(400, peer.poll());
  }

  @Test
  void aPostThatMakesTheSessionCloseIsAnsweredOk() {
    events.onEachPacket(packet -> transport.close());
    MemoryPollExchange poll = peer.poll();
    MemoryPollExchange post = peer.post("2");
    assertEquals("1", poll.text());
    assertEquals("ok", post.text());
  }

  @Test
  void afterTheEndAPostIsRefusedUnread() {
    peer.poll().abort();
    assertEmpty(400, peer.post("4a"));
    assertEquals(List.of(), events.packets());
  }

  @Test
  void aSessionThatFailsDoesNotLeaveTheClientWaiting() {
    events.onEachPacket(
        packet -> {
          throw new IllegalStateException("a bug, planted by the test");
        });
    assertEmpty(400, peer.post("4a"));
    assertEnded(CloseReason.TRANSPORT_ERROR, "session failed");
  }

  @Test
  void aSessionThatFailsAtAGetDoesNotLeaveTheClientWaiting() {
    PollingTransport served = new PollingTransport(OPTIONS, scheduler);
    List<CloseReason> ends = new ArrayList<>();
    served.start(
        new Transport.Events() {
          @Override
          public void onWritable() {
            throw new IllegalStateException("a bug, planted by the test");
          }

          @Override
          public void onPacket(EnginePacket packet) {}

          @Override
          public void onBurstEnd() {}

          @Override
          public void onClosed(CloseReason reason, @Nullable String description) {
            ends.add(reason);
          }
        });
    assertEquals("1", new PollingTestPeer(served).poll().text());
    assertEquals(List.of(CloseReason.TRANSPORT_ERROR), ends);
  }

  // Other requests

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "get"})
  void anotherMethodIsAnErrorAndTheSessionLivesOn(String method) {
    MemoryPollExchange exchange = MemoryPollExchange.of(method);
    transport.onRequest(exchange);
    assertEmpty(500, exchange);
    assertOpen();
  }

  @Test
  void aRequestBeforeTheStartIsRefusedAloud() {
    PollingTransport unstarted = new PollingTransport(OPTIONS, scheduler);
    assertThrows(
        IllegalStateException.class, () -> unstarted.onRequest(MemoryPollExchange.of("GET")));
  }

  // Backpressure

  @Test
  void theOkWaitsUntilTheSessionReceivesAgain() {
    transport.setReceiving(false);
    MemoryPollExchange post = peer.post("4a");
    assertEquals(List.of("4a"), events.packets());
    assertFalse(post.isAnswered());
    transport.setReceiving(true);
    assertEquals("ok", post.text());
  }

  @Test
  void aSessionThatStopsInTheMiddleOfABurstGetsTheRestOfIt() {
    events.onEachPacket(packet -> transport.setReceiving(false));
    MemoryPollExchange post = peer.post("4a", "4b");
    assertEquals(List.of("4a", "4b", "burst end"), events.log());
    assertFalse(post.isAnswered());
    transport.setReceiving(true);
    assertEquals("ok", post.text());
  }

  @Test
  void aPostIsNotAnsweredTwiceByReceivingTwice() {
    transport.setReceiving(false);
    MemoryPollExchange post = peer.post("4a");
    transport.setReceiving(true);
    transport.setReceiving(true);
    assertEquals("ok", post.text());
    assertEquals("ok", peer.post("4b").text());
  }

  @Test
  void aBodyOnItsWayIsNotAnsweredByReceivingAgain() {
    MemoryPollExchange post = peer.post(MemoryPollExchange.openPost());
    transport.setReceiving(false);
    transport.setReceiving(true);
    assertFalse(post.isAnswered());
  }

  @Test
  void aClientThatGivesUpWaitingForTheOkEndsTheSession() {
    transport.setReceiving(false);
    peer.post("4a").abort();
    assertEnded(CloseReason.TRANSPORT_ERROR, "data request connection closed prematurely");
  }

  @Test
  void aPostThatWaitsForTheSessionIsAnsweredAtTheEnd() {
    transport.setReceiving(false);
    MemoryPollExchange post = peer.post("4a");
    peer.poll();
    transport.close();
    assertEquals("ok", post.text());
  }

  // The end

  @Test
  void theEndIsReportedWhenTheBurstThatCausedItIsOver() {
    events.onEachPacket(packet -> transport.close());
    peer.poll();
    peer.post("4a", "4b");
    assertEquals(List.of("writable", "4a", "burst end", "closed: forced close"), events.log());
  }

  @Test
  void closeTellsAParkedGetAtOnce() {
    MemoryPollExchange poll = peer.poll();
    transport.close();
    assertEquals("1", poll.text());
    assertEquals(PAYLOAD_HEADERS, poll.response().headers());
    assertEnded(CloseReason.FORCED_CLOSE, null);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void closeWithoutAGetTellsTheNextOne() {
    transport.close();
    assertNull(events.closeReason());
    assertEquals("6\u001e1", peer.poll().text());
    assertEnded(CloseReason.FORCED_CLOSE, null);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void aGetThatComesWhileCloseSetsItsTimerLeavesNoTimer() {
    List<PollingTransport> closing = new ArrayList<>();
    Scheduler slow =
        new Scheduler() {
          @Override
          public long now() {
            return scheduler.now();
          }

          @Override
          public Task schedule(long delayMillis, Runnable action) {
            new PollingTestPeer(closing.get(0)).poll();
            return scheduler.schedule(delayMillis, action);
          }
        };
    PollingTransport served = new PollingTransport(OPTIONS, slow);
    closing.add(served);
    served.start(events);
    served.close();
    assertEnded(CloseReason.FORCED_CLOSE, null);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void closeWaitsForAGetNoLongerThanItsTimeout() {
    transport.close();
    scheduler.advance(29_999);
    assertNull(events.closeReason());
    scheduler.advance(1);
    assertEnded(CloseReason.FORCED_CLOSE, "no poll came to be told");
  }

  @Test
  void aTimeoutOfNothingEndsAtOnce() {
    PollingTransport hasty =
        new PollingTransport(OPTIONS.toBuilder().closeTimeout(Duration.ZERO).build(), scheduler);
    TransportEvents ends = new TransportEvents();
    hasty.start(ends);
    hasty.close();
    scheduler.runDue();
    assertEquals(CloseReason.FORCED_CLOSE, ends.closeReason());
  }

  @Test
  void whileItWaitsForThatGetNothingIsWritable() {
    transport.close();
    assertFalse(transport.isWritable());
  }

  @Test
  void whileItWaitsForThatGetPacketsAreTakenAndDropped() {
    transport.close();
    assertEquals("ok", peer.post("4a", "3").text());
    assertEquals(List.of(), events.log());
  }

  @Test
  void whileItWaitsForThatGetAClosePacketEndsIt() {
    transport.close();
    assertEquals("ok", peer.post("1").text());
    assertEnded(CloseReason.FORCED_CLOSE, null);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void whileItWaitsForThatGetABadPacketEndsIt() {
    transport.close();
    assertEmpty(400, peer.post("abc"));
    assertEquals(CloseReason.PARSE_ERROR, events.closeReason());
  }

  @Test
  void atTheEndABodyOnItsWayIsCut() {
    peer.poll();
    MemoryPollExchange post = peer.post(MemoryPollExchange.openPost());
    transport.close();
    assertTrue(post.isDestroyed());
    post.sendBody("4a".getBytes(UTF_8));
    post.endBody();
    assertEquals(List.of(), events.packets());
  }

  @Test
  void releaseAnswersAParkedGetWithNoop() {
    MemoryPollExchange poll = peer.poll();
    transport.release();
    assertEquals("6", poll.text());
    assertEquals(CloseReason.FORCED_CLOSE, events.closeReason());
  }

  @Test
  void releaseWithoutAGetEndsAtOnce() {
    transport.release();
    assertEquals(CloseReason.FORCED_CLOSE, events.closeReason());
    assertEmpty(400, peer.poll());
  }

  @Test
  void releaseAfterCloseStillTellsTheNextGetOfTheClose() {
    transport.close();
    transport.release();
    assertEquals("6\u001e1", peer.poll().text());
  }

  @Test
  void whatIsSentAfterTheEndIsDropped() {
    MemoryPollExchange poll = peer.poll();
    poll.abort();
    send("lost");
    assertFalse(poll.isAnswered());
  }
}

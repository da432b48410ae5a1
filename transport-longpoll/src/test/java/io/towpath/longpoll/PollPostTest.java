package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.testkit.MemoryPollExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PollPostTest extends PollingFixture {
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
}

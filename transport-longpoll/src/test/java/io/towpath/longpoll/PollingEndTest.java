package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.Scheduler;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.PollingTestPeer;
import io.towpath.testkit.TransportEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PollingEndTest extends PollingFixture {
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

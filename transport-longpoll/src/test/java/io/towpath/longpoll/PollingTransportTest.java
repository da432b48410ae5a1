package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Transport;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.PollingTestPeer;
import io.towpath.testkit.TransportEvents;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GETs, and what is no request of polling. */
class PollingTransportTest extends PollingFixture {
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
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.testkit.MemoryTransport;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What a transport brings into a resumable session; rules of {@code docs/resumable-sessions.md}.
 */
class TrackTest extends ResumableFixture {
  // Numbers.

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

  // Control packets.

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

  // Replaced.

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
}

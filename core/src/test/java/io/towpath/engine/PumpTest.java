package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How messages leave a session: sending, corks, bounds and being writable, on one transport. */
class PumpTest {
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

  // Sending.

  @Test
  void aMessageLeavesAtOnceWhenTheTransportIsWritable() {
    assertTrue(session.send(text("a")));
    assertEquals(List.of(List.of("4a")), transport.writes());
  }

  @Test
  void aMessageAndItsAttachmentsStayTogether() {
    session.send(
        MessageBatch.encoded("451-[]".getBytes(StandardCharsets.UTF_8), List.of(new byte[] {1})));
    assertEquals(List.of("451-[]", "bAQ=="), transport.sent());
  }

  @Test
  void whatWaitedLeavesInOneWrite() {
    transport.setWritable(false);
    session.send(text("a"));
    session.send(text("b"));
    assertEquals(List.of(), transport.writes());
    transport.setWritable(true);
    assertEquals(List.of(List.of("4a", "4b")), transport.writes());
  }

  @Test
  void whatIsSentWhileAWriteIsUnderWayFollowsIt() {
    boolean[] once = {true};
    transport.onEachSend(
        () -> {
          if (once[0]) {
            once[0] = false;
            session.send(text("b"));
            session.send(text("c"));
          }
        });
    session.send(text("a"));
    assertEquals(List.of(List.of("4a"), List.of("4b", "4c")), transport.writes());
  }

  @Test
  void theAnswersToABurstLeaveInOneWrite() {
    events.onEachText(question -> session.send(text(question + "!")));
    transport.deliver("4a", "4b", "4c");
    assertEquals(List.of(List.of("4a!", "4b!", "4c!")), transport.writes());
  }

  @Test
  void nothingLeavesBeforeTheBurstEnds() {
    events.onEachText(question -> session.send(text(question + "!")));
    transport.deliverWithinBurst("4a");
    assertEquals(List.of(), transport.sent());
    transport.endBurst();
    assertEquals(List.of("4a!"), transport.sent());
  }

  @Test
  void aBurstWithoutMessagesHoldsNothingBack() {
    transport.deliverWithinBurst("3");
    session.send(text("a"));
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void corksNest() {
    session.cork();
    session.cork();
    session.send(text("a"));
    session.send(text("b"));
    session.uncork();
    assertEquals(List.of(), transport.writes());
    session.uncork();
    assertEquals(List.of(List.of("4a", "4b")), transport.writes());
  }

  @Test
  void anEmptyCorkWritesNothing() {
    session.cork();
    session.uncork();
    assertEquals(List.of(), transport.writes());
  }

  @Test
  void aFlushWritesDespiteTheCork() {
    session.cork();
    session.send(text("a"));
    session.flush();
    assertEquals(List.of("4a"), transport.sent());
    session.send(text("b"));
    assertEquals(List.of(), transport.sent());
    session.uncork();
    assertEquals(List.of("4b"), transport.sent());
  }

  @Test
  void aTransportThatBecomesWritableUnderACorkWaitsForIt() {
    transport.setWritable(false);
    session.cork();
    session.send(text("a"));
    transport.setWritable(true);
    assertEquals(List.of(), transport.sent());
    session.uncork();
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void aVolatileMessageLeavesWhenTheTransportIsWritable() {
    assertTrue(session.sendVolatile(text("a")));
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void aVolatileMessageIsDroppedWhenTheTransportIsNotWritable() {
    transport.setWritable(false);
    assertFalse(session.sendVolatile(text("a")));
    transport.setWritable(true);
    assertEquals(List.of(), transport.sent());
  }

  @Test
  void aVolatileMessageIsDroppedWhileAWriteIsUnderWay() {
    boolean[] accepted = {true};
    transport.onEachSend(() -> accepted[0] = session.sendVolatile(text("b")));
    session.send(text("a"));
    assertFalse(accepted[0]);
    assertEquals(List.of("4a"), transport.sent());
  }

  @Test
  void aSecondVolatileMessageIsDroppedWhenAPollTakesOnlyOne() {
    EngineFixture.Opened polled = engine.open(MemoryTransport.polling());
    polled.transport().setWritable(true);
    assertTrue(polled.session().sendVolatile(text("a")));
    assertFalse(polled.session().sendVolatile(text("b")));
    polled.transport().setWritable(true);
    assertEquals(List.of("4a"), polled.transport().sent());
  }

  // Bounds.

  @Test
  void asManyBytesMayWaitAsTheBoundSays() {
    transport.setWritable(false);
    assertTrue(session.send(text("1234")));
    assertTrue(session.send(text("5678")));
    assertEquals(10, session.bufferedBytes());
    assertTrue(session.isOpen());
  }

  @Test
  void oneBytePastTheBoundEndsTheSession() {
    transport.setWritable(false);
    session.send(text("1234"));
    session.send(text("5678"));
    assertFalse(session.send(text("")));
    assertEquals(List.of("closed: transport error"), events.take());
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void oneMessageAloneMayBeLargerThanTheBound() {
    transport.setWritable(false);
    assertTrue(session.send(text("12345678901234567890")));
    assertTrue(session.isOpen());
  }

  @Test
  void whatTheTransportHasTakenAndNotWrittenCountsToo() {
    transport.onEachSend(() -> transport.setWritable(false));
    session.send(text("1234"));
    assertEquals(5, session.bufferedBytes());
    session.send(text("5678"));
    assertEquals(10, session.bufferedBytes());
    transport.onEachSend(() -> {});
    transport.setWritable(true);
    assertEquals(0, session.bufferedBytes());
  }

  @Test
  void pastTheTotalBoundASessionThatHoldsMuchEndsWhenItIsSentMore() {
    EngineFixture two =
        new EngineFixture(EngineFixture.quick().maxTotalOutboundBytes(100_000).build());
    EngineFixture.Opened greedy = two.open(MemoryTransport.webSocket());
    EngineFixture.Opened modest = two.open(MemoryTransport.webSocket());
    greedy.transport().setWritable(false);
    modest.transport().setWritable(false);
    assertTrue(greedy.session().send(text("x".repeat(69_999))));
    assertTrue(modest.session().send(text("x".repeat(29_998))));
    // The total is 99,999: one more byte is at the bound, a second one past it.
    assertTrue(greedy.session().send(text("")));
    assertTrue(greedy.session().isOpen());
    assertTrue(modest.session().send(text("")));
    assertFalse(greedy.session().send(text("")));
    assertEquals(List.of("closed: transport error"), greedy.events().take());
    assertTrue(modest.session().isOpen());
    // What the ended session held is free again.
    assertTrue(modest.session().send(text("x".repeat(60_000))));
    assertTrue(modest.session().send(text("")));
    assertTrue(modest.session().isOpen());
  }

  @Test
  void whatATransportHadTakenIsFreeAgainWhenItsSessionEnds() {
    EngineFixture two =
        new EngineFixture(EngineFixture.quick().maxTotalOutboundBytes(100_000).build());
    EngineFixture.Opened lost = two.open(MemoryTransport.webSocket());
    lost.transport().onEachSend(() -> lost.transport().setWritable(false));
    assertTrue(lost.session().send(text("x".repeat(90_000))));
    lost.transport().lose(CloseReason.TRANSPORT_CLOSE);
    EngineFixture.Opened other = two.open(MemoryTransport.webSocket());
    other.transport().setWritable(false);
    assertTrue(other.session().send(text("x".repeat(70_000))));
    assertTrue(other.session().send(text("")));
  }

  @Test
  void aSessionThatHoldsLittleIsSparedPastTheTotalBound() {
    EngineFixture two = new EngineFixture(EngineFixture.quick().maxTotalOutboundBytes(10).build());
    EngineFixture.Opened modest = two.open(MemoryTransport.webSocket());
    modest.transport().setWritable(false);
    assertTrue(modest.session().send(text("x".repeat(65_535))));
    assertTrue(modest.session().send(text("")));
    assertFalse(modest.session().send(text("")));
  }

  // Being writable.

  @Test
  void aSessionSaysWhenItIsWritableAgain() {
    transport.setWritable(false);
    assertFalse(session.isWritable());
    session.send(text("a"));
    transport.setWritable(true);
    assertEquals(List.of("drain"), events.take());
    assertTrue(session.isWritable());
  }

  @Test
  void nobodyIsToldOfADrainWhoDidNotAsk() {
    transport.setWritable(false);
    session.send(text("a"));
    transport.setWritable(true);
    assertEquals(List.of(), events.take());
  }

  @Test
  void aDrainIsToldOnce() {
    transport.setWritable(false);
    assertFalse(session.isWritable());
    transport.setWritable(true);
    transport.setWritable(false);
    transport.setWritable(true);
    assertEquals(List.of("drain"), events.take());
  }

  @Test
  void aSessionIsNotDrainedWhileTheTransportHoldsWhatItTook() {
    transport.setWritable(false);
    assertFalse(session.isWritable());
    session.send(text("a"));
    transport.onEachSend(() -> transport.setWritable(false));
    transport.setWritable(true);
    assertEquals(List.of("4a"), transport.sent());
    assertEquals(List.of(), events.take());
    transport.setWritable(true);
    assertEquals(List.of("drain"), events.take());
  }
}

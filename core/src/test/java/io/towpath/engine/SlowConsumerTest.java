package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What each policy does with a peer that does not read. The bound here is 40 bytes. */
class SlowConsumerTest {
  private final List<EngineFixture> engines = new ArrayList<>();

  @AfterEach
  void theSessionKeptTheContractOfItsTransports() {
    engines.forEach(EngineFixture::assertContractKept);
  }

  private EngineFixture engine(EngineOptions.Builder options) {
    EngineFixture engine = new EngineFixture(options.build());
    engines.add(engine);
    return engine;
  }

  private EngineFixture.Opened stalled(SlowConsumer policy) {
    EngineFixture engine = engine(EngineFixture.quick().slowConsumer(policy).maxOutboundBytes(40));
    EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
    opened.transport().setWritable(false);
    return opened;
  }

  /** Ten bytes that a slow peer may have to do without. */
  private static MessageBatch event(String text) {
    return MessageBatch.droppable(("4" + text).getBytes(StandardCharsets.UTF_8), List.of());
  }

  private static MessageBatch answer(String text) {
    return MessageBatch.text(text);
  }

  private static List<String> delivered(EngineFixture.Opened opened) {
    opened.transport().sent();
    opened.transport().setWritable(true);
    return opened.transport().sent();
  }

  @Test
  void dropOldestKeepsEverythingUpToTheBound() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    for (int i = 1; i <= 4; i++) {
      assertTrue(opened.session().send(event("message " + i)));
    }
    assertEquals(0, opened.session().droppedMessages());
    assertEquals(
        List.of("4message 1", "4message 2", "4message 3", "4message 4"), delivered(opened));
  }

  @Test
  void dropOldestDropsTheOldestEventPastTheBound() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    for (int i = 1; i <= 6; i++) {
      assertTrue(opened.session().send(event("message " + i)));
    }
    assertEquals(2, opened.session().droppedMessages());
    assertEquals(40, opened.session().bufferedBytes());
    assertEquals(
        List.of("4message 3", "4message 4", "4message 5", "4message 6"), delivered(opened));
    assertTrue(opened.session().isOpen());
  }

  @Test
  void dropOldestNeverDropsAnAnswerAndKeepsTheOrder() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    assertTrue(opened.session().send(answer("answer  a")));
    assertTrue(opened.session().send(event("message 1")));
    assertTrue(opened.session().send(answer("answer  b")));
    assertTrue(opened.session().send(event("message 2")));
    assertTrue(opened.session().send(event("message 3")));
    assertEquals(
        List.of("4answer  a", "4answer  b", "4message 2", "4message 3"), delivered(opened));
  }

  @Test
  void dropOldestDropsTheNewEventWhenOnlyAnswersWait() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    for (int i = 1; i <= 4; i++) {
      assertTrue(opened.session().send(answer("answer  " + i)));
    }
    assertTrue(opened.session().send(event("message 1")));
    assertEquals(1, opened.session().droppedMessages());
    assertEquals(
        List.of("4answer  1", "4answer  2", "4answer  3", "4answer  4"), delivered(opened));
  }

  @Test
  void dropOldestEndsTheSessionWhenAnswersAlonePassTheBound() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    for (int i = 1; i <= 4; i++) {
      assertTrue(opened.session().send(answer("answer  " + i)));
    }
    assertFalse(opened.session().send(answer("answer  5")));
    assertFalse(opened.session().isOpen());
  }

  @Test
  void dropOldestStaysWithinTheBoundHoweverMuchIsSent() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    for (int i = 0; i < 1000; i++) {
      assertTrue(opened.session().send(event("message" + i % 10 + i / 100)));
      assertTrue(opened.session().bufferedBytes() <= 40);
    }
    assertEquals(996, opened.session().droppedMessages());
  }

  @Test
  void conflateKeepsTheLatestOfEachKeyInTheOrderOfTheLatest() {
    EngineFixture.Opened opened = stalled(SlowConsumer.CONFLATE);
    assertTrue(opened.session().send(event("a 1").conflated("a")));
    assertTrue(opened.session().send(event("b 1").conflated("b")));
    assertTrue(opened.session().send(event("other")));
    assertTrue(opened.session().send(event("a 2").conflated("a")));
    assertEquals(1, opened.session().droppedMessages());
    assertEquals(List.of("4b 1", "4other", "4a 2"), delivered(opened));
  }

  @Test
  void conflateStaysWithinTheBoundHoweverOftenAKeyIsSent() {
    EngineFixture.Opened opened = stalled(SlowConsumer.CONFLATE);
    for (int i = 0; i < 1000; i++) {
      assertTrue(opened.session().send(event("price " + i).conflated("price")));
      assertTrue(opened.session().send(event("size " + i).conflated("size")));
    }
    assertEquals(List.of("4price 999", "4size 999"), delivered(opened));
  }

  @Test
  void conflateDoesNotReplaceWhatTheTransportHas() {
    EngineFixture.Opened opened = stalled(SlowConsumer.CONFLATE);
    opened.transport().setWritable(true);
    assertTrue(opened.session().send(event("a 1").conflated("a")));
    assertTrue(opened.session().send(event("a 2").conflated("a")));
    assertEquals(0, opened.session().droppedMessages());
  }

  @Test
  void conflateEndsTheSessionWhenTheBoundIsPassedAllTheSame() {
    EngineFixture.Opened opened = stalled(SlowConsumer.CONFLATE);
    for (int i = 1; i <= 4; i++) {
      assertTrue(opened.session().send(event("message " + i).conflated("key " + i)));
    }
    assertFalse(opened.session().send(event("message 5").conflated("key 5")));
    assertFalse(opened.session().isOpen());
  }

  @Test
  void aKeyMustNotBeEmpty() {
    assertThrows(IllegalArgumentException.class, () -> event("a").conflated(""));
  }

  @Test
  void anotherPolicyMayBeChosenForOneSession() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DISCONNECT);
    opened.session().slowConsumer(SlowConsumer.DROP_OLDEST);
    for (int i = 1; i <= 5; i++) {
      assertTrue(opened.session().send(event("message " + i)));
    }
    assertTrue(opened.session().isOpen());
  }

  @Test
  void policiesThatDropGiveTheTransportAQuarterOfTheBoundAtOnce() {
    EngineFixture.Opened opened = stalled(SlowConsumer.DROP_OLDEST);
    for (int i = 1; i <= 4; i++) {
      opened.session().send(event("message " + i));
    }
    opened.transport().sent();
    opened.transport().setWritable(true);
    assertEquals(
        List.of(
            List.of("4message 1"),
            List.of("4message 2"),
            List.of("4message 3"),
            List.of("4message 4")),
        opened.transport().writes());
  }

  @Test
  void droppedBytesNoLongerCountForTheBoundOfAll() {
    EngineFixture engine =
        engine(EngineFixture.quick().slowConsumer(SlowConsumer.DROP_OLDEST).maxOutboundBytes(40));
    EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
    opened.transport().setWritable(false);
    for (int i = 1; i <= 9; i++) {
      opened.session().send(event("message " + i));
    }
    assertEquals(40, engine.sessions.outboundBytes());
    opened.transport().setWritable(true);
    assertEquals(0, engine.sessions.outboundBytes());
  }

  @Test
  void blockLetsTheSenderWaitForRoom() throws Exception {
    EngineFixture.Opened opened = stalled(SlowConsumer.BLOCK);
    fill(opened);
    FutureTask<Boolean> fifth = new FutureTask<>(() -> opened.session().send(event("message 5")));
    Thread sender = sending(fifth);
    awaitWaiting(sender);
    assertEquals(40, opened.session().bufferedBytes());
    opened.transport().setWritable(true);
    assertTrue(fifth.get(10, TimeUnit.SECONDS));
    sender.join(10_000);
    assertEquals(
        List.of("4message 1", "4message 2", "4message 3", "4message 4", "4message 5"),
        opened.transport().sent());
  }

  @Test
  void blockWritesWhatACorkHoldsBack() throws Exception {
    EngineFixture engine =
        engine(EngineFixture.quick().slowConsumer(SlowConsumer.BLOCK).maxOutboundBytes(40));
    EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
    opened.session().cork();
    fill(opened);
    assertTrue(opened.session().send(event("message 5")));
    assertEquals(
        List.of("4message 1", "4message 2", "4message 3", "4message 4"), opened.transport().sent());
    opened.session().uncork();
    assertEquals(List.of("4message 5"), opened.transport().sent());
  }

  @Test
  void blockLetsTheSenderGoWhenTheSessionEnds() throws Exception {
    EngineFixture.Opened opened = stalled(SlowConsumer.BLOCK);
    fill(opened);
    FutureTask<Boolean> fifth = new FutureTask<>(() -> opened.session().send(event("message 5")));
    awaitWaiting(sending(fifth));
    opened.session().closeNow();
    assertFalse(fifth.get(10, TimeUnit.SECONDS));
  }

  @Test
  void blockLetsAnInterruptedSenderGoAndKeepsTheSession() throws Exception {
    EngineFixture.Opened opened = stalled(SlowConsumer.BLOCK);
    fill(opened);
    CountDownLatch interrupted = new CountDownLatch(1);
    FutureTask<Boolean> fifth =
        new FutureTask<>(
            () -> {
              boolean sent = opened.session().send(event("message 5"));
              if (Thread.currentThread().isInterrupted()) {
                interrupted.countDown();
              }
              return sent;
            });
    Thread sender = sending(fifth);
    awaitWaiting(sender);
    sender.interrupt();
    assertFalse(fifth.get(10, TimeUnit.SECONDS));
    assertTrue(interrupted.await(10, TimeUnit.SECONDS));
    assertTrue(opened.session().isOpen());
  }

  @Test
  void blockEndsTheSessionOnAThreadThatMustNotWait() {
    EngineFixture engine =
        engine(EngineFixture.quick().slowConsumer(SlowConsumer.BLOCK).maxOutboundBytes(40));
    EngineFixture.Opened opened = engine.open(MemoryTransport.webSocket());
    opened.transport().setWritable(false);
    engine.scheduler.setMayWait(false);
    fill(opened);
    assertFalse(opened.session().send(event("message 5")));
    assertFalse(opened.session().isOpen());
  }

  private static void fill(EngineFixture.Opened opened) {
    for (int i = 1; i <= 4; i++) {
      assertTrue(opened.session().send(event("message " + i)));
    }
  }

  private static Thread sending(FutureTask<Boolean> task) {
    Thread sender = new Thread(task, "sender");
    sender.setDaemon(true);
    sender.start();
    return sender;
  }

  private static void awaitWaiting(Thread sender) {
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (sender.getState() != Thread.State.TIMED_WAITING) {
      assertTrue(System.nanoTime() < patience, "the sender does not wait");
      Thread.onSpinWait();
    }
  }
}

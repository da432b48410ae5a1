package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One message for many sessions: who writes it, when, and in which place. */
class FanOutTest {
  private final EngineFixture engine = new EngineFixture(EngineOptions.defaults());
  private final IoThread thread = new IoThread();

  @AfterEach
  void theSessionsKeptTheContractOfTheirTransports() {
    engine.assertContractKept();
  }

  /** Runs what it is given when the test says so. */
  private static final class IoThread implements Executor {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    void runOne() {
      tasks.remove().run();
    }
  }

  private List<EngineFixture.Opened> open(int count) {
    List<EngineFixture.Opened> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      opened.add(engine.open(MemoryTransport.webSocket(thread)));
    }
    return opened;
  }

  private static void broadcast(List<EngineFixture.Opened> to, MessageBatch message) {
    FanOut fanOut = new FanOut();
    for (EngineFixture.Opened one : to) {
      assertTrue(fanOut.send(one.session(), message, false));
    }
    fanOut.end();
  }

  private static void broadcast(List<EngineFixture.Opened> to, String message) {
    broadcast(to, MessageBatch.text(message));
  }

  private static List<List<String>> sent(List<EngineFixture.Opened> to) {
    return to.stream().map(one -> one.transport().sent()).toList();
  }

  private static List<List<String>> each(int count, String... messages) {
    return Collections.nCopies(count, List.of(messages));
  }

  @Test
  void aFewAreWrittenByTheCaller() {
    List<EngineFixture.Opened> few = open(FanOut.FEW);
    broadcast(few, "a");
    assertEquals(each(FanOut.FEW, "4a"), sent(few));
    assertTrue(thread.tasks.isEmpty());
  }

  @Test
  void manyAreWrittenByTheirIoThreadWhichIsAskedOnce() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    broadcast(many, "a");
    assertEquals(each(many.size()), sent(many));
    assertEquals(1, thread.tasks.size());
    thread.runOne();
    assertEquals(each(many.size(), "4a"), sent(many));
  }

  @Test
  void eachIsWrittenByItsOwnIoThread() {
    List<EngineFixture.Opened> here = open(FanOut.FEW);
    IoThread other = new IoThread();
    EngineFixture.Opened there = engine.open(MemoryTransport.webSocket(other));
    List<EngineFixture.Opened> all = new ArrayList<>(here);
    all.add(there);
    broadcast(all, "a");
    other.runOne();
    assertEquals(List.of("4a"), there.transport().sent());
    assertEquals(each(here.size()), sent(here));
    thread.runOne();
    assertEquals(each(here.size(), "4a"), sent(here));
  }

  @Test
  void aSessionWithoutAnIoThreadIsWrittenAtOnce() {
    EngineFixture.Opened plain = engine.open(MemoryTransport.webSocket());
    FanOut fanOut = new FanOut();
    fanOut.send(plain.session(), MessageBatch.text("a"), false);
    assertEquals(List.of("4a"), plain.transport().sent());
    fanOut.end();
    assertEquals(List.of(), plain.transport().sent());
  }

  @Test
  void whatComesForASessionThatWaitsLeavesInTheSameWrite() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    broadcast(many, "a");
    broadcast(many, "b");
    assertEquals(1, thread.tasks.size());
    thread.runOne();
    for (EngineFixture.Opened one : many) {
      assertEquals(List.of(List.of("4a", "4b")), one.transport().writes());
    }
  }

  @Test
  void aMessageForOneKeepsItsPlaceAndTakesWhatWaitsAlong() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    broadcast(many, "a");
    EngineFixture.Opened one = many.get(3);
    one.session().send(MessageBatch.text("b"));
    assertEquals(List.of(List.of("4a", "4b")), one.transport().writes());
    thread.runOne();
    assertEquals(List.of(), one.transport().writes());
    broadcast(many, "c");
    thread.runOne();
    assertEquals(List.of(List.of("4c")), one.transport().writes());
  }

  @Test
  void aTransportThatTakesNothingIsWrittenWhenItDoes() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 2);
    broadcast(many, "a");
    EngineFixture.Opened stuck = many.get(0);
    stuck.transport().setWritable(false);
    thread.runOne();
    assertEquals(List.of(), stuck.transport().sent());
    broadcast(many, "b");
    thread.runOne();
    assertEquals(List.of(), stuck.transport().sent());
    stuck.transport().setWritable(true);
    assertEquals(List.of("4a", "4b"), stuck.transport().sent());
  }

  @Test
  void uncorkingWritesWhatTheTurnHadToLeave() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    broadcast(many, "a");
    EngineSession corked = many.get(0).session();
    corked.cork();
    thread.runOne();
    assertEquals(List.of(), many.get(0).transport().sent());
    corked.uncork();
    assertEquals(List.of("4a"), many.get(0).transport().sent());
  }

  @Test
  void closingWritesWhatWaitsForItsTurn() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    broadcast(many, "a");
    many.get(0).session().close();
    assertEquals(List.of("4a"), many.get(0).transport().sent());
    assertEquals("close", many.get(0).transport().ending());
    thread.runOne();
    assertEquals(List.of(), many.get(0).transport().sent());
  }

  @Test
  void upToTheBoundWaitsForTheTurn() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    String half = "x".repeat(FanOut.MAX_WAITING_BYTES / 2 - 1);
    broadcast(many, half);
    broadcast(many, half);
    assertEquals(each(many.size()), sent(many));
    assertEquals(FanOut.MAX_WAITING_BYTES, many.get(0).session().bufferedBytes());
  }

  @Test
  void pastTheBoundTheCallerWrites() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    String half = "x".repeat(FanOut.MAX_WAITING_BYTES / 2 - 1);
    broadcast(many, half);
    broadcast(many, half + "y");
    assertEquals(each(many.size(), "4" + half, "4" + half + "y"), sent(many));
    assertEquals(0, many.get(0).session().bufferedBytes());
  }

  @Test
  void aQuarterOfASmallBoundOnOutboundBytesIsTheBoundHereToo() {
    EngineFixture small = new EngineFixture(EngineFixture.quick().maxOutboundBytes(40).build());
    EngineFixture.Opened opened = small.open(MemoryTransport.webSocket(thread));
    FanOut fanOut = new FanOut();
    fanOut.send(opened.session(), MessageBatch.text("a".repeat(9)), false);
    assertEquals(List.of(), opened.transport().sent());
    fanOut.send(opened.session(), MessageBatch.text("b".repeat(35)), false);
    assertTrue(opened.session().isOpen());
    fanOut.end();
    assertEquals(List.of("4" + "a".repeat(9), "4" + "b".repeat(35)), opened.transport().sent());
    small.assertContractKept();
  }

  @Test
  void whatMayBeReplacedLeavesAtOnce() {
    List<EngineFixture.Opened> many = open(FanOut.FEW + 1);
    broadcast(many, MessageBatch.text("a").conflated("key"));
    assertEquals(each(many.size(), "4a"), sent(many));
  }

  @Test
  void whatMayBeDroppedIsWhereTheTransportTakesNothing() {
    List<EngineFixture.Opened> many = open(2);
    many.get(0).transport().setWritable(false);
    FanOut fanOut = new FanOut();
    assertFalse(fanOut.send(many.get(0).session(), MessageBatch.text("a"), true));
    assertTrue(fanOut.send(many.get(1).session(), MessageBatch.text("a"), true));
    fanOut.end();
    many.get(0).transport().setWritable(true);
    assertEquals(List.of(List.of(), List.of("4a")), sent(many));
  }

  @Test
  void theIoThreadGetsToItsConnectionsAfterATurn() {
    List<EngineFixture.Opened> many = open(WriteTurns.SESSIONS_PER_TURN + 1);
    broadcast(many, "a");
    thread.runOne();
    int written = WriteTurns.SESSIONS_PER_TURN;
    assertEquals(each(written, "4a"), sent(many.subList(0, written)));
    assertEquals(List.of(), many.get(written).transport().sent());
    assertEquals(1, thread.tasks.size());
    thread.runOne();
    assertEquals(List.of("4a"), many.get(written).transport().sent());
    assertTrue(thread.tasks.isEmpty());
  }

  @Test
  void anIoThreadThatHasEndedLeavesItToTheCaller() {
    Executor ended =
        task -> {
          throw new RejectedExecutionException();
        };
    List<EngineFixture.Opened> many = new ArrayList<>();
    for (int i = 0; i <= 2 * WriteTurns.SESSIONS_PER_TURN; i++) {
      many.add(engine.open(MemoryTransport.webSocket(ended)));
    }
    broadcast(many, "a");
    assertEquals(each(many.size(), "4a"), sent(many));
  }

  @Test
  void manyThreadsAndOneIoThreadLoseAndReorderNothing() throws Exception {
    ExecutorService real = Executors.newSingleThreadExecutor();
    List<EngineFixture.Opened> many = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      many.add(engine.open(MemoryTransport.webSocket(real)));
    }
    int senders = 3;
    int messages = 500;
    CountDownLatch done = new CountDownLatch(senders);
    for (int s = 0; s < senders; s++) {
      int sender = s;
      new Thread(
              () -> {
                for (int i = 0; i < messages; i++) {
                  if (sender == 0) {
                    MessageBatch message = MessageBatch.text(sender + ":" + i);
                    many.forEach(one -> one.session().send(message));
                  } else {
                    broadcast(many, sender + ":" + i);
                  }
                }
                done.countDown();
              })
          .start();
    }
    assertTrue(done.await(60, TimeUnit.SECONDS));
    while (many.stream().anyMatch(one -> one.session().bufferedBytes() > 0)) {
      real.submit(() -> {}).get(60, TimeUnit.SECONDS);
    }
    real.shutdown();
    for (EngineFixture.Opened one : many) {
      int[] next = new int[senders];
      for (String packet : one.transport().sent()) {
        int colon = packet.indexOf(':');
        int sender = Integer.parseInt(packet.substring(1, colon));
        assertEquals(next[sender]++, Integer.parseInt(packet.substring(colon + 1)));
      }
      for (int sender = 0; sender < senders; sender++) {
        assertEquals(messages, next[sender]);
      }
    }
  }
}

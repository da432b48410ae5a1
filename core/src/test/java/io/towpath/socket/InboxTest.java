package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class InboxTest {
  private final SocketOptions options =
      SocketOptions.builder().maxInboxMessages(4).maxInboxBytes(100).build();
  private final SocketFixture server = new SocketFixture(options);
  private final SocketFixture.Client client = server.client();
  private final List<Object> handled = new ArrayList<>();
  private Consumer<Object> handler = item -> {};
  private final Inbox inbox = inbox(server.handlers);

  private Inbox inbox(java.util.concurrent.Executor executor) {
    Inbox.Surroundings surroundings =
        new Inbox.Surroundings(executor, new BurstWatch(server.scheduler), options);
    return new Inbox(client.session, surroundings) {
      @Override
      void handle(Object item) {
        handled.add(item);
        handler.accept(item);
      }
    };
  }

  @Test
  void whatIsAddedIsHandledInOrder() {
    inbox.add("a", 1);
    inbox.add("b", 1);
    inbox.wake();
    assertEquals(List.of(), handled);
    server.handlers.run();
    assertEquals(List.of("a", "b"), handled);
  }

  @Test
  void aBurstCostsOneWakeUp() {
    inbox.add("a", 1);
    inbox.wake();
    inbox.add("b", 1);
    inbox.wake();
    inbox.wake();
    server.handlers.run();
    assertEquals(1, server.handlers.wakeUps);
    assertEquals(List.of("a", "b"), handled);
    inbox.wake();
    assertEquals(1, server.handlers.wakeUps);
  }

  @Test
  void anIdleInboxHandlesOnTheSpotWhatNeedsNoHandlersThread() {
    assertTrue(inbox.handleHere("a"));
    assertEquals(List.of("a"), handled);
    assertEquals(0, server.handlers.wakeUps);
  }

  @Test
  void nothingIsHandledOnTheSpotBeforeWhatWaits() {
    inbox.add("a", 1);
    assertFalse(inbox.handleHere("b"));
    inbox.wake();
    assertFalse(inbox.handleHere("b"));
    handler = item -> assertFalse(inbox.handleHere("c"));
    server.handlers.run();
    assertEquals(List.of("a"), handled);
    handler = item -> {};
    assertTrue(inbox.handleHere("d"));
  }

  @Test
  void whatComesMeanwhileIsHandledAfterwardsAndNotOnTheSpot() {
    handler =
        item -> {
          inbox.add("b", 1);
          inbox.wake();
          assertEquals(0, server.handlers.wakeUps);
          handler = second -> {};
        };
    assertTrue(inbox.handleHere("a"));
    assertEquals(List.of("a"), handled);
    assertEquals(1, server.handlers.wakeUps);
    server.handlers.run();
    assertEquals(List.of("a", "b"), handled);
  }

  @Test
  void whatAHandlerAddsIsHandledAfterIt() {
    handler =
        item -> {
          if (item.equals("a")) {
            inbox.add("c", 1);
            inbox.wake();
          }
        };
    inbox.add("a", 1);
    inbox.add("b", 1);
    inbox.wake();
    server.handlers.run();
    assertEquals(List.of("a", "b", "c"), handled);
    assertEquals(1, server.handlers.wakeUps);
  }

  @Test
  void anInboxThatNeverEmptiesLeavesItsThreadToOthersAtTimes() {
    handler =
        item -> {
          if ((Integer) item < 20) {
            inbox.add((Integer) item + 1, 1);
          }
        };
    inbox.add(0, 1);
    inbox.wake();
    server.handlers.run();
    assertEquals(21, handled.size());
    assertEquals(3, server.handlers.wakeUps);
  }

  @Test
  void readingPausesAtTheBoundOfMessagesAndGoesOnWhenTheyAreHandled() {
    for (int i = 0; i < 3; i++) {
      inbox.add(i, 1);
    }
    assertTrue(client.transport.isReceiving());
    inbox.add(3, 1);
    assertFalse(client.transport.isReceiving());
    inbox.wake();
    server.handlers.run();
    assertTrue(client.transport.isReceiving());
  }

  @Test
  void readingPausesAtTheBoundOfBytes() {
    inbox.add("a", 99);
    assertTrue(client.transport.isReceiving());
    inbox.add("b", 1);
    assertFalse(client.transport.isReceiving());
    inbox.wake();
    server.handlers.run();
    assertTrue(client.transport.isReceiving());
  }

  @Test
  void readingGoesOnOnlyWhenHalfOfTheBoundIsFree() {
    List<Boolean> receiving = new ArrayList<>();
    handler =
        item -> {
          receiving.add(client.transport.isReceiving());
          if (item.equals("first")) {
            // What was still on its way in when reading paused.
            inbox.add("a", 1);
            inbox.add("b", 1);
            inbox.add("c", 1);
          }
        };
    inbox.add("first", 100);
    inbox.wake();
    server.handlers.run();
    assertEquals(List.of(false, false, false, false), receiving);
    assertTrue(client.transport.isReceiving());
  }

  @Test
  void readingPausesAgain() {
    for (int round = 0; round < 3; round++) {
      inbox.add("x", 100);
      assertFalse(client.transport.isReceiving());
      inbox.wake();
      server.handlers.run();
      assertTrue(client.transport.isReceiving());
    }
  }

  @Test
  void tasksCountAgainstNoBound() {
    for (int i = 0; i < 100; i++) {
      inbox.add(i, 0);
    }
    assertTrue(client.transport.isReceiving());
  }

  @Test
  void anInboxThatIsSlowKeepsReadingPausedWhenAnotherOneOfTheSessionIsDone() {
    Inbox other = inbox(server.handlers);
    inbox.add("slow", 100);
    other.add("fast", 100);
    other.wake();
    server.handlers.run();
    assertFalse(client.transport.isReceiving());
    inbox.wake();
    server.handlers.run();
    assertTrue(client.transport.isReceiving());
  }

  @Test
  void whatABurstOfHandlersSendsLeavesInOneWrite() {
    handler = item -> client.session.send(MessageBatch.text(String.valueOf(item)));
    inbox.add("a", 1);
    inbox.add("b", 1);
    inbox.wake();
    server.handlers.run();
    assertEquals(List.of(List.of("4a", "4b")), client.transport.writes());
  }

  @Test
  void aHandlerThatBlocksHoldsBackWhatWasSentBeforeItForTwoTicksAtMost() {
    handler =
        item -> {
          client.session.send(MessageBatch.text("before"));
          // The handler blocks; time goes on.
          server.scheduler.advance(4);
          assertEquals(List.of(), client.transport.sent());
          server.scheduler.advance(6);
          assertEquals(List.of("4before"), client.transport.sent());
          client.session.send(MessageBatch.text("again"));
          server.scheduler.advance(5);
          assertEquals(List.of("4again"), client.transport.sent());
          client.session.send(MessageBatch.text("after"));
        };
    inbox.add("a", 1);
    inbox.wake();
    server.handlers.run();
    assertEquals(List.of("4after"), client.transport.sent());
  }

  @Test
  void anExecutorThatIsShutDownLeavesTheWorkToTheCaller() {
    Inbox refused =
        inbox(
            task -> {
              throw new RejectedExecutionException("on purpose");
            });
    refused.add("a", 1);
    refused.wake();
    assertEquals(List.of("a"), handled);
  }

  @Test
  void anExecutorThatRunsTasksOnTheSpotCostsNoStack() {
    Inbox onTheSpot = inbox(Runnable::run);
    handler =
        item -> {
          int n = (Integer) item;
          if (n < 100_000) {
            onTheSpot.add(n + 1, 0);
            onTheSpot.wake();
          }
        };
    onTheSpot.add(0, 0);
    onTheSpot.wake();
    assertEquals(100_001, handled.size());
    handled.clear();
    onTheSpot.add(100_000, 0);
    onTheSpot.wake();
    assertEquals(1, handled.size());
  }

  @Test
  void anExecutorThatRefusesTasksCostsNoStack() {
    Inbox refused =
        inbox(
            task -> {
              throw new RejectedExecutionException();
            });
    handler =
        item -> {
          int n = (Integer) item;
          if (n < 100_000) {
            refused.add(n + 1, 0);
            refused.wake();
          }
        };
    refused.add(0, 0);
    refused.wake();
    assertEquals(100_001, handled.size());
  }

  @Test
  void inlineHandlersRunWhatTheyCauseAfterwards() {
    InlineHandlers inline = new InlineHandlers();
    List<Integer> depth = new ArrayList<>();
    cause(inline, depth, 100_000);
    assertEquals(100_001, depth.size());
  }

  private static void cause(InlineHandlers inline, List<Integer> log, int left) {
    inline.execute(
        () -> {
          log.add(left);
          if (left > 0) {
            cause(inline, log, left - 1);
          }
        });
  }

  @Test
  void inlineHandlersGoOnAfterOneThatThrows() {
    InlineHandlers inline = new InlineHandlers();
    assertThrows(
        IllegalStateException.class,
        () ->
            inline.execute(
                () -> {
                  throw new IllegalStateException("handler");
                }));
    inline.execute(() -> handled.add("next"));
    assertEquals(List.of("next"), handled);
  }
}

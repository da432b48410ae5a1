package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.DeadlineWheel;
import io.towpath.testkit.FakeScheduler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PendingAcksTest {
  private static final Json JSON = new Json(SocketOptions.defaults());

  private final FakeScheduler scheduler = new FakeScheduler();
  private final PendingAcks acks =
      new PendingAcks(new DeadlineWheel(scheduler), 2, Runnable::run, false);

  private static Arguments answer(String text) {
    return ArgumentsTest.ack(JSON, text);
  }

  private static @Nullable Throwable failure(CompletableFuture<Arguments> future) {
    return assertThrows(ExecutionException.class, future::get).getCause();
  }

  @Test
  void anAnswerCompletesWhatWaitsForItsId() throws Exception {
    CompletableFuture<Arguments> zero = acks.await(0, 0);
    CompletableFuture<Arguments> one = acks.await(1, 0);
    acks.answer(1, answer("[\"one\"]"));
    assertFalse(zero.isDone());
    assertEquals("one", one.get().get(0, String.class));
    acks.answer(0, answer("[\"zero\"]"));
    assertEquals("zero", zero.get().get(0, String.class));
  }

  @Test
  void anAnswerToNobodyIsIgnored() {
    acks.answer(5, answer("[]"));
    CompletableFuture<Arguments> one = acks.await(1, 0);
    acks.answer(5, answer("[]"));
    assertFalse(one.isDone());
  }

  @Test
  void aSecondAnswerIsIgnored() throws Exception {
    CompletableFuture<Arguments> one = acks.await(1, 0);
    acks.answer(1, answer("[1]"));
    acks.answer(1, answer("[2]"));
    assertEquals(1, one.get().get(0, Integer.class));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 1000, 16_000, 17_000, 60_000, 3_600_000})
  void anAnswerThatDoesNotComeInTimeFailsThenAndNotBefore(int timeout) {
    CompletableFuture<Arguments> one = acks.await(1, timeout);
    scheduler.advance(timeout - 4);
    assertFalse(one.isDone());
    scheduler.advance(4);
    assertInstanceOf(AckTimeoutException.class, failure(one));
  }

  @Test
  void anAnswerInTimeStopsTheClock() throws Exception {
    CompletableFuture<Arguments> one = acks.await(1, 1000);
    scheduler.advance(996);
    acks.answer(1, answer("[1]"));
    scheduler.advance(10_000);
    assertEquals(1, one.get().size());
  }

  @Test
  void withoutALimitAnAnswerMayTakeForEver() {
    CompletableFuture<Arguments> one = acks.await(1, 0);
    scheduler.advance(100_000_000);
    assertFalse(one.isDone());
  }

  @Test
  void theEndFailsWhatWaits() {
    CompletableFuture<Arguments> one = acks.await(1, 0);
    CompletableFuture<Arguments> two = acks.await(2, 1000);
    acks.close();
    assertInstanceOf(DisconnectedException.class, failure(one));
    assertInstanceOf(DisconnectedException.class, failure(two));
    acks.answer(1, answer("[]"));
    scheduler.advance(10_000);
    assertEquals(0, scheduler.pending());
  }

  @Test
  void whatIsAskedForAfterTheEndFails() {
    acks.close();
    assertInstanceOf(DisconnectedException.class, failure(acks.await(1, 0)));
  }

  @Test
  void asManyAnswersAsTheLimitMayBePendingAndOneMoreFails() {
    CompletableFuture<Arguments> one = acks.await(1, 0);
    CompletableFuture<Arguments> two = acks.await(2, 0);
    assertFalse(one.isDone());
    assertFalse(two.isDone());
    CompletableFuture<Arguments> three = acks.await(3, 0);
    assertTrue(three.isCompletedExceptionally());
    assertInstanceOf(IllegalStateException.class, failure(three));
    acks.answer(1, answer("[]"));
    assertFalse(acks.await(4, 0).isDone());
  }

  @Test
  void oneThatIsMadeAfterTheEndWaitsForNothing() {
    PendingAcks late = new PendingAcks(new DeadlineWheel(scheduler), 2, Runnable::run, true);
    CompletableFuture<Arguments> answer = late.await(1, 0);
    assertTrue(answer.isCompletedExceptionally());
  }
}

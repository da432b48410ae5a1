package io.towpath.socket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.adapter.Answer;
import io.towpath.adapter.AnswerCollector;
import io.towpath.engine.DeadlineWheel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The answers to one broadcast, on their way in. Complete when as many servers as there are have
 * said how many to expect, and all of these have come or are known to be missing. Any thread.
 */
final class Collected extends DeadlineWheel.Entry implements AnswerCollector {
  private final Json json;
  private final DeadlineWheel wheel;
  private final long deadline;
  private final CompletableFuture<BroadcastAnswers> future = new CompletableFuture<>();

  @GuardedBy("this")
  private final List<Arguments> answers = new ArrayList<>();

  /** Servers that have yet to report. */
  @GuardedBy("this")
  private int servers;

  @GuardedBy("this")
  private int expected;

  @GuardedBy("this")
  private int missing;

  /**
   * Begins to collect.
   *
   * @param timeoutMillis how long, or 0 for as long as it takes
   */
  Collected(Json json, DeadlineWheel wheel, int servers, long timeoutMillis) {
    this.json = json;
    this.wheel = wheel;
    this.servers = servers;
    this.deadline = timeoutMillis > 0 ? wheel.now() + timeoutMillis : DeadlineWheel.NEVER;
    if (timeoutMillis > 0) {
      wheel.watch(this, deadline);
    }
  }

  CompletableFuture<BroadcastAnswers> future() {
    return future;
  }

  @Override
  public void expect(int count) {
    synchronized (this) {
      servers--;
      expected += count;
    }
    settle(false);
  }

  @Override
  public void answer(Answer answer) {
    Arguments arguments =
        json.read(
                new Payload(answer.bytes(), answer.offset(), answer.length(), answer.attachments()))
            .all();
    synchronized (this) {
      answers.add(arguments);
    }
    settle(false);
  }

  @Override
  public void missing() {
    synchronized (this) {
      missing++;
    }
    settle(false);
  }

  @Override
  protected long onDeadline(long now) {
    if (now < deadline) {
      return deadline;
    }
    settle(true);
    return DeadlineWheel.NEVER;
  }

  private void settle(boolean late) {
    BroadcastAnswers result;
    boolean complete;
    synchronized (this) {
      boolean settled = servers <= 0 && answers.size() + missing >= expected;
      if (!settled && !late) {
        return;
      }
      complete = settled && missing == 0;
      result = new BroadcastAnswers(answers);
    }
    wheel.forget(this);
    if (complete) {
      future.complete(result);
    } else {
      future.completeExceptionally(new MissingAnswersException(result));
    }
  }
}

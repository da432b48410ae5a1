package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xnio.ChannelPipe;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;

/** Between two tasks of a chain an I/O thread looks at its connections. */
class FairExecutorTest {
  private XnioWorker worker;
  private XnioIoThread thread;
  private FairExecutor fair;

  /** What happened on the I/O thread, in order; touched by it, and read when it is done. */
  private final List<String> happened = new ArrayList<>();

  private final CountDownLatch done = new CountDownLatch(1);

  /** The last task of a chain, and the look. */
  private final CountDownLatch chained = new CountDownLatch(2);

  @BeforeEach
  void start() throws Exception {
    worker =
        Xnio.getInstance()
            .createWorker(OptionMap.builder().set(Options.WORKER_IO_THREADS, 1).getMap());
    thread = worker.getIoThread();
    fair = new FairExecutor(thread);
  }

  @AfterEach
  void stop() throws Exception {
    worker.shutdownNow();
    assertTrue(worker.awaitTermination(20, TimeUnit.SECONDS));
  }

  /** Something other than tasks: a pipe that becomes readable now, and says so when it is seen. */
  private ChannelPipe<StreamSourceChannel, StreamSinkChannel> event() {
    try {
      ChannelPipe<StreamSourceChannel, StreamSinkChannel> pipe = thread.createHalfDuplexPipe();
      pipe.getLeftSide()
          .getReadSetter()
          .set(
              source -> {
                source.suspendReads();
                happened.add("look");
                chained.countDown();
              });
      pipe.getLeftSide().resumeReads();
      pipe.getRightSide().write(ByteBuffer.wrap(new byte[1]));
      return pipe;
    } catch (java.io.IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  private void awaitDone() throws InterruptedException {
    assertTrue(done.await(20, TimeUnit.SECONDS));
  }

  @Test
  void aTaskOfATaskWaitsUntilTheThreadHasLooked() throws Exception {
    chain(fair);
    // The second task comes with the look, before or after what else it finds; the third after it.
    assertTrue(happened.indexOf("look") < happened.indexOf("third"), happened.toString());
    assertEquals(4, happened.size());
  }

  @Test
  void theThreadByItselfLooksLast() throws Exception {
    chain(thread);
    assertEquals(List.of("first", "second", "third", "look"), happened);
  }

  private void chain(java.util.concurrent.Executor executor) throws Exception {
    executor.execute(
        () -> {
          event();
          happened.add("first");
          executor.execute(
              () -> {
                happened.add("second");
                executor.execute(
                    () -> {
                      happened.add("third");
                      chained.countDown();
                    });
              });
        });
    assertTrue(chained.await(20, TimeUnit.SECONDS));
  }

  @Test
  void aTaskOfAnotherThreadRunsOnTheIoThread() throws Exception {
    AtomicReference<Thread> ran = new AtomicReference<>();
    fair.execute(
        () -> {
          ran.set(Thread.currentThread());
          done.countDown();
        });
    awaitDone();
    assertSame(thread, ran.get());
  }

  @Test
  void aTaskThatThrowsCostsTheNextNothing() throws Exception {
    fair.execute(
        () -> {
          fair.execute(
              () -> {
                throw new IllegalStateException("on purpose");
              });
          fair.execute(done::countDown);
        });
    awaitDone();
  }

  @Test
  void whatWaitsWhenItIsClosedRunsNevertheless() throws Exception {
    fair.execute(
        () -> {
          fair.execute(
              () -> {
                happened.add("waited");
                fair.execute(done::countDown);
              });
          fair.close();
        });
    awaitDone();
    assertEquals(List.of("waited"), happened);
  }

  /** Whether the pipe is listened to when the thread has done what it was asked to do before. */
  private boolean isListeningAfterwards() throws Exception {
    CompletableFuture<Boolean> listening = new CompletableFuture<>();
    thread.execute(() -> listening.complete(fair.isListening()));
    return listening.get(20, TimeUnit.SECONDS);
  }

  @Test
  void thePipeIsListenedToWhileATaskWaitsAndNoLonger() throws Exception {
    fair.execute(
        () -> {
          fair.execute(done::countDown);
          happened.add("listening: " + fair.isListening());
        });
    awaitDone();
    assertFalse(isListeningAfterwards());
    assertEquals(List.of("listening: true"), happened);
  }

  @Test
  void whenItIsClosedItHasNoPipeAndRunsTasksNevertheless() throws Exception {
    fair.close();
    fair.execute(
        () -> {
          fair.execute(done::countDown);
          happened.add("listening: " + fair.isListening());
        });
    awaitDone();
    assertEquals(List.of("listening: false"), happened);
  }

  @Test
  void aThreadThatHasEndedTakesNoTask() throws Exception {
    worker.shutdownNow();
    assertTrue(worker.awaitTermination(20, TimeUnit.SECONDS));
    assertThrows(RejectedExecutionException.class, () -> fair.execute(() -> {}));
    fair.close();
  }
}

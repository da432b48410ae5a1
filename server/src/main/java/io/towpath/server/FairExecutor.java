package io.towpath.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.ChannelPipe;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;

/**
 * Runs tasks on an I/O thread, so that work of many turns costs the thread's connections nothing:
 * what a task executes in its turn waits until the thread has looked at them. XNIO by itself looks
 * only when no task is left, and goes on with what a task has executed before it does.
 *
 * <p>For such a task the thread is told that a pipe has something to read, as it is told of its
 * connections: one byte lies in it for good, and somebody listens only while there is a task. The
 * pipe is opened when it is first needed, and costs two descriptors.
 *
 * <p>Threads: any may {@link #execute} and {@link #close}.
 */
final class FairExecutor implements Executor, ChannelListener<StreamSourceChannel> {
  private static final Logger log = LoggerFactory.getLogger(FairExecutor.class);

  private final XnioIoThread thread;

  // Confined to the I/O thread.

  /** What waits for the next look; bounded by those who have a task here, each with one. */
  private final ArrayDeque<Runnable> next = new ArrayDeque<>(2);

  /** Null until it is first needed, and in the end. */
  private @Nullable ChannelPipe<StreamSourceChannel, StreamSinkChannel> pipe;

  /** Whether the next look finds the pipe. */
  private boolean listening;

  /** Whether a task of this executor is running. */
  private boolean running;

  /** There is no pipe any more. */
  private boolean closed;

  FairExecutor(XnioIoThread thread) {
    this.thread = thread;
  }

  /**
   * Runs a task on the I/O thread, later.
   *
   * @throws RejectedExecutionException if the thread has ended
   */
  @Override
  public void execute(Runnable task) {
    if (Thread.currentThread() == thread && running && listen()) {
      next.add(task);
    } else {
      thread.execute(() -> run(task));
    }
  }

  private void run(Runnable task) {
    running = true;
    try {
      task.run();
    } finally {
      running = false;
    }
  }

  /** Sees to it that the next look finds the pipe; returns whether it does. */
  private boolean listen() {
    if (listening || closed) {
      return listening;
    }
    try {
      ChannelPipe<StreamSourceChannel, StreamSinkChannel> open = pipe;
      if (open == null) {
        open = thread.createHalfDuplexPipe();
        pipe = open;
        open.getRightSide().write(ByteBuffer.wrap(new byte[1]));
        open.getLeftSide().getReadSetter().set(this);
      }
      open.getLeftSide().resumeReads();
      listening = true;
    } catch (IOException noDescriptors) {
      // Tried again with the next task.
      log.warn("no pipe for the I/O thread: {}", noDescriptors.getMessage());
      closePipe();
    }
    return listening;
  }

  /** Returns whether the next look finds the pipe; I/O thread. */
  boolean isListening() {
    return listening;
  }

  /** The thread looks at its connections, and at the pipe. */
  @Override
  public void handleEvent(StreamSourceChannel source) {
    // On few cores handler threads would wait for all of the work: what they add comes too late.
    Thread.yield();
    for (int left = next.size(); left > 0; left--) {
      run(next.remove());
    }
    if (next.isEmpty()) {
      source.suspendReads();
      listening = false;
    }
  }

  /** Lets go of the pipe; what is executed from now on runs as XNIO does it. */
  void close() {
    try {
      thread.execute(this::closeHere);
    } catch (RejectedExecutionException ended) {
      // With all that was open there.
      log.debug("the I/O thread has stopped");
    }
  }

  private void closeHere() {
    closed = true;
    listening = false;
    closePipe();
    Runnable task;
    while ((task = next.poll()) != null) {
      try {
        execute(task);
      } catch (RejectedExecutionException ending) {
        run(task);
      }
    }
  }

  private void closePipe() {
    ChannelPipe<StreamSourceChannel, StreamSinkChannel> open = pipe;
    pipe = null;
    if (open != null) {
      IoUtils.safeClose(open.getLeftSide());
      IoUtils.safeClose(open.getRightSide());
    }
  }
}

package io.towpath.server;

import io.towpath.websocket.ByteLink;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * A network connection on XNIO.
 *
 * <p>Plain connections are written by whichever thread has something to write. TLS in Undertow is
 * bound to the connection's I/O thread: a write from another thread takes nothing, and {@link
 * #awaitWritable} brings the writer over.
 */
final class XnioByteLink implements ByteLink {
  private static final Logger log = LoggerFactory.getLogger(XnioByteLink.class);

  /** After so many reads other connections of the I/O thread get their turn. */
  private static final int READS_PER_TURN = 16;

  private final StreamConnection connection;
  private final ConduitStreamSourceChannel source;
  private final ConduitStreamSinkChannel sink;
  private final ByteBufferPool pool;
  private final boolean tls;

  /** Set once by {@link #start}, before any event. */
  private @Nullable Events events;

  /**
   * The output buffer that is lent; only the one writer of this link touches it. {@link #isWriting}
   * looks at it from outside, again and again, so that a stale answer is no harm.
   */
  private @Nullable PooledByteBuffer lent;

  /** Whether reading is wanted; any thread. */
  private volatile boolean reading = true;

  /** Whether the end or the loss of the connection has been told; confined to the I/O thread. */
  private boolean over;

  XnioByteLink(StreamConnection connection, ByteBufferPool pool, boolean tls) {
    this.connection = connection;
    this.source = connection.getSourceChannel();
    this.sink = connection.getSinkChannel();
    this.pool = pool;
    this.tls = tls;
  }

  @Override
  public void start(Events to) {
    events = to;
    source.setReadListener(channel -> read(to));
    sink.setWriteListener(channel -> writable(to));
    // Wakes up even if nothing arrives: bytes may wait that came together with the upgrade request.
    source.wakeupReads();
  }

  private void read(Events to) {
    if (over) {
      source.suspendReads();
      return;
    }
    PooledByteBuffer pooled = pool.allocate();
    boolean any = false;
    try {
      ByteBuffer buffer = pooled.getBuffer();
      for (int turn = 0; turn < READS_PER_TURN && reading; turn++) {
        buffer.clear();
        int count = source.read(buffer);
        if (count < 0) {
          ended(to, any);
          return;
        }
        if (count == 0) {
          break;
        }
        any = true;
        buffer.flip();
        to.onReadable(buffer);
        if (count < buffer.capacity() && !tls) {
          // The socket is empty; the selector will tell of more. TLS may hold more without the
          // selector's knowledge.
          break;
        }
      }
    } catch (IOException lost) {
      fail(to, lost, any);
      return;
    } finally {
      pooled.close();
    }
    if (any) {
      to.onReadEnd();
    }
  }

  private void ended(Events to, boolean any) {
    over = true;
    source.suspendReads();
    if (any) {
      to.onReadEnd();
    }
    to.onEnd();
  }

  private void fail(Events to, IOException lost, boolean any) {
    over = true;
    IoUtils.safeClose(connection);
    if (any) {
      to.onReadEnd();
    }
    to.onFailed("connection lost: " + lost.getMessage());
  }

  @Override
  public Executor ioThread() {
    return connection.getIoThread();
  }

  @Override
  public ByteBuffer acquire() {
    PooledByteBuffer pooled = pool.allocate();
    lent = pooled;
    return pooled.getBuffer();
  }

  @Override
  public void recycle(ByteBuffer buffer) {
    PooledByteBuffer pooled = lent;
    if (pooled != null) {
      lent = null;
      pooled.close();
    }
  }

  @Override
  public boolean write(ByteBuffer bytes) {
    if (isElsewhere()) {
      return false;
    }
    try {
      while (bytes.hasRemaining()) {
        if (sink.write(bytes) == 0) {
          return false;
        }
      }
      return !tls || sink.flush();
    } catch (IOException lost) {
      bytes.position(bytes.limit());
      IoUtils.safeClose(connection);
      Events to = events;
      if (to != null) {
        onIoThread(
            () -> {
              if (!over) {
                over = true;
                to.onFailed("connection lost: " + lost.getMessage());
              }
            });
      }
      return true;
    }
  }

  /** Returns whether bytes wait to be written, a Close frame among them; a hint, any thread. */
  boolean isWriting() {
    return lent != null;
  }

  private boolean isElsewhere() {
    return tls && Thread.currentThread() != connection.getIoThread();
  }

  @Override
  public void awaitWritable() {
    Events to = events;
    if (isElsewhere() && to != null) {
      onIoThread(() -> writable(to));
    } else {
      sink.resumeWrites();
    }
  }

  private void writable(Events to) {
    try {
      if (tls && !sink.flush()) {
        sink.resumeWrites();
        return;
      }
    } catch (IOException lost) {
      sink.suspendWrites();
      if (!over) {
        fail(to, lost, false);
      }
      return;
    }
    sink.suspendWrites();
    if (!over) {
      to.onWritable();
    }
  }

  @Override
  public void suspendReads() {
    reading = false;
    applyReading();
  }

  @Override
  public void resumeReads() {
    reading = true;
    applyReading();
  }

  /** On the I/O thread alone, so that of two threads that disagree the later one is obeyed. */
  private void applyReading() {
    if (Thread.currentThread() != connection.getIoThread()) {
      onIoThread(this::applyReading);
    } else if (reading) {
      source.wakeupReads();
    } else {
      source.suspendReads();
    }
  }

  @Override
  public void shutdownWrites() {
    if (isElsewhere()) {
      onIoThread(this::shutdownWrites);
      return;
    }
    try {
      sink.shutdownWrites();
      if (!sink.flush()) {
        sink.setWriteListener(
            channel -> {
              try {
                if (channel.flush()) {
                  channel.suspendWrites();
                }
              } catch (IOException lost) {
                IoUtils.safeClose(connection);
              }
            });
        sink.resumeWrites();
      }
    } catch (IOException lost) {
      IoUtils.safeClose(connection);
    }
  }

  @Override
  public void abort() {
    if (isElsewhere()) {
      onIoThread(() -> IoUtils.safeClose(connection));
    } else {
      IoUtils.safeClose(connection);
    }
  }

  /** Runs an action on the I/O thread, later: events never come from within a call. */
  private void onIoThread(Runnable action) {
    try {
      connection.getIoThread().execute(action);
    } catch (RejectedExecutionException stopped) {
      // The server has been stopped, and its connections are closed with it.
      log.debug("{}: the I/O thread has stopped", this);
    }
  }

  @Override
  public String toString() {
    return String.valueOf(connection.getPeerAddress());
  }
}

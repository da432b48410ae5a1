package io.towpath.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.longpoll.PollExchange;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/**
 * The body of an answer that goes on, on Undertow. What is written is queued and put to the network
 * on the connection's I/O thread, to which Undertow's channels belong; what the network does not
 * take waits there. Any thread.
 */
final class UndertowStream implements PollExchange.Stream {
  private final HttpServerExchange exchange;
  private final PollExchange.StreamEvents events;

  /** Takes the one end of the exchange, unless the client's departure was first. */
  private final BooleanSupplier end;

  /** What waits for the network; bounded by the session, which writes when this is empty. */
  @GuardedBy("this")
  private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();

  /** Whether the I/O thread has been asked to write. */
  @GuardedBy("this")
  private boolean scheduled;

  /** Whether a write has got stuck, so that {@code onWritable} is due. */
  @GuardedBy("this")
  private boolean stuck;

  /** Whether nothing follows what waits. */
  @GuardedBy("this")
  private boolean ending;

  /** Whether nothing can be written any more. */
  @GuardedBy("this")
  private boolean over;

  /** The channel, on the I/O thread only; null until the first write. */
  private @Nullable StreamSinkChannel channel;

  UndertowStream(
      HttpServerExchange exchange, PollExchange.StreamEvents events, BooleanSupplier end) {
    this.exchange = exchange;
    this.events = events;
    this.end = end;
  }

  @Override
  public synchronized boolean isWritable() {
    return !over && !ending && !stuck;
  }

  @Override
  public void write(List<byte[]> pieces) {
    synchronized (this) {
      if (over || ending) {
        return;
      }
      for (byte[] piece : pieces) {
        waiting.add(ByteBuffer.wrap(piece));
      }
      if (scheduled || stuck) {
        return;
      }
      scheduled = true;
    }
    onIoThread();
  }

  @Override
  public void end() {
    synchronized (this) {
      if (over || ending) {
        return;
      }
      ending = true;
      if (scheduled || stuck) {
        return;
      }
      scheduled = true;
    }
    onIoThread();
  }

  @Override
  public void destroy() {
    if (discard()) {
      run(this::abandon);
    }
  }

  /** The client has gone; the exchange has been ended. */
  void lost() {
    if (discard()) {
      events.onClosed();
    }
  }

  private boolean discard() {
    synchronized (this) {
      boolean first = !over;
      over = true;
      waiting.clear();
      return first;
    }
  }

  private void onIoThread() {
    if (Thread.currentThread() == exchange.getIoThread()) {
      put();
    } else {
      run(this::put);
    }
  }

  private void run(Runnable action) {
    try {
      exchange.getIoThread().execute(action);
    } catch (RejectedExecutionException stopped) {
      // The server has been stopped, and its connections are closed with it.
    }
  }

  /** Writes what waits, as much as the network takes; on the I/O thread. */
  private void put() {
    try {
      StreamSinkChannel to = channel();
      boolean taken = false;
      while (true) {
        ByteBuffer[] batch = batch();
        if (batch.length == 0) {
          break;
        }
        long count = to.write(batch);
        if (count == 0) {
          stuck(to, taken);
          return;
        }
        taken = true;
        forgetWritten();
      }
      if (!to.flush()) {
        stuck(to, taken);
        return;
      }
      written(to);
    } catch (IOException gone) {
      fail();
    }
  }

  private StreamSinkChannel channel() throws IOException {
    StreamSinkChannel to = channel;
    if (to == null) {
      to = exchange.getResponseChannel();
      if (to == null) {
        throw new IOException("the answer has been taken");
      }
      to.getWriteSetter().set(writable -> put());
      channel = to;
    }
    return to;
  }

  private synchronized ByteBuffer[] batch() {
    return waiting.toArray(new ByteBuffer[0]);
  }

  private synchronized void forgetWritten() {
    while (!waiting.isEmpty() && !waiting.element().hasRemaining()) {
      waiting.remove();
    }
  }

  private void stuck(StreamSinkChannel to, boolean progress) {
    boolean again;
    synchronized (this) {
      if (over) {
        return;
      }
      again = stuck;
      stuck = true;
    }
    to.resumeWrites();
    if (progress && again) {
      events.onProgress();
    }
  }

  private void written(StreamSinkChannel to) throws IOException {
    boolean tell;
    boolean last;
    synchronized (this) {
      if (over) {
        return;
      }
      if (!waiting.isEmpty()) {
        // Another thread has added something since, and left it to this one.
        run(this::put);
        return;
      }
      scheduled = false;
      tell = stuck && !ending;
      stuck = false;
      last = ending;
      over = last;
    }
    if (last) {
      to.suspendWrites();
      finish(to);
      return;
    }
    to.suspendWrites();
    if (tell) {
      events.onWritable();
    }
  }

  private void finish(StreamSinkChannel to) throws IOException {
    if (!end.getAsBoolean()) {
      return;
    }
    to.shutdownWrites();
    if (to.flush()) {
      exchange.endExchange();
    } else {
      to.getWriteSetter().set(writable -> flushLast(to));
      to.resumeWrites();
    }
  }

  private void flushLast(StreamSinkChannel to) {
    try {
      if (to.flush()) {
        to.suspendWrites();
        exchange.endExchange();
      }
    } catch (IOException gone) {
      cut();
    }
  }

  private void fail() {
    boolean first = discard();
    abandon();
    if (first) {
      events.onClosed();
    }
  }

  private void abandon() {
    if (end.getAsBoolean()) {
      cut();
    }
  }

  /** Over HTTP/2 the connection carries other requests too; there the stream alone ends. */
  private void cut() {
    if (exchange.getConnection() instanceof HttpServerConnection) {
      IoUtils.safeClose(exchange.getConnection());
    }
    exchange.endExchange();
  }
}

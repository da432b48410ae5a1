package io.towpath.server;

import io.towpath.engine.Scheduler;
import io.towpath.websocket.ByteLink;
import io.towpath.websocket.DeflateParameters;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.WriteReadyHandler;

/**
 * A network connection on XNIO.
 *
 * <p>Plain connections are written by whichever thread has something to write. TLS in Undertow is
 * bound to the connection's I/O thread: a write from another thread takes nothing, and {@link
 * #awaitWritable} brings the writer over.
 */
final class XnioByteLink
    implements ByteLink, ReadReadyHandler, WriteReadyHandler, ChannelListener<StreamConnection> {
  private static final Logger log = LoggerFactory.getLogger(XnioByteLink.class);

  /** After so many reads other connections of the I/O thread get their turn. */
  private static final int READS_PER_TURN = 16;

  private final StreamConnection connection;
  private final ByteBufferPool pool;
  private final boolean tls;

  /** What this one is taken out of when the connection is closed. */
  private final WebSocketLinks links;

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

  /** Whether HTTP may have read ahead, so that bytes wait that the selector knows nothing of. */
  private boolean ahead;

  /** The answer to the opening handshake, if it has not been written; null once it is taken. */
  private byte @Nullable [] answer;

  /** Whether all that is left to write is the end; any thread. */
  private volatile boolean ending;

  private XnioByteLink(
      StreamConnection connection, ByteBufferPool pool, boolean tls, WebSocketLinks links) {
    this.connection = connection;
    this.pool = pool;
    this.tls = tls;
    this.links = links;
  }

  /**
   * Takes over a connection from HTTP, on its I/O thread.
   *
   * @param links holds the link for as long as the connection is open
   */
  static XnioByteLink of(
      StreamConnection connection, ByteBufferPool pool, boolean tls, WebSocketLinks links) {
    XnioByteLink link = null;
    byte[] answer = null;
    if (connection instanceof UpgradableConnection http) {
      answer = http.takeAnswer();
      link = new XnioByteLink(http.network(), pool, tls, links);
      if (!http.release(link)) {
        link = null;
      }
    }
    if (link == null) {
      link = new XnioByteLink(connection, pool, tls, links);
      link.ahead = true;
      connection.setCloseListener(link);
    }
    link.answer = answer;
    links.add(link);
    if (!link.connection.isOpen()) {
      links.remove(link);
    }
    return link;
  }

  /**
   * Begins to speak WebSocket; what HTTP has left unwritten of its answer leaves with the first
   * message. The caller flushes the connection when it has said what it has to say first.
   */
  WebSocketConnection connection(
      Scheduler scheduler, WebSocketOptions options, @Nullable DeflateParameters deflate) {
    WebSocketConnection connection = WebSocketConnection.server(this, scheduler, options, deflate);
    byte[] unwritten = answer;
    if (unwritten != null) {
      answer = null;
      connection.answerFirst(unwritten);
    }
    return connection;
  }

  /** The connection is closed. */
  @Override
  public void handleEvent(StreamConnection closed) {
    links.remove(this);
  }

  private ConduitStreamSourceChannel source() {
    return connection.getSourceChannel();
  }

  private ConduitStreamSinkChannel sink() {
    return connection.getSinkChannel();
  }

  @Override
  public void start(Events to) {
    events = to;
    source().getConduit().setReadReadyHandler(this);
    sink().getConduit().setWriteReadyHandler(this);
    if (isWriting()) {
      // What was flushed before, when nobody was there to hear that the network takes the rest.
      sink().resumeWrites();
    }
    if (ahead) {
      source().wakeupReads();
    } else {
      source().resumeReads();
    }
  }

  @Override
  public void readReady() {
    Events to = events;
    try {
      if (to == null || over) {
        source().suspendReads();
      } else {
        read(to);
      }
    } catch (RuntimeException bug) {
      log.error("{}: reading failed", this, bug);
    }
  }

  @Override
  public void writeReady() {
    Events to = events;
    try {
      if (ending) {
        flushEnd();
      } else if (to == null) {
        sink().suspendWrites();
      } else {
        writable(to);
      }
    } catch (RuntimeException bug) {
      log.error("{}: writing failed", this, bug);
    }
  }

  @Override
  public void forceTermination() {
    IoUtils.safeClose(connection);
  }

  @Override
  public void terminated() {
    // Reading finds out.
  }

  private void read(Events to) {
    ConduitStreamSourceChannel source = source();
    PooledByteBuffer pooled = pool.allocate();
    boolean any = false;
    try {
      ByteBuffer buffer = pooled.getBuffer();
      for (int turn = 0; turn < READS_PER_TURN && reading && !over; turn++) {
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
    source().suspendReads();
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
    return links.executor(connection.getIoThread());
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
      ConduitStreamSinkChannel sink = sink();
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
      sink().resumeWrites();
    }
  }

  private void writable(Events to) {
    ConduitStreamSinkChannel sink = sink();
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
    if (!reading) {
      reading = true;
      applyReading();
    }
  }

  /** On the I/O thread alone, so that of two threads that disagree the later one is obeyed. */
  private void applyReading() {
    if (Thread.currentThread() != connection.getIoThread()) {
      onIoThread(this::applyReading);
    } else if (reading) {
      source().wakeupReads();
    } else {
      source().suspendReads();
    }
  }

  @Override
  public void shutdownWrites() {
    if (isElsewhere()) {
      onIoThread(this::shutdownWrites);
      return;
    }
    try {
      sink().shutdownWrites();
      if (!sink().flush()) {
        ending = true;
        sink().resumeWrites();
      }
    } catch (IOException lost) {
      IoUtils.safeClose(connection);
    }
  }

  /**
   * Reads once more: bytes that nobody reads would make the system cut the connection, and the cut
   * could overtake our last word.
   */
  @Override
  public boolean finish() {
    if (tls || over || Thread.currentThread() != connection.getIoThread()) {
      return false;
    }
    PooledByteBuffer pooled = pool.allocate();
    try {
      if (source().read(pooled.getBuffer()) > 0) {
        return false;
      }
    } catch (IOException lost) {
      // Then it is over, too.
    } finally {
      pooled.close();
    }
    over = true;
    IoUtils.safeClose(connection);
    return true;
  }

  /** Writes what is left of the end, which only TLS has. */
  private void flushEnd() {
    try {
      if (sink().flush()) {
        sink().suspendWrites();
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

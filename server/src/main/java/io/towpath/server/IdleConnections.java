package io.towpath.server;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;

/**
 * The connections of one I/O thread that HTTP has or may get back. Undertow keeps a kilobyte for
 * each connection and as much again for a parked request; most connections of polling sessions wait
 * for half a minute. So a connection on which nothing has happened from one look to the next is
 * taken away from HTTP and is given back when something comes: bytes, or the answer to its parked
 * GET.
 *
 * <p>Confined to its I/O thread. {@link #accept} and {@link #execute} may be called by any thread,
 * and so may {@link #remove}, which does nothing elsewhere: what is closed is also taken out by the
 * next look.
 */
final class IdleConnections implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(IdleConnections.class);

  private final XnioIoThread thread;
  private final HttpOpenListener http;
  private final ByteBufferPool buffers;
  private final long lookMillis;
  private final long idleMillis;
  private final List<Entry> entries = new ArrayList<>();

  /** How many connections rest. */
  private final AtomicInteger resting = new AtomicInteger();

  private final ChannelListener<StreamConnection> closedAtRest =
      closed -> resting.decrementAndGet();

  /** Whether the next look has its time. */
  private boolean armed;

  /** What is looked at, again and again. Confined to the I/O thread. */
  interface Entry {
    /**
     * Looks whether there is something to do.
     *
     * @param now milliseconds of a clock that only goes forward
     * @return whether it wants to be looked at again
     */
    boolean look(long now);

    /** Returns where it stands among the others; -1 if it does not. */
    int place();

    void place(int newPlace);
  }

  /**
   * Creates the empty set of one I/O thread.
   *
   * @param lookMillis between two looks: a connection rests after one to two times as long
   * @param idleMillis after which a connection without a request is closed; -1 for never
   */
  IdleConnections(
      XnioIoThread thread,
      HttpOpenListener http,
      ByteBufferPool buffers,
      long lookMillis,
      long idleMillis) {
    this.thread = thread;
    this.http = http;
    this.buffers = buffers;
    this.lookMillis = lookMillis;
    this.idleMillis = idleMillis;
  }

  ByteBufferPool buffers() {
    return buffers;
  }

  /** Returns how many connections rest. Any thread. */
  int resting() {
    return resting.get();
  }

  /**
   * Counts a connection that HTTP is about to lose.
   *
   * @return what has to hear of the end of the network connection until HTTP has it back
   */
  ChannelListener<StreamConnection> rest() {
    resting.incrementAndGet();
    return closedAtRest;
  }

  /** Gives a connection that has just been accepted to HTTP. Any thread. */
  void accept(StreamConnection accepted) {
    if (Thread.currentThread() == thread) {
      open(accepted, null, null, null);
    } else {
      execute(() -> open(accepted, null, null, null));
    }
  }

  /**
   * Gives a connection to HTTP.
   *
   * @param end what HTTP has left at the connection when it had it before
   * @param read what has been read already
   * @param answer answers the first request in place of the handler
   */
  void open(
      StreamConnection network,
      UpgradableConnection.@Nullable End end,
      @Nullable PooledByteBuffer read,
      @Nullable Consumer<HttpServerExchange> answer) {
    if (end != null) {
      resting.decrementAndGet();
    }
    UpgradableConnection connection = new UpgradableConnection(network, end, this, answer);
    add(connection);
    http.handleEvent(connection, read);
  }

  /** Has something looked at from now on. */
  void add(Entry entry) {
    entry.place(entries.size());
    entries.add(entry);
    arm();
  }

  /** Has something looked at no longer, if it was. */
  void remove(Entry entry) {
    if (Thread.currentThread() != thread) {
      return;
    }
    int place = entry.place();
    if (place >= 0) {
      Entry last = entries.remove(entries.size() - 1);
      if (last != entry) {
        entries.set(place, last);
        last.place(place);
      }
      entry.place(-1);
    }
  }

  private void arm() {
    if (!armed) {
      armed = true;
      try {
        thread.executeAfter(this, lookMillis, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException stopped) {
        // The server has been stopped, and its connections are closed with it.
      }
    }
  }

  /** Looks at all. */
  @Override
  public void run() {
    armed = false;
    long now = now();
    // From the end, because one that leaves is replaced by the last.
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (i < entries.size()) {
        Entry entry = entries.get(i);
        if (!isWanted(entry, now)) {
          remove(entry);
        }
      }
    }
    if (!entries.isEmpty()) {
      arm();
    }
  }

  /** Looks at one; if that fails, it stays as it is, and the others are looked at all the same. */
  private static boolean isWanted(Entry entry, long now) {
    try {
      return entry.look(now);
    } catch (RuntimeException failed) {
      log.error("a connection could not be looked at", failed);
      return false;
    }
  }

  /** Returns whether a connection that rests since then has rested long enough. */
  boolean isExpired(long since, long now) {
    return idleMillis >= 0 && now - since >= idleMillis;
  }

  /** Runs something on the I/O thread, unless the server has been stopped. Any thread. */
  void execute(Runnable action) {
    try {
      thread.execute(action);
    } catch (RejectedExecutionException stopped) {
      // Its connections are closed with it.
    }
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}

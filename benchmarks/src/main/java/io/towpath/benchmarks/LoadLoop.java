package io.towpath.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The one thread of the load client: it waits for its connections and lets each read and write.
 * Confined to the thread that runs it.
 */
final class LoadLoop implements AutoCloseable {
  /** Longest wait for anything that a server owes: an answer, a connection, an end. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final Selector selector;
  private final InetSocketAddress server;

  /** Tells how long is waited. */
  private final LongSupplier nanoTime;

  LoadLoop(InetSocketAddress server) {
    this(server, System::nanoTime);
  }

  LoadLoop(InetSocketAddress server, LongSupplier nanoTime) {
    this.server = server;
    this.nanoTime = nanoTime;
    try {
      selector = Selector.open();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  InetSocketAddress server() {
    return server;
  }

  Selector selector() {
    return selector;
  }

  /** Serves the connections for a time. */
  void run(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (end - System.nanoTime() > 0) {
      turn();
    }
  }

  /**
   * Serves the connections until something is so.
   *
   * @throws LoadFailure if it is not so in time
   */
  void await(String what, BooleanSupplier condition) {
    long end = nanoTime.getAsLong() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (end - nanoTime.getAsLong() < 0) {
        throw new LoadFailure(what + " took longer than 20 s");
      }
      turn();
    }
  }

  /**
   * Ends sessions and serves their connections until all are closed.
   *
   * @throws LoadFailure if they are not in time
   */
  void end(Iterable<? extends Session> sessions, BooleanSupplier closed) {
    for (Session session : sessions) {
      session.end();
      session.flush();
    }
    await("the last close", closed);
  }

  private void turn() {
    try {
      selector.select(LoadLoop::serve, 50);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void serve(SelectionKey key) {
    if (key.isValid()) {
      ((LoadConnection) key.attachment()).ready();
    }
  }

  /** Serves what is there without waiting, for loads that have to be on time. */
  void poll() {
    try {
      selector.selectNow(LoadLoop::serve);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Closes every connection that is left. */
  @Override
  public void close() {
    for (SelectionKey key : selector.keys()) {
      ((LoadConnection) key.attachment()).close();
    }
    try {
      selector.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}

package io.towpath.server;

import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Listens for HTTP in the clear, as Undertow's own listener does, but with connections that an
 * upgrade takes out of HTTP's hands ({@link UpgradableConnection}). Any thread.
 */
final class PlainListener {
  private static final Logger log = LoggerFactory.getLogger(PlainListener.class);

  /** How many connections may wait to be accepted, as in Undertow. */
  private static final int BACKLOG = 1000;

  /** How long {@link #close} waits for what the I/O threads have still to do. */
  private static final long CLOSE_MILLIS = 200;

  private final AcceptingChannel<StreamConnection> channel;

  /** The connections of each I/O thread. */
  private final Map<XnioIoThread, IdleConnections> connections;

  private PlainListener(
      AcceptingChannel<StreamConnection> channel, Map<XnioIoThread, IdleConnections> connections) {
    this.channel = channel;
    this.connections = connections;
  }

  /**
   * Begins to listen.
   *
   * @param options of Undertow for each connection
   * @param lookMillis see {@link IdleConnections}
   * @throws IOException if the address cannot be had
   */
  static PlainListener open(
      XnioWorker worker,
      InetSocketAddress address,
      OptionMap options,
      HttpHandler handler,
      long lookMillis)
      throws IOException {
    ByteBufferPool buffers = buffers();
    HttpOpenListener http =
        new HttpOpenListener(
            buffers,
            OptionMap.builder()
                .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
                .addAll(options)
                .getMap());
    http.setRootHandler(
        exchange -> {
          UpgradableConnection connection = UpgradableConnection.of(exchange);
          if (connection == null || connection.begin(exchange)) {
            handler.handleRequest(exchange);
          }
        });
    int idleMillis = options.get(UndertowOptions.NO_REQUEST_TIMEOUT, -1);
    Map<XnioIoThread, IdleConnections> connections = new ConcurrentHashMap<>();
    OptionMap sockets =
        OptionMap.builder()
            .set(Options.WORKER_IO_THREADS, worker.getIoThreadCount())
            .set(Options.TCP_NODELAY, true)
            .set(Options.REUSE_ADDRESSES, true)
            .set(Options.BALANCING_TOKENS, 1)
            .set(Options.BALANCING_CONNECTIONS, 2)
            .set(Options.BACKLOG, BACKLOG)
            .getMap();
    ChannelListener<StreamConnection> opened =
        accepted ->
            connections
                .computeIfAbsent(
                    accepted.getIoThread(),
                    thread -> new IdleConnections(thread, http, buffers, lookMillis, idleMillis))
                .accept(accepted);
    AcceptingChannel<StreamConnection> channel =
        worker.createStreamConnectionServer(address, ready -> accept(ready, opened), sockets);
    channel.resumeAccepts();
    return new PlainListener(channel, connections);
  }

  /**
   * Takes a connection, if there is one. XNIO asks once more than there are connections, so it also
   * asks when the listener has been closed meanwhile. Its own adapter logs a stack trace then.
   */
  private static void accept(
      AcceptingChannel<StreamConnection> ready, ChannelListener<StreamConnection> opened) {
    try {
      StreamConnection accepted = ready.accept();
      if (accepted != null) {
        ChannelListeners.invokeChannelListener(accepted, opened);
      }
    } catch (ClosedChannelException closed) {
      log.debug("nothing is accepted any more");
    } catch (IOException failed) {
      log.warn("a connection could not be accepted: {}", failed.toString());
    }
  }

  /** By the size of the heap, with Undertow's steps: a small one gets small buffers. */
  private static ByteBufferPool buffers() {
    long heap = Runtime.getRuntime().maxMemory();
    if (heap < 64L << 20) {
      return new DefaultByteBufferPool(false, 512, -1, 4);
    }
    // Of 16 KiB Undertow leaves 20 bytes for what others put around it.
    return new DefaultByteBufferPool(true, heap < 128L << 20 ? 1024 : (16 << 10) - 20, -1, 4);
  }

  InetSocketAddress address() {
    return channel.getLocalAddress(InetSocketAddress.class);
  }

  /**
   * Returns how many connections are open that HTTP does not have now; see {@link IdleConnections}.
   */
  int resting() {
    return connections.values().stream().mapToInt(IdleConnections::resting).sum();
  }

  /**
   * Accepts nothing more; connections that are open stay. Blocks before that until the answers to
   * polls at rest, which their I/O threads give, have been written, for at most 200 ms.
   */
  void close() {
    if (!(Thread.currentThread() instanceof XnioIoThread)) {
      awaitAnswers();
    }
    IoUtils.safeClose(channel);
  }

  private void awaitAnswers() {
    CountDownLatch done = new CountDownLatch(connections.size());
    connections.values().forEach(each -> each.execute(done::countDown));
    try {
      var unused = done.await(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

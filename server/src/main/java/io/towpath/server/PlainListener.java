package io.towpath.server;

import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Listens for HTTP in the clear, as Undertow's own listener does, but with connections that an
 * upgrade takes out of HTTP's hands ({@link UpgradableConnection}). Any thread.
 */
final class PlainListener {
  /** How many connections may wait to be accepted, as in Undertow. */
  private static final int BACKLOG = 1000;

  private final AcceptingChannel<StreamConnection> channel;

  private PlainListener(AcceptingChannel<StreamConnection> channel) {
    this.channel = channel;
  }

  /**
   * Begins to listen.
   *
   * @param options of Undertow for each connection
   * @throws IOException if the address cannot be had
   */
  static PlainListener open(
      XnioWorker worker, InetSocketAddress address, OptionMap options, HttpHandler handler)
      throws IOException {
    HttpOpenListener http =
        new HttpOpenListener(
            buffers(),
            OptionMap.builder()
                .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
                .addAll(options)
                .getMap());
    http.setRootHandler(handler);
    OptionMap sockets =
        OptionMap.builder()
            .set(Options.WORKER_IO_THREADS, worker.getIoThreadCount())
            .set(Options.TCP_NODELAY, true)
            .set(Options.REUSE_ADDRESSES, true)
            .set(Options.BALANCING_TOKENS, 1)
            .set(Options.BALANCING_CONNECTIONS, 2)
            .set(Options.BACKLOG, BACKLOG)
            .getMap();
    AcceptingChannel<StreamConnection> channel =
        worker.createStreamConnectionServer(
            address,
            ChannelListeners.<StreamConnection>openListenerAdapter(
                accepted -> http.handleEvent(new UpgradableConnection(accepted))),
            sockets);
    channel.resumeAccepts();
    return new PlainListener(channel);
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

  /** Accepts nothing more; connections that are open stay. */
  void close() {
    IoUtils.safeClose(channel);
  }
}

package io.towpath.server;

import java.io.IOException;
import java.net.SocketAddress;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.Option;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A network connection as long as HTTP has it. Undertow ties what it keeps for each connection (its
 * parser, its response, its timeouts) to the connection's close listener, where it stays until the
 * end. This stands between: an upgrade takes the network connection out, closes what is left, and
 * so lets go of all that HTTP needed.
 *
 * <p>Belongs to the connection's I/O thread; any thread may close it.
 */
final class UpgradableConnection extends StreamConnection
    implements ChannelListener<StreamConnection> {
  private final StreamConnection network;
  private final StreamSourceConduit bare;
  private final End end = new End(this);

  /** Whether the network connection lives on without this; set once, on the I/O thread. */
  private volatile boolean released;

  UpgradableConnection(StreamConnection network) {
    super(network.getIoThread());
    this.network = network;
    this.bare = network.getSourceChannel().getConduit();
    network.setCloseListener(end);
  }

  @Override
  public ConduitStreamSourceChannel getSourceChannel() {
    return network.getSourceChannel();
  }

  @Override
  public ConduitStreamSinkChannel getSinkChannel() {
    return network.getSinkChannel();
  }

  /** Returns what an upgrade takes over. */
  StreamConnection network() {
    return network;
  }

  /**
   * Ends HTTP on this connection; its close listeners are called.
   *
   * @param onClose told from then on when the network connection is closed
   * @return false if HTTP has read ahead and still holds bytes, so that it has to stay
   */
  boolean release(ChannelListener<StreamConnection> onClose) {
    if (getSourceChannel().getConduit() != bare) {
      return false;
    }
    released = true;
    end.listener = onClose;
    getSourceChannel().setReadListener(null);
    getSinkChannel().setWriteListener(null);
    IoUtils.safeClose(this);
    return true;
  }

  /** The network connection is closed, and HTTP still has it. */
  @Override
  public void handleEvent(StreamConnection closed) {
    IoUtils.safeClose(this);
  }

  @Override
  protected void closeAction() throws IOException {
    if (!released) {
      network.close();
    }
  }

  @Override
  protected void notifyReadClosed() {
    if (!released) {
      super.notifyReadClosed();
    }
  }

  @Override
  protected void notifyWriteClosed() {
    if (!released) {
      super.notifyWriteClosed();
    }
  }

  @Override
  public SocketAddress getPeerAddress() {
    return network.getPeerAddress();
  }

  @Override
  public SocketAddress getLocalAddress() {
    return network.getLocalAddress();
  }

  @Override
  public boolean supportsOption(Option<?> option) {
    return network.supportsOption(option);
  }

  @Override
  public <T> T getOption(Option<T> option) throws IOException {
    return network.getOption(option);
  }

  @Override
  public <T> T setOption(Option<T> option, T value) throws IOException {
    return network.setOption(option, value);
  }

  /** XNIO only adds close listeners; this one can be replaced. */
  private static final class End implements ChannelListener<StreamConnection> {
    private volatile ChannelListener<StreamConnection> listener;

    End(ChannelListener<StreamConnection> first) {
      listener = first;
    }

    @Override
    public void handleEvent(StreamConnection closed) {
      listener.handleEvent(closed);
    }
  }
}

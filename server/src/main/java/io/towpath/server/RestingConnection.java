package io.towpath.server;

import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * A connection that is kept alive and has no request: HTTP gets it back with the first byte, and it
 * is closed after the time that Undertow gives such a connection. Confined to its I/O thread.
 */
final class RestingConnection
    implements ChannelListener<ConduitStreamSourceChannel>, IdleConnections.Entry {
  private final StreamConnection network;
  private final UpgradableConnection.End end;
  private final IdleConnections idle;
  private final long since;

  /** See {@link IdleConnections.Entry}. */
  private int place = -1;

  /**
   * Takes a connection over from HTTP.
   *
   * @param since when, in milliseconds of {@link #look}'s clock
   */
  RestingConnection(
      StreamConnection network, UpgradableConnection.End end, IdleConnections idle, long since) {
    this.network = network;
    this.end = end;
    this.idle = idle;
    this.since = since;
  }

  /** Begins to wait. */
  void listen() {
    idle.add(this);
    ConduitStreamSourceChannel source = network.getSourceChannel();
    source.setReadListener(this);
    source.resumeReads();
  }

  /** There is something to read, or the end. */
  @Override
  public void handleEvent(ConduitStreamSourceChannel source) {
    source.suspendReads();
    source.setReadListener(null);
    idle.remove(this);
    if (network.isOpen()) {
      idle.open(network, end, null, null);
    }
  }

  @Override
  public boolean look(long now) {
    if (idle.isExpired(since, now)) {
      IoUtils.safeClose(network);
    }
    return network.isOpen();
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void place(int newPlace) {
    place = newPlace;
  }
}

package io.towpath.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * The input of a network connection while HTTP has it; tells the connection that something has been
 * read, because Undertow does not tell whether it holds half a request. As confined as what it
 * stands before.
 */
final class HeardConduit extends AbstractStreamSourceConduit<StreamSourceConduit> {
  private final UpgradableConnection connection;

  HeardConduit(StreamSourceConduit network, UpgradableConnection connection) {
    super(network);
    this.connection = connection;
  }

  private long heard(long count) {
    if (count > 0) {
      connection.onRead();
    }
    return count;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return (int) heard(next.read(into));
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) throws IOException {
    return heard(next.read(into, offset, length));
  }

  @Override
  public long transferTo(long position, long count, FileChannel target) throws IOException {
    return heard(next.transferTo(position, count, target));
  }

  @Override
  public long transferTo(long count, ByteBuffer through, StreamSinkChannel target)
      throws IOException {
    // What the target has not taken is in the buffer, and counts for nothing here.
    connection.onRead();
    return next.transferTo(count, through, target);
  }
}

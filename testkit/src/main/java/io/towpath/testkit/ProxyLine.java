package io.towpath.testkit;

import io.towpath.testkit.HostileProxy.Mode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What comes in from one side of a {@link ProxyConnection}: all of it, nothing, or a little at a
 * time, as the mode wants it. Confined to the thread that pumps this direction.
 */
final class ProxyLine extends FilterInputStream {
  private static final int TRICKLE_BYTES = 20;
  private static final long TRICKLE_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ProxyConnection connection;
  private final HostileProxy proxy;

  ProxyLine(InputStream in, ProxyConnection connection, HostileProxy proxy) {
    super(in);
    this.connection = connection;
    this.proxy = proxy;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    while (true) {
      boolean trickles = proxy.mode() == Mode.TRICKLE;
      int count = in.read(bytes, offset, trickles ? Math.min(length, TRICKLE_BYTES) : length);
      connection.moved();
      if (count < 0 || !connection.vanishes()) {
        if (trickles) {
          LockSupport.parkNanos(TRICKLE_PAUSE_NANOS);
        }
        return count;
      }
    }
  }
}

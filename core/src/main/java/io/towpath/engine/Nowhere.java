package io.towpath.engine;

import java.util.List;

/**
 * Stands in the place of a transport that has died: takes nothing, says nothing. Immutable.
 *
 * @param name what the transport was
 */
record Nowhere(TransportName name) implements Transport {
  @Override
  public void start(Events events) {}

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void send(List<? extends Outgoing> batch) {
    throw new IllegalStateException("nothing is sent to a transport that has died");
  }

  @Override
  public void close() {}

  @Override
  public void release() {}

  @Override
  public void setReceiving(boolean receiving) {}
}

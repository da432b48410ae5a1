package io.towpath.server;

import io.towpath.engine.Outgoing;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.util.List;

/** A transport that remembers whether it receives. */
final class ObservedTransport implements Transport {
  private final Transport transport;
  private volatile boolean receiving = true;

  ObservedTransport(Transport transport) {
    this.transport = transport;
  }

  boolean isReceiving() {
    return receiving;
  }

  @Override
  public TransportName name() {
    return transport.name();
  }

  @Override
  public void start(Events events) {
    transport.start(events);
  }

  @Override
  public boolean isWritable() {
    return transport.isWritable();
  }

  @Override
  public void send(List<? extends Outgoing> batch) {
    transport.send(batch);
  }

  @Override
  public void close() {
    transport.close();
  }

  @Override
  public void release() {
    transport.release();
  }

  @Override
  public void setReceiving(boolean receive) {
    receiving = receive;
    transport.setReceiving(receive);
  }
}

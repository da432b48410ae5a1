package io.towpath.benchmarks.micro;

import io.towpath.engine.EngineOptions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Scheduler;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Surroundings in which nothing happens by itself. */
final class Still {
  static final EngineOptions OPTIONS =
      EngineOptions.builder()
          .pingInterval(Duration.ofHours(2))
          .pingTimeout(Duration.ofHours(1))
          .build();

  private Still() {}

  static HandshakeRequest request() {
    return new HandshakeRequest(
        "GET", "/socket.io/?EIO=4", Map.of("EIO", "4"), Map.of(), "127.0.0.1", false);
  }

  /** A clock that stands. */
  static final class Clock implements Scheduler {
    @Override
    public long now() {
      return 1_000_000;
    }

    @Override
    public Task schedule(long delayMillis, Runnable action) {
      return () -> {};
    }
  }

  /** A transport that is always writable and drops what it is given. */
  static final class Sink implements Transport {
    private @Nullable Events events;
    private int packets;

    @Override
    public TransportName name() {
      return TransportName.WEBSOCKET;
    }

    @Override
    public void start(Events to) {
      events = to;
    }

    Events events() {
      return Objects.requireNonNull(events);
    }

    /** Returns how many packets it has been given. */
    int packets() {
      return packets;
    }

    @Override
    public boolean isWritable() {
      return true;
    }

    @Override
    public void send(List<? extends Outgoing> batch) {
      packets += batch.size();
    }

    @Override
    public void close() {}

    @Override
    public void release() {}

    @Override
    public void setReceiving(boolean receiving) {}
  }
}

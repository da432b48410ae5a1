package io.towpath.testkit.resume;

import io.towpath.engine.Scheduler;
import io.towpath.websocket.ByteLink;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a TCP connection through the {@link Network}: bytes take their time, a cut stops them
 * at any byte, and either end may never hear of it.
 */
final class SimLink implements ByteLink {
  /** What both ends share. */
  static final class Connection implements Network.Stallable {
    private final Network network;
    final SimLink client;
    final SimLink server;
    private boolean cut;

    /** Whether the server has begun to read. */
    private boolean accepted;

    Connection(Network network) {
      this.network = network;
      client = new SimLink(this);
      server = new SimLink(this);
      network.add(this);
    }

    @Override
    public void stall(double until) {
      client.last = Math.max(client.last, until);
      server.last = Math.max(server.last, until);
    }

    @Override
    public void silence() {
      mute(true, true);
    }

    /** From now on nothing arrives that an end writes. */
    void mute(boolean up, boolean down) {
      client.muted |= up;
      server.muted |= down;
    }

    void cut() {
      if (cut) {
        return;
      }
      cut = true;
      network.remove(this);
      int deaf = network.leavesHalfOpen() ? network.world.number(1, 2) : 0;
      if (deaf != 1) {
        network.world.after(network.world.between(0, 500), client::fail);
      }
      if (deaf != 2) {
        network.world.after(network.world.between(0, 500), server::fail);
      }
    }

    /** Returns whether the server still has an open end, as far as it knows. */
    boolean isOpenAtServer() {
      return accepted && !server.over;
    }
  }

  private final Connection connection;
  private @Nullable Events events;

  /** When the last bytes that this end has written arrive. */
  private double last;

  private boolean muted;
  private boolean tail;

  /** Whether nothing is read or told here any more. */
  private boolean over;

  private SimLink(Connection connection) {
    this.connection = connection;
  }

  private SimLink peer() {
    return this == connection.client ? connection.server : connection.client;
  }

  private void send(Runnable arrival, Runnable cutOff) {
    if (muted || over) {
      return;
    }
    World world = connection.network.world;
    last = Math.max(last, world.now() + connection.network.delay());
    Scheduler.Task unused =
        world.after(
            last - world.now(),
            () -> {
              if (connection.cut) {
                cutOff.run();
              } else {
                arrival.run();
              }
            });
  }

  @Override
  public void start(Events to) {
    events = to;
    connection.accepted |= this == connection.server;
  }

  @Override
  public ByteBuffer acquire() {
    return ByteBuffer.allocate(4096);
  }

  @Override
  public void recycle(ByteBuffer buffer) {}

  @Override
  public boolean write(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    SimLink to = peer();
    send(
        () -> to.arrive(copy, copy.length),
        () -> {
          if (!tail) {
            // The cut was somewhere in these bytes.
            tail = true;
            to.arrive(copy, connection.network.world.number(0, copy.length));
          }
        });
    return true;
  }

  private void arrive(byte[] bytes, int length) {
    Events to = events;
    if (over || to == null || length == 0) {
      return;
    }
    World world = connection.network.world;
    int first = world.happens(.2) ? world.number(0, length) : 0;
    if (first > 0) {
      to.onReadable(ByteBuffer.wrap(bytes.clone(), 0, first));
      to.onReadEnd();
    }
    if (first < length && !over) {
      to.onReadable(ByteBuffer.wrap(bytes.clone(), first, length - first));
      to.onReadEnd();
    }
  }

  @Override
  public void awaitWritable() {
    throw new AssertionError("this link takes everything");
  }

  @Override
  public void suspendReads() {}

  @Override
  public void resumeReads() {}

  @Override
  public void shutdownWrites() {
    send(peer()::end, () -> {});
  }

  private void end() {
    Events to = events;
    if (!over && to != null) {
      to.onEnd();
    }
  }

  private void fail() {
    Events to = events;
    if (!over) {
      over = true;
      if (to != null) {
        to.onFailed("connection reset");
      }
    }
  }

  @Override
  public void abort() {
    if (!over) {
      send(peer()::fail, () -> {});
      over = true;
      connection.network.remove(connection);
    }
  }
}

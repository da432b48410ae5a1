package io.towpath.benchmarks;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * A TCP connection of the load client: collects what is written during one turn into one write, and
 * keeps bytes that are not a whole message yet. Confined to the loop's thread.
 */
abstract class LoadConnection {
  /** What a connection reads into: one for all, because there is one thread. */
  private static final byte[] IN = new byte[1 << 20];

  private static final ByteBuffer IN_BUFFER = ByteBuffer.wrap(IN);
  private static final byte[] NOTHING = {};

  private final SocketChannel channel;
  private final SelectionKey key;
  private byte[] rest = NOTHING;
  private byte[] out = new byte[256];
  private int outStart;
  private int outEnd;
  private boolean closed;
  private boolean stalled;

  LoadConnection(LoadLoop loop) {
    try {
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.connect(loop.server());
      key = channel.register(loop.selector(), SelectionKey.OP_CONNECT, this);
    } catch (IOException failed) {
      throw new LoadFailure("cannot connect: " + failed.getMessage());
    }
  }

  /** The connection is there: the first request is written now. */
  abstract void connected();

  /**
   * Takes whole messages out of the bytes that have arrived.
   *
   * @return how many bytes were taken
   */
  abstract int take(byte[] bytes, int length);

  /** The server has closed the connection. */
  abstract void ended();

  /** Sets how many bytes the system takes for a program that does not read. */
  final void receiveBuffer(int bytes) {
    try {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, bytes);
    } catch (IOException failed) {
      throw new LoadFailure("cannot set a buffer: " + failed.getMessage());
    }
  }

  /** Reads nothing any more, and leaves the connection open. */
  final void stopReading() {
    stalled = true;
    if (key.isValid()) {
      key.interestOps(0);
    }
  }

  final boolean isClosed() {
    return closed;
  }

  final void ready() {
    try {
      if (key.isConnectable() && channel.finishConnect()) {
        key.interestOps(SelectionKey.OP_READ);
        connected();
      }
      if (key.isValid() && key.isReadable()) {
        read();
      }
      flush();
    } catch (IOException lost) {
      lost();
    }
  }

  private void read() {
    System.arraycopy(rest, 0, IN, 0, rest.length);
    int count;
    try {
      count = channel.read(IN_BUFFER.clear().position(rest.length));
    } catch (IOException lost) {
      count = -1;
    }
    if (count < 0) {
      lost();
      return;
    }
    int length = rest.length + count;
    int taken = take(IN, length);
    rest = taken == length ? NOTHING : Arrays.copyOfRange(IN, taken, length);
    if (rest.length == IN.length) {
      throw new LoadFailure("a message of more than 1 MiB arrived");
    }
  }

  private void lost() {
    if (!closed) {
      closeAtOnce();
      ended();
    }
  }

  /** Makes room for bytes to be written at the end of this turn; returns the array. */
  final byte[] room(int bytes) {
    if (outEnd + bytes > out.length) {
      byte[] larger = new byte[Math.max(2 * out.length, outEnd - outStart + bytes)];
      System.arraycopy(out, outStart, larger, 0, outEnd - outStart);
      out = larger;
      outEnd -= outStart;
      outStart = 0;
    }
    return out;
  }

  /** Where the next byte goes in the array of {@link #room}. */
  final int position() {
    return outEnd;
  }

  final void advance(int bytes) {
    outEnd += bytes;
  }

  final void write(byte[] bytes) {
    System.arraycopy(bytes, 0, room(bytes.length), outEnd, bytes.length);
    outEnd += bytes.length;
  }

  /**
   * Writes what has been collected; called after each turn, and by whoever writes between turns.
   */
  public final void flush() {
    if (outEnd == outStart || closed || stalled || !channel.isConnected()) {
      return;
    }
    try {
      outStart += channel.write(ByteBuffer.wrap(out, outStart, outEnd - outStart));
    } catch (IOException lost) {
      lost();
      return;
    }
    if (outStart == outEnd) {
      outStart = 0;
      outEnd = 0;
      key.interestOps(SelectionKey.OP_READ);
    } else {
      key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
  }

  /** Closes after the end has been agreed on; leaves no port behind that waits for stragglers. */
  final void closeAtOnce() {
    try {
      if (!closed) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException gone) {
      // It is closed already.
    }
    close();
  }

  final void close() {
    if (!closed) {
      closed = true;
      key.cancel();
      try {
        channel.close();
      } catch (IOException gone) {
        // It is closed either way.
      }
    }
  }
}

package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.websocket.ByteLink;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Two links joined in memory: what one writes, the other reads. Nothing happens on its own: bytes
 * move inside the call that makes them movable, on that thread, never from within a call of a link
 * (a call made while another event is delivered is carried out after it). So when a call made from
 * a test returns, everything that it causes has happened.
 *
 * <p>A test may make the network difficult: {@link #deliverInPiecesOf} cuts what arrives here into
 * small reads, {@link #hold} lets the other end's writes get stuck, {@link #cut} loses the
 * connection. Bytes are lent in a buffer that is wiped after each read, so that nobody keeps them.
 */
public final class MemoryLink implements ByteLink {
  private static final byte WIPED = (byte) 0xEE;

  /** What both ends share: one lock, and one thread that delivers at a time. */
  private static final class Network {
    /** Whether a thread is delivering; another one leaves its work to it. */
    @GuardedBy("this")
    private boolean delivering;
  }

  private final Network network;
  private final String name;

  /** The other end; set once, when the pair is made. */
  private MemoryLink peer = this;

  /** Null until start. */
  private ByteLink.@Nullable Events events;

  // Everything below is guarded by the network.

  /** Bytes on their way to this end. */
  private final Pipe inbound = new Pipe();

  /** Bytes that this end takes before writes of the other end get stuck. */
  private int room = Integer.MAX_VALUE;

  private int pieces = Integer.MAX_VALUE;
  private int bufferBytes = 16 * 1024;
  private boolean direct;
  private boolean readsSuspended;
  private boolean writeAwaited;
  private boolean writesShut;
  private boolean endDue;
  private boolean endTold;
  private @Nullable String failureDue;
  private boolean dead;
  private int lent;
  private int writes;

  private MemoryLink(Network network, String name) {
    this.network = network;
    this.name = name;
  }

  /** Returns two joined ends. */
  public static MemoryLink[] pair() {
    Network network = new Network();
    MemoryLink a = new MemoryLink(network, "memory-a");
    MemoryLink b = new MemoryLink(network, "memory-b");
    a.peer = b;
    b.peer = a;
    return new MemoryLink[] {a, b};
  }

  /** Cuts what arrives here into reads of at most this many bytes, each a burst of its own. */
  public MemoryLink deliverInPiecesOf(int bytes) {
    synchronized (network) {
      pieces = bytes;
    }
    return this;
  }

  /** Lends output buffers of this size, at least {@link ByteLink#MIN_BUFFER_BYTES}. */
  public MemoryLink outputBuffersOf(int bytes) {
    synchronized (network) {
      bufferBytes = bytes;
    }
    return this;
  }

  /** Lends direct buffers, for reading and for writing, instead of heap buffers. */
  public MemoryLink direct() {
    synchronized (network) {
      direct = true;
    }
    return this;
  }

  /**
   * From here on this end takes only so many bytes before writes of the other end get stuck.
   *
   * @param bytes 0 or more
   */
  public void hold(int bytes) {
    synchronized (network) {
      room = bytes;
    }
  }

  /** Takes so many bytes more from a write of the other end that is stuck, and then none. */
  public void takeNow(int bytes) {
    hold(bytes);
    deliver();
  }

  /** Takes everything again; writes of the other end that are stuck go on. */
  public void letGo() {
    hold(Integer.MAX_VALUE);
    deliver();
  }

  /** The network loses the connection: both ends are told, bytes on their way are lost. */
  public void cut() {
    synchronized (network) {
      fail("connection reset");
      peer.fail("connection reset");
    }
    deliver();
  }

  /** Returns how many output buffers of this end are out; an idle end has none. */
  public int lentBuffers() {
    synchronized (network) {
      return lent;
    }
  }

  /** Returns how many writes of this end have moved bytes. */
  public int writes() {
    synchronized (network) {
      return writes;
    }
  }

  /** Returns whether this end has been aborted, or told that the connection is lost. */
  public boolean isDead() {
    synchronized (network) {
      return dead;
    }
  }

  /** Returns whether this end has sent its end-of-stream. */
  public boolean isShutDown() {
    synchronized (network) {
      return writesShut;
    }
  }

  @Override
  public void start(Events to) {
    events = to;
    deliver();
  }

  @Override
  public ByteBuffer acquire() {
    synchronized (network) {
      lent++;
      return direct ? ByteBuffer.allocateDirect(bufferBytes) : ByteBuffer.allocate(bufferBytes);
    }
  }

  @Override
  public void recycle(ByteBuffer buffer) {
    synchronized (network) {
      lent--;
      if (lent < 0) {
        throw new AssertionError("buffer recycled twice");
      }
    }
    wipe(buffer);
  }

  @Override
  public boolean write(ByteBuffer bytes) {
    boolean all;
    synchronized (network) {
      if (writesShut) {
        throw new AssertionError("write after the end-of-stream");
      }
      if (dead || peer.dead) {
        bytes.position(bytes.limit());
        return true;
      }
      byte[] taken = new byte[Math.min(bytes.remaining(), peer.room)];
      bytes.get(taken);
      peer.inbound.add(taken);
      if (peer.room != Integer.MAX_VALUE) {
        peer.room -= taken.length;
      }
      writes += taken.length > 0 ? 1 : 0;
      all = !bytes.hasRemaining();
    }
    deliver();
    return all;
  }

  @Override
  public void awaitWritable() {
    synchronized (network) {
      writeAwaited = true;
    }
    deliver();
  }

  @Override
  public void suspendReads() {
    synchronized (network) {
      readsSuspended = true;
    }
  }

  @Override
  public void resumeReads() {
    synchronized (network) {
      readsSuspended = false;
    }
    deliver();
  }

  @Override
  public void shutdownWrites() {
    synchronized (network) {
      if (!writesShut) {
        writesShut = true;
        peer.endDue = true;
      }
    }
    deliver();
  }

  @Override
  public void abort() {
    synchronized (network) {
      if (!dead) {
        dead = true;
        // As TCP does it: what was not read turns the end into a reset.
        if (!inbound.isEmpty()) {
          peer.fail("connection reset");
        } else {
          peer.endDue = true;
        }
        inbound.clear();
      }
    }
    deliver();
  }

  @Override
  public String toString() {
    return name;
  }

  private void fail(String description) {
    if (!dead && failureDue == null) {
      failureDue = description;
      inbound.clear();
    }
  }

  /** Carries out what is possible, unless a thread is at it already: then that one does it. */
  private void deliver() {
    synchronized (network) {
      if (network.delivering) {
        return;
      }
      network.delivering = true;
    }
    boolean quiet = false;
    try {
      while (!quiet) {
        Runnable event;
        synchronized (network) {
          event = nextEvent();
          event = event == null ? peer.nextEvent() : event;
          if (event == null) {
            network.delivering = false;
          }
        }
        quiet = event == null;
        if (event != null) {
          event.run();
        }
      }
    } finally {
      if (!quiet) {
        synchronized (network) {
          network.delivering = false;
        }
      }
    }
  }

  /** Takes the next event of this end; the caller has the lock and runs it without. */
  private @Nullable Runnable nextEvent() {
    Events to = events;
    if (to == null || dead) {
      return null;
    }
    String failure = failureDue;
    if (failure != null) {
      dead = true;
      return () -> to.onFailed(failure);
    }
    if (writeAwaited && (peer.room > 0 || peer.dead)) {
      writeAwaited = false;
      return to::onWritable;
    }
    if (!inbound.isEmpty() && !readsSuspended) {
      ByteBuffer bytes = inbound.take(pieces, direct);
      return () -> read(to, bytes);
    }
    if (endDue && inbound.isEmpty() && !endTold) {
      endTold = true;
      return to::onEnd;
    }
    return null;
  }

  private static void read(Events to, ByteBuffer bytes) {
    to.onReadable(bytes);
    if (bytes.hasRemaining()) {
      throw new AssertionError("not everything was taken");
    }
    wipe(bytes);
    to.onReadEnd();
  }

  private static void wipe(ByteBuffer buffer) {
    buffer.clear();
    while (buffer.hasRemaining()) {
      buffer.put(WIPED);
    }
  }

  /** Bytes on their way; guarded by the network. */
  private static final class Pipe {
    private final ArrayDeque<ByteBuffer> written = new ArrayDeque<>();
    private int size;

    boolean isEmpty() {
      return size == 0;
    }

    void add(byte[] bytes) {
      if (bytes.length > 0) {
        written.add(ByteBuffer.wrap(bytes));
        size += bytes.length;
      }
    }

    void clear() {
      written.clear();
      size = 0;
    }

    ByteBuffer take(int most, boolean direct) {
      int count = Math.min(most, size);
      ByteBuffer taken = direct ? ByteBuffer.allocateDirect(count) : ByteBuffer.allocate(count);
      while (taken.hasRemaining()) {
        ByteBuffer oldest = written.element();
        int chunk = Math.min(oldest.remaining(), taken.remaining());
        taken.put(taken.position(), oldest, oldest.position(), chunk);
        taken.position(taken.position() + chunk);
        oldest.position(oldest.position() + chunk);
        if (!oldest.hasRemaining()) {
          written.remove();
        }
      }
      size -= count;
      return taken.flip();
    }
  }
}

package io.towpath.benchmarks.micro;

import io.towpath.websocket.ByteLink;
import io.towpath.websocket.Ending;
import io.towpath.websocket.FrameEncoder;
import io.towpath.websocket.Opcode;
import io.towpath.websocket.Role;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketListener;
import io.towpath.websocket.WebSocketOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A server's WebSocket over a link that takes everything. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameBenchmark {
  /** Bytes of the text. */
  @Param({"64", "4096"})
  public int size = 64;

  private final Link link = new Link();
  private final Received received = new Received();
  private final ByteBuffer in = ByteBuffer.allocateDirect(16 << 10);
  private WebSocketConnection connection = connect();
  private byte[] text = {};
  private byte[] frame = {};

  private WebSocketConnection connect() {
    return WebSocketConnection.server(link, new Still.Clock(), WebSocketOptions.DEFAULTS);
  }

  /** Makes what is read and written. */
  @Setup
  public void prepare() {
    text = new byte[size];
    Arrays.fill(text, (byte) 'x');
    FrameEncoder client = new FrameEncoder(Role.CLIENT, () -> 0x5a17c33d);
    ByteBuffer whole = client.frame(Opcode.TEXT, true, text);
    frame = new byte[whole.remaining()];
    whole.get(frame);
    connection = connect();
    connection.start(received);
  }

  /** A masked frame arrives, is unmasked, checked and delivered. */
  @Benchmark
  public int read() {
    in.clear();
    in.put(frame).flip();
    ByteLink.Events events = link.events();
    events.onReadable(in);
    events.onReadEnd();
    return received.bytes;
  }

  /** A frame is written. */
  @Benchmark
  public long write() {
    connection.sendText(text, 0, text.length);
    return link.written;
  }

  private static final class Received implements WebSocketListener {
    private int bytes;

    @Override
    public void onText(byte[] message, int offset, int length) {
      bytes += length;
    }

    @Override
    public void onBinary(byte[] message) {
      bytes += message.length;
    }

    @Override
    public void onClosed(Ending ending) {
      throw new IllegalStateException(ending.description());
    }
  }

  private static final class Link implements ByteLink {
    private final ByteBuffer out = ByteBuffer.allocateDirect(16 << 10);
    private @Nullable Events events;
    private long written;

    Events events() {
      return Objects.requireNonNull(events);
    }

    @Override
    public void start(Events to) {
      events = to;
    }

    @Override
    public ByteBuffer acquire() {
      return out.clear();
    }

    @Override
    public boolean write(ByteBuffer bytes) {
      written += bytes.remaining();
      bytes.position(bytes.limit());
      return true;
    }

    @Override
    public void awaitWritable() {}

    @Override
    public void recycle(ByteBuffer buffer) {}

    @Override
    public void suspendReads() {}

    @Override
    public void resumeReads() {}

    @Override
    public void shutdownWrites() {}

    @Override
    public void abort() {}
  }
}

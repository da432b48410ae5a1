package io.towpath.benchmarks.micro;

import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.FanOut;
import io.towpath.engine.MessageBatch;
import io.towpath.socket.SocketIo;
import io.towpath.socket.SocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The way of a message through a session, between a transport that does nothing and a handler. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SessionBenchmark {
  private static final int BURST = 10;

  private final MessageBatch message = MessageBatch.text("2[\"text\",\"" + "x".repeat(64) + "\"]");
  private final Still.Sink plain = new Still.Sink();
  private final Still.Sink echoing = new Still.Sink();
  private final List<EngineSession> many = new ArrayList<>();
  private final byte[] event =
      ("427[\"text\",\"" + "x".repeat(64) + "\"]").getBytes(StandardCharsets.UTF_8);
  private EngineSession session = open(plain);

  private static EngineSession open(Still.Sink sink) {
    Still.Clock clock = new Still.Clock();
    EngineSessions sessions = new EngineSessions(Still.OPTIONS, new DeadlineWheel(clock));
    return Objects.requireNonNull(sessions.open(Still.request(), sink, opened -> new Unheard()));
  }

  /** Opens the sessions. */
  @Setup
  public void open() {
    session = open(plain);
    for (int i = 0; i < 100; i++) {
      many.add(open(new Still.Sink()));
    }
    Still.Clock clock = new Still.Clock();
    DeadlineWheel wheel = new DeadlineWheel(clock);
    EngineSessions sessions = new EngineSessions(Still.OPTIONS, wheel);
    SocketIo io =
        new SocketIo(SocketOptions.builder().inlineHandlers().build(), clock, wheel, Runnable::run);
    io.of("/")
        .onConnection(socket -> socket.on("text", String.class, (text, ack) -> ack.send(text)));
    sessions.open(Still.request(), echoing, io::accept);
    echoing.events().onPacket(EnginePacketCodec.decode("40"));
    echoing.events().onBurstEnd();
  }

  /** A message is queued and written. */
  @Benchmark
  public boolean send() {
    return session.send(message);
  }

  /** Ten messages of one burst leave in one write. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public int sendCorked() {
    session.cork();
    for (int i = 0; i < BURST; i++) {
      session.send(message);
    }
    session.uncork();
    return plain.packets();
  }

  /** One message for a hundred sessions, for each. */
  @Benchmark
  @OperationsPerInvocation(100)
  public int fanOut() {
    FanOut fanOut = new FanOut();
    for (EngineSession one : many) {
      fanOut.send(one, message, false);
    }
    fanOut.end();
    return many.size();
  }

  /** Ten events of a burst go to a typed handler, and their acks back. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public int ackedEvent() {
    for (int i = 0; i < BURST; i++) {
      echoing.events().onPacket(new EnginePacket.Text(event, 1, event.length - 1));
    }
    echoing.events().onBurstEnd();
    return echoing.packets();
  }

  /** Hears nothing. */
  private static final class Unheard implements io.towpath.engine.SessionListener {
    @Override
    public void onText(EnginePacket.Text text) {}

    @Override
    public void onBinary(byte[] bytes) {}

    @Override
    public void onClose(
        io.towpath.engine.CloseReason reason, @org.jspecify.annotations.Nullable String text) {}
  }
}

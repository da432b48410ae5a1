package io.towpath.benchmarks.micro;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.MessageBatch;
import io.towpath.longpoll.PayloadCodec;
import io.towpath.msgpack.MessagePackParser;
import io.towpath.socket.Payload;
import io.towpath.socket.SocketOptions;
import io.towpath.socket.SocketPacket;
import io.towpath.socket.SocketParser;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
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

/** Packets to bytes and back: Engine.IO, Socket.IO in JSON and MessagePack, polling payloads. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {
  /** Bytes of the one argument. */
  @Param({"64", "4096"})
  public int size = 64;

  private static final int PACKETS = 10;

  private final SocketParser messagePack = MessagePackParser.create();
  private final SocketParser.Decoder json =
      SocketParser.json().decoder(SocketOptions.defaults(), name -> true);
  private final SocketParser.Decoder packed =
      messagePack.decoder(SocketOptions.defaults(), name -> true);
  private SocketPacket.Event event = event("");
  private byte[] engineText = {};
  private byte[] packedBytes = {};
  private byte[] payload = {};
  private List<MessageBatch> batches = List.of();

  private static SocketPacket.Event event(String text) {
    byte[] array = ("[\"text\",\"" + text + "\"]").getBytes(StandardCharsets.UTF_8);
    return new SocketPacket.Event("/", 7, new Payload(array, 0, array.length, List.of()));
  }

  /** Makes what is read and written. */
  @Setup
  public void prepare() {
    event = event("x".repeat(size));
    MessageBatch batch = SocketParser.json().encode(event);
    engineText = batch.textPacket();
    packedBytes = messagePack.encode(event).binaries().get(0);
    batches = Collections.nCopies(PACKETS, batch);
    String packet = new String(engineText, StandardCharsets.UTF_8);
    payload =
        String.join("\u001e", Collections.nCopies(PACKETS, packet))
            .getBytes(StandardCharsets.UTF_8);
  }

  /** An Engine.IO message and the Socket.IO header in it; JSON is left for the handler. */
  @Benchmark
  public @Nullable SocketPacket decodeText() {
    EnginePacket packet = EnginePacketCodec.decode(engineText, 0, engineText.length);
    return json.text((EnginePacket.Text) packet);
  }

  /** An event whose array is written. */
  @Benchmark
  public MessageBatch encodeText() {
    return SocketParser.json().encode(event);
  }

  /** An event in MessagePack, translated into JSON. */
  @Benchmark
  public @Nullable SocketPacket decodeMessagePack() {
    return packed.binary(packedBytes);
  }

  /** An event written as MessagePack. */
  @Benchmark
  public MessageBatch encodeMessagePack() {
    return messagePack.encode(event);
  }

  /** The ten packets of a POST. */
  @Benchmark
  public int decodePayload() {
    PayloadCodec.Decoder decoder = new PayloadCodec.Decoder(payload, PACKETS);
    int packets = 0;
    while (decoder.next() != null) {
      packets++;
    }
    return packets;
  }

  /** Ten messages as the answer to a GET. */
  @Benchmark
  public List<byte[]> encodePayload() {
    return PayloadCodec.encode(batches);
  }
}

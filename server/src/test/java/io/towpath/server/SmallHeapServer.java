package io.towpath.server;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.SessionListener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An echo server in a JVM of its own with a small heap, which ends at once if that is not enough.
 * Of a binary message only the length is echoed.
 */
final class SmallHeapServer implements AutoCloseable {
  private final Process process;
  private final BufferedReader said;
  private final InetSocketAddress address;

  private SmallHeapServer(Process process) throws IOException {
    this.process = process;
    this.said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(line()));
  }

  /**
   * Starts the JVM.
   *
   * @param heapMiB its {@code -Xmx}
   * @param messageBytes the bound on messages
   * @param frames the bound on frames of a message
   */
  static SmallHeapServer start(int heapMiB, int messageBytes, int frames) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + heapMiB + "m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dorg.jboss.logging.provider=slf4j",
            "-cp",
            System.getProperty("java.class.path"),
            SmallHeapServer.class.getName(),
            Integer.toString(messageBytes),
            Integer.toString(frames)));
    try {
      return new SmallHeapServer(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start());
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  private String line() {
    try {
      String line = said.readLine();
      if (line == null) {
        throw new AssertionError("the server has died");
      }
      return line;
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  RawConnection connect() {
    return RawConnection.to(address, null);
  }

  /** Returns the most bytes of heap that were ever in use, garbage among them. */
  long peakBytes() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException failed) {
      throw new AssertionError("the server has died", failed);
    }
    return Long.parseLong(line());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** The server: says its port, and for each line on its input the peak of its heap. */
  public static void main(String[] arguments) throws IOException {
    int messageBytes = Integer.parseInt(arguments[0]);
    int frames = Integer.parseInt(arguments[1]);
    TowpathServer server =
        TowpathServer.builder()
            .port(0)
            .ioThreads(2)
            .towpath(
                towpath ->
                    towpath
                        .perMessageDeflate(true)
                        .engine(engine -> engine.maxPayload(messageBytes))
                        .webSocket(
                            webSocket ->
                                webSocket
                                    .maxFragments(frames)
                                    .assemblyTimeout(Duration.ofMinutes(5)))
                        .rawSessions(SmallHeapServer::listener))
            .build()
            .start();
    System.out.println(server.address().getPort());
    while (System.in.read() >= 0) {
      long peak = 0;
      for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
        if (pool.getType() == MemoryType.HEAP) {
          peak += pool.getPeakUsage().getUsed();
        }
      }
      System.out.println(peak);
    }
    server.stop();
  }

  private static SessionListener listener(EngineSession session) {
    return new SessionListener() {
      @Override
      public void onText(EnginePacket.Text message) {
        session.send(MessageBatch.text(message.string()));
      }

      @Override
      public void onBinary(byte[] message) {
        session.send(MessageBatch.text("bytes " + message.length));
      }

      @Override
      public void onClose(CloseReason reason, @Nullable String description) {}
    };
  }
}

package io.towpath.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A program that says on its standard output how far it is. It is ended when this is closed. */
final class Lines implements AutoCloseable {
  private final Process process;
  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(1_000);

  Lines(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread reader = new Thread(this::read, "output of a client");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = output.readLine()) != null) {
        lines.offer(line);
      }
    } catch (IOException ended) {
      // Whoever waits for a line says that it is missing.
    }
  }

  /** Waits for a line that begins so; null if it does not come in time, or the program ends. */
  @Nullable String await(String beginning, int seconds) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    try {
      while (end - System.nanoTime() > 0) {
        String line = lines.poll(100, TimeUnit.MILLISECONDS);
        if (line != null && line.startsWith(beginning)) {
          return line;
        }
        if (line == null && !process.isAlive() && lines.isEmpty()) {
          return null;
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  /** Waits for a line as {@link #await} does, and fails without it. */
  String require(String beginning, int seconds) {
    String line = await(beginning, seconds);
    if (line == null) {
      throw new LoadFailure("the client did not say \"" + beginning.trim() + "\"");
    }
    return line;
  }

  /** Says a line to the program. */
  void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Lets time pass. */
  void rest(int millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

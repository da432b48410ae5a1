package io.towpath.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A measured server in its own process. It ends when {@link #close} is called, and by itself when
 * this process is gone, because its standard input ends then.
 */
final class ServerProcess implements AutoCloseable {
  private static final long ANSWER_SECONDS = 30;

  private final Process process;
  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(1_000);
  private final InetSocketAddress address;

  /**
   * Starts a server and waits until it says "ready".
   *
   * @throws LoadFailure if it does not
   */
  ServerProcess(List<String> command, int port) {
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException failed) {
      throw new LoadFailure("cannot start: " + failed.getMessage());
    }
    Thread reader = new Thread(this::read, "output of a server");
    reader.setDaemon(true);
    reader.start();
    try {
      answer("ready");
    } catch (LoadFailure failed) {
      close();
      throw failed;
    }
    address = new InetSocketAddress("127.0.0.1", port);
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
      // The wait for an answer says what is missing.
    }
  }

  /** Waits for a line that begins with a word and returns it. */
  private String answer(String word) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
    try {
      while (true) {
        String line = lines.poll(200, TimeUnit.MILLISECONDS);
        if (line != null && line.startsWith(word)) {
          return line;
        }
        if (line == null && !process.isAlive() || end - System.nanoTime() < 0) {
          throw new LoadFailure("the server did not say \"" + word + "\"");
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new LoadFailure("interrupted");
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for a line that begins with a word, while a loop serves its connections. */
  String awaiting(String word, LoadLoop loop) {
    String[] found = new String[1];
    loop.await(
        "what the server says",
        () -> {
          String line = lines.poll();
          if (line != null && line.startsWith(word)) {
            found[0] = line;
          }
          return found[0] != null || !process.isAlive();
        });
    if (found[0] == null) {
      throw new LoadFailure("the server died");
    }
    return found[0];
  }

  InetSocketAddress address() {
    return address;
  }

  long pid() {
    return process.pid();
  }

  /** Returns the CPU time that the process has used, user and system, in seconds. */
  double cpuSeconds() {
    return cpuSeconds(process.pid());
  }

  static double cpuSeconds(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // The second field is the name in parentheses, which may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    } catch (IOException gone) {
      throw new LoadFailure("the server has ended");
    }
  }

  /** Returns the bytes of live objects. */
  long liveBytes() {
    try {
      process.getOutputStream().write("heap\n".getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
    } catch (IOException gone) {
      throw new LoadFailure("the server has ended");
    }
    return Long.parseLong(answer("heap ").substring(5));
  }

  /** Ends the process, by its own means or by force. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        process.waitFor(3, TimeUnit.SECONDS);
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Returns a port that was free a moment ago. */
  static int freePort() {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}

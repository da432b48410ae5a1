package io.towpath.benchmarks;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * One row of the comparison: a load and how it is called.
 *
 * @param name what {@code --only} knows it by
 * @param title what the table says
 * @param load makes a new one for each measurement
 */
record Measurement(String name, String title, Supplier<Load> load) {
  /** What a measurement of CPU costs found. */
  record Cost(double microseconds, double perSecond) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.2f us of CPU each, %.0f/s", microseconds, perSecond);
    }
  }

  /** Before each measurement, so that the opening of the sessions is over. */
  private static final double SETTLE_SECONDS = 0.5;

  private static final double SLICE_SECONDS = 0.2;

  /**
   * How many times as long as asked for a measurement takes if the server is kept from its core.
   */
  private static final double LONGEST = 4;

  private static final List<Measurement> ALL =
      List.of(
          events("acked", "Acked events, 50 WebSockets, window 10, 64 B", false, 50, 10, 64),
          events("acked-4k", "The same, 4 KiB", false, 50, 10, 4096),
          events("acked-1", "Acked events, 500 WebSockets, window 1, 64 B", false, 500, 1, 64),
          new Measurement(
              "broadcast",
              "Broadcast to 1,000 WebSockets, 128 B, per delivery",
              () -> new BroadcastLoad(1_000, 128)),
          new Measurement("broadcast-4k", "The same, 4 KiB", () -> new BroadcastLoad(1_000, 4096)),
          events("polling", "Acked events, 50 polling sessions, window 10, 64 B", true, 50, 10, 64),
          events("polling-4k", "The same, 4 KiB", true, 50, 10, 4096),
          new Measurement(
              "churn", "Connect, one acked event, close; 20 at a time", () -> new ChurnLoad(20)),
          new Measurement(
              "idle", "Idle WebSocket sessions, live heap each", () -> new IdleLoad(false, 2_000)),
          new Measurement(
              "idle-polling",
              "Idle polling sessions, live heap each",
              () -> new IdleLoad(true, 2_000)));

  private static Measurement events(
      String name, String title, boolean polling, int sessions, int window, int size) {
    return new Measurement(name, title, () -> new EventLoad(polling, sessions, window, size));
  }

  /**
   * Returns the measurements of these names, or all.
   *
   * @throws IllegalArgumentException if there is none of a name
   */
  static List<Measurement> named(List<String> names) {
    if (names.isEmpty()) {
      return ALL;
    }
    List<Measurement> found = new ArrayList<>();
    for (String name : names) {
      found.add(
          ALL.stream()
              .filter(measurement -> measurement.name.equals(name))
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("unknown load: " + name)));
    }
    return found;
  }

  /** Returns whether memory is measured, not CPU time. */
  boolean isMemory() {
    return name.startsWith("idle");
  }

  /** Loads whatever listens on a port of this machine. */
  Cost once(int port, long pid, double seconds) {
    return cost(new InetSocketAddress("127.0.0.1", port), pid, seconds);
  }

  /**
   * Measures one server's CPU time per verified answer.
   *
   * @param pid the server's process; 0 if its CPU time is not known
   * @param seconds of CPU time of the server, for at most four times as long; without a process,
   *     simply seconds
   */
  Cost cost(InetSocketAddress address, long pid, double seconds) {
    Load load = this.load.get();
    try (LoadLoop loop = new LoadLoop(address)) {
      load.begin(loop);
      loop.run(SETTLE_SECONDS);
      long before = load.done();
      double cpuBefore = cpu(pid);
      long start = System.nanoTime();
      double took;
      double cpu;
      do {
        loop.run(SLICE_SECONDS);
        took = (System.nanoTime() - start) / 1e9;
        cpu = cpu(pid) - cpuBefore;
      } while (took < seconds || pid != 0 && cpu < seconds && took < LONGEST * seconds);
      long done = load.done() - before;
      load.end(loop);
      if (done == 0) {
        throw new LoadFailure("no answer");
      }
      return new Cost(cpu * 1e6 / done, done / took);
    }
  }

  private static double cpu(long pid) {
    return pid == 0 ? 0 : ServerProcess.cpuSeconds(pid);
  }

  /**
   * Measures the bytes of live objects for each idle session: how much less there are when they
   * have gone, so that what the server keeps for everybody counts for none.
   */
  double bytesEach(ServerProcess server) {
    IdleLoad load = (IdleLoad) this.load.get();
    try (LoadLoop loop = new LoadLoop(server.address())) {
      load.begin(loop);
      long with = server.liveBytes();
      load.end(loop);
      loop.run(SETTLE_SECONDS);
      return (with - server.liveBytes()) / (double) load.count();
    }
  }
}

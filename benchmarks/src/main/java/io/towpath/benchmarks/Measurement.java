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
  /** What a measurement finds. */
  enum Kind {
    /** CPU time for each answer. */
    COST,
    /** Live bytes for each session. */
    MEMORY,
    /** How long answers take. */
    LATENCY,
    /** How many deliveries a second there can be. */
    RATE
  }

  /**
   * At a fixed rate of acked events; microseconds.
   *
   * @param late the p99 of how late the client itself was in sending, which is a part of the others
   */
  record Delays(double half, double most, double late) {}

  /**
   * What a measurement of CPU costs found.
   *
   * @param answers how many there were, from the first one on
   * @param disordered how many of them came before that to an older event of their session
   */
  record Cost(double microseconds, double perSecond, long answers, long disordered) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.2f us of CPU each, %.0f/s, %d of %d answers out of order",
          microseconds,
          perSecond,
          disordered,
          answers);
    }
  }

  /** Before each measurement, so that the opening of the sessions is over. */
  private static final double SETTLE_SECONDS = 0.5;

  private static final double SLICE_SECONDS = 0.2;

  private static final int WARM_UP_SESSIONS = 200;

  /**
   * How many times as long as asked for a measurement takes if the server is kept from its core.
   */
  private static final double LONGEST = 4;

  private static final List<Measurement> ALL =
      List.of(
          events("acked", "Acked events, 50 WebSockets, window 10, 64 B", false, 50, 10, 64),
          events("acked-4k", "Acked events, 50 WebSockets, window 10, 4 KiB", false, 50, 10, 4096),
          events(
              "acked-resumable",
              "Acked events in resumable sessions, 50 WebSockets, window 10, 64 B",
              WebSocketSession.Kind.RESUMABLE,
              64),
          events(
              "acked-4k-deflate",
              "Acked events, 50 WebSockets, window 10, 4 KiB, answers deflated",
              WebSocketSession.Kind.DEFLATE,
              4096),
          events("acked-1", "Acked events, 500 WebSockets, window 1, 64 B", false, 500, 1, 64),
          new Measurement(
              "broadcast",
              "Broadcast to 1,000 WebSockets, 128 B, 4 under way, per delivery",
              () -> new BroadcastLoad(1_000, 4, 128)),
          new Measurement(
              "broadcast-1",
              "Broadcast to 1,000 WebSockets, 128 B, 1 under way, per delivery",
              () -> new BroadcastLoad(1_000, 1, 128)),
          new Measurement(
              "broadcast-32",
              "Broadcast to 1,000 WebSockets, 128 B, 32 under way, per delivery",
              () -> new BroadcastLoad(1_000, 32, 128)),
          new Measurement(
              "broadcast-4k",
              "Broadcast to 1,000 WebSockets, 4 KiB, 4 under way, per delivery",
              () -> new BroadcastLoad(1_000, 4, 4096)),
          new Measurement(
              "rate",
              "Broadcast to 1,000 WebSockets, 128 B, highest rate without loss",
              Measurement::none),
          new Measurement(
              "latency", "20,000 acked events a second, 50 WebSockets, 64 B", Measurement::none),
          events("polling", "Acked events, 50 polling sessions, window 10, 64 B", true, 50, 10, 64),
          events(
              "polling-4k",
              "Acked events, 50 polling sessions, window 10, 4 KiB",
              true,
              50,
              10,
              4096),
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
    return new Measurement(
        name,
        title,
        () ->
            new EventLoad(
                polling ? PollingSession::new : WebSocketSession::new, sessions, window, size));
  }

  private static Measurement events(
      String name, String title, WebSocketSession.Kind kind, int size) {
    return new Measurement(
        name,
        title,
        () ->
            new EventLoad(
                (loop, listener) -> new WebSocketSession(loop, listener, kind), 50, 10, size));
  }

  /** Returns acked events over so many WebSockets, each with so many outstanding. */
  static Measurement events(int sessions, int window) {
    return events(
        String.format(Locale.ROOT, "acked-%d of %d", window, sessions),
        String.format(
            Locale.ROOT, "Acked events, %,d WebSockets, window %d, 64 B", sessions, window),
        false,
        sessions,
        window,
        64);
  }

  /** Returns what a server is warmed up with; measurements of the same load need that once. */
  String warmUp() {
    int of = name.indexOf(" of ");
    return of < 0 ? name : name.substring(0, of);
  }

  /** Returns what this finds. */
  Kind kind() {
    return switch (name) {
      case "idle", "idle-polling" -> Kind.MEMORY;
      case "latency" -> Kind.LATENCY;
      case "rate" -> Kind.RATE;
      default -> Kind.COST;
    };
  }

  /** Returns whether a server can do what is asked of it here. */
  boolean concerns(String server) {
    if (name.endsWith("-resumable")) {
      return server.equals("towpath");
    }
    if (name.endsWith("-deflate")) {
      return server.equals("towpath-deflate") || server.equals("netty-socketio");
    }
    return !server.equals("towpath-deflate");
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

  /** What is measured otherwise than by {@link #cost} makes its load itself. */
  private static Load none() {
    throw new LoadFailure("this load is for the comparison alone");
  }

  /** Measures how long answers take at a fixed rate. */
  static Delays delays(InetSocketAddress address, double seconds) {
    PacedLoad load = new PacedLoad(20_000, 50, 64);
    try (LoadLoop loop = new LoadLoop(address)) {
      load.begin(loop);
      load.run(loop, SETTLE_SECONDS);
      load.clear();
      load.run(loop, seconds);
      Latencies found = load.latencies();
      Delays delays =
          new Delays(found.quantile(0.5), found.quantile(0.99), load.lateness().quantile(0.99));
      load.end(loop);
      return delays;
    }
  }

  /** Measures how many deliveries a second there can be. */
  static double highestRate(InetSocketAddress address) {
    try (LoadLoop loop = new LoadLoop(address)) {
      return new RateLoad(1_000, 128).highest(loop);
    }
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
      return new Cost(cpu * 1e6 / done, done / took, load.done(), load.disordered());
    }
  }

  private static double cpu(long pid) {
    return pid == 0 ? 0 : ServerProcess.cpuSeconds(pid);
  }

  /**
   * Measures the bytes of live objects for each idle session: how much more there are when all have
   * come. A first, small crowd that comes and goes makes the server have what it keeps for
   * everybody.
   *
   * @param server one that has just been started
   */
  double bytesEach(ServerProcess server) {
    IdleLoad load = (IdleLoad) this.load.get();
    try (LoadLoop loop = new LoadLoop(server.address())) {
      IdleLoad first = load.smaller(WARM_UP_SESSIONS);
      first.begin(loop);
      first.end(loop);
      loop.run(SETTLE_SECONDS);
      long without = server.liveBytes();
      load.begin(loop);
      double each = (server.liveBytes() - without) / (double) load.count();
      load.end(loop);
      return each;
    }
  }
}

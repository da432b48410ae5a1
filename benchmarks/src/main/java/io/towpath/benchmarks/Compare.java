package io.towpath.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Starts the servers side by side on one core, loads them in turn from the other, and prints what
 * each costs. Every round measures every server once, so that noise of the machine falls on all.
 */
final class Compare {
  /** Warming up goes through this many ends of sessions, which make a JVM compile anew. */
  private static final int WARM_UPS = 3;

  private final Options options;
  private final List<Measurement> measurements;
  private final List<Results> found = new ArrayList<>();

  /** Loads that all servers have been warmed up with. */
  private final Set<String> warmedUp = new HashSet<>();

  private final Map<String, ServerProcess> servers = new LinkedHashMap<>();

  /** How each server is started, without its port. */
  private final Map<String, List<String>> commands = new LinkedHashMap<>();

  private final List<String> notes = new ArrayList<>();

  Compare(Options options, List<Measurement> measurements) {
    this.options = options;
    this.measurements = measurements;
  }

  /** Returns whether every measurement succeeded. */
  boolean run() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    boolean pinned = Pinning.pinThisProcess();
    if (!pinned) {
      notes.add("not pinned to cores: taskset is missing or there is one core only");
    }
    start(pinned);
    Report report = new Report(servers.keySet(), notes);
    for (Measurement measurement : measurements) {
      Results results = new Results(measurement, servers.keySet());
      measure(measurement, results);
      report.add(results);
      found.add(results);
      System.err.println(report.rows(results));
    }
    System.out.println(report.markdown());
    stop();
    return report.isComplete();
  }

  /** Returns what was found, in the order of the measurements. */
  List<Results> found() {
    return found;
  }

  private void start(boolean pinned) {
    String jar = System.getProperty("java.class.path");
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms256m",
            "-Xmx1g",
            "-cp",
            jar,
            Main.class.getName());
    start("towpath", pinned, java, "serve", "--supervised");
    start("towpath-inline", pinned, java, "serve", "--supervised", "--inline");
    start("towpath-deflate", pinned, java, "serve", "--supervised", "--deflate");
    start("netty-socketio", pinned, java, "netty", "--supervised");
    NodePeer node = NodePeer.beside(Path.of(jar));
    if (node.missing() != null) {
      notes.add("socket.io: skipped, " + node.missing());
    } else {
      start("socket.io", pinned, node.command());
    }
    if (servers.isEmpty()) {
      throw new LoadFailure("no server of these names");
    }
  }

  private void start(String name, boolean pinned, List<String> program, String... arguments) {
    if (!options.servers().isEmpty() && !options.servers().contains(name)) {
      return;
    }
    List<String> command = new ArrayList<>(pinned ? Pinning.SERVER : List.of());
    command.addAll(program);
    command.addAll(List.of(arguments));
    if (!program.get(0).equals("node")) {
      command.add("--port");
    }
    commands.put(name, command);
    ServerProcess server = start(command);
    synchronized (servers) {
      servers.put(name, server);
    }
  }

  private static ServerProcess start(List<String> command) {
    int port = ServerProcess.freePort();
    List<String> withPort = new ArrayList<>(command);
    withPort.add(String.valueOf(port));
    return new ServerProcess(withPort, port);
  }

  private void measure(Measurement measurement, Results results) {
    boolean warms =
        measurement.kind() == Measurement.Kind.COST
            || measurement.kind() == Measurement.Kind.LATENCY;
    if (warms && options.warmUp() > 0 && warmedUp.add(measurement.warmUp())) {
      for (int i = 0; i < WARM_UPS; i++) {
        servers.forEach((name, server) -> attempt(name, server, measurement, results, true));
      }
    }
    for (int round = 0; round < options.rounds(); round++) {
      servers.forEach((name, server) -> attempt(name, server, measurement, results, false));
    }
  }

  private void attempt(
      String name, ServerProcess server, Measurement what, Results results, boolean warmUp) {
    if (results.hasFailed(name) || !what.concerns(name)) {
      return;
    }
    double seconds = warmUp ? options.warmUp() / (double) WARM_UPS : options.seconds();
    try {
      double[] found =
          switch (what.kind()) {
            case MEMORY -> {
              // In a process of its own: what came before may not have been let go yet.
              try (ServerProcess fresh = start(Objects.requireNonNull(commands.get(name)))) {
                yield new double[] {what.bytesEach(fresh) / 1024, 0};
              }
            }
            case COST -> {
              Measurement.Cost cost = what.cost(server.address(), server.pid(), seconds);
              if (!warmUp) {
                results.addAnswers(name, cost.answers(), cost.disordered());
              }
              yield new double[] {cost.microseconds(), cost.perSecond()};
            }
            case LATENCY -> {
              Measurement.Delays delays = Measurement.delays(server.address(), seconds);
              if (!warmUp) {
                results.addLateness(name, delays.late());
              }
              yield new double[] {delays.most(), delays.half()};
            }
            case RATE -> {
              // As the time for each, so that more of it is worse, as everywhere here.
              double rate = Measurement.highestRate(server.address());
              yield new double[] {1e6 / rate, rate};
            }
          };
      System.err.printf(Locale.ROOT, "%s: %s: %.2f, %.0f%n", name, what.name(), found[0], found[1]);
      if (!warmUp) {
        results.add(name, found[0], found[1]);
      }
    } catch (LoadFailure failure) {
      results.fail(name, String.valueOf(failure.getMessage()));
    }
  }

  private void stop() {
    synchronized (servers) {
      servers.values().forEach(ServerProcess::close);
      servers.clear();
    }
  }

  /** Which core does what. */
  private static final class Pinning {
    static final List<String> SERVER = List.of("taskset", "-c", "0");

    static boolean pinThisProcess() {
      if (Runtime.getRuntime().availableProcessors() < 2) {
        return false;
      }
      try {
        Process process =
            new ProcessBuilder(
                    "taskset", "-a", "-c", "-p", "1", String.valueOf(ProcessHandle.current().pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
      } catch (IOException missing) {
        return false;
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}

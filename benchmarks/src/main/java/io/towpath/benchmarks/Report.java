package io.towpath.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;

/** The table of a comparison, in Markdown, with the machine and the versions that it stands for. */
final class Report {
  private final List<String> servers;
  private final List<String> notes;
  private final List<Results> all = new ArrayList<>();

  Report(Set<String> servers, List<String> notes) {
    this.servers = List.copyOf(servers);
    this.notes = notes;
  }

  void add(Results results) {
    all.add(results);
  }

  boolean isComplete() {
    return all.stream().noneMatch(Results::hasFailures);
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("Measured ").append(LocalDate.now(ZoneOffset.UTC)).append(" on ").append(machine());
    text.append(".\n").append(versions()).append("\n\n");
    text.append(
        """
        | load | server | cost each | lowest to highest | per second | netty-socketio costs | socket.io costs |
        |---|---|---:|---:|---:|---:|---:|
        """);
    all.forEach(results -> text.append(rows(results)));
    notes.forEach(note -> text.append("\nNote: ").append(note).append(".\n"));
    return text.toString();
  }

  String rows(Results results) {
    StringBuilder text = new StringBuilder();
    String title = results.measurement().title();
    for (String server : servers) {
      if (!results.has(server)) {
        continue;
      }
      text.append("| ").append(title).append(" | ").append(server);
      text.append(order(results, server)).append(" | ");
      String failure = results.failure(server);
      text.append(failure == null ? figures(results, server) : "failed: " + failure + " | | | |");
      text.append(" |\n");
      title = "";
    }
    return text.toString();
  }

  /** Says of a server that does not answer each session's events in order how often. */
  private static String order(Results results, String server) {
    long[] answers = results.answers(server);
    return answers[1] == 0
        ? ""
        : format(" (%,d of %,d answers out of order)", answers[1], answers[0]);
  }

  private static String figures(Results results, String server) {
    double[] range = results.range(server);
    double cost = results.cost(server);
    double rate = results.rate(server);
    String figures =
        switch (results.measurement().kind()) {
          case COST -> format("%.2f µs | %.2f to %.2f | %,.0f", cost, range[0], range[1], rate);
          case MEMORY -> format("%.2f KiB | %.2f to %.2f | ", cost, range[0], range[1]);
          case LATENCY ->
              format(
                  "p99 %,.0f µs, p50 %,.0f µs | p99 %,.0f to %,.0f | (client late: p99 %,.0f µs)",
                  cost, rate, range[0], range[1], results.lateness(server));
          case RATE -> format("| %,.0f to %,.0f | %,.0f", 1e6 / range[1], 1e6 / range[0], rate);
        };
    return figures
        + " | "
        + times(results, server, "netty-socketio")
        + " | "
        + times(results, server, "socket.io");
  }

  private static String format(String pattern, Object... figures) {
    return String.format(Locale.ROOT, pattern, figures);
  }

  private static String times(Results results, String server, String peer) {
    double ratio = results.ratio(server, peer);
    return server.equals(peer) || Double.isNaN(ratio)
        ? ""
        : String.format(Locale.ROOT, "%.2f x", ratio);
  }

  private static String machine() {
    String model = line("/proc/cpuinfo", "model name");
    long gibibytes =
        Math.round(Long.parseLong(digits(line("/proc/meminfo", "MemTotal"))) / 1048576.0);
    return model
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " core(s) for the load, 1 for the servers, "
        + gibibytes
        + " GiB, Linux "
        + System.getProperty("os.version");
  }

  private static String versions() {
    return "Java "
        + System.getProperty("java.vm.version")
        + ", Towpath "
        + version("io.towpath/towpath-benchmarks")
        + ", netty-socketio "
        + version("com.corundumstudio.socketio/netty-socketio")
        + ", socket.io 4.8.4.";
  }

  private static String version(String artifact) {
    Properties properties = new Properties();
    try (InputStream file =
        Report.class.getResourceAsStream("/META-INF/maven/" + artifact + "/pom.properties")) {
      if (file != null) {
        properties.load(file);
      }
    } catch (IOException unreadable) {
      // Unknown, then.
    }
    return properties.getProperty("version", "unknown");
  }

  private static String line(String file, String key) {
    try {
      for (String line : Files.readAllLines(Path.of(file))) {
        if (line.startsWith(key)) {
          return line.substring(line.indexOf(':') + 1).trim();
        }
      }
    } catch (IOException noLinux) {
      // Unknown, then.
    }
    return "0 (unknown)";
  }

  private static String digits(String text) {
    return text.replaceAll("[^0-9]", "");
  }
}

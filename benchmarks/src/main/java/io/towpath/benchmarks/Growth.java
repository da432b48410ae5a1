package io.towpath.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What an acked event costs with ever more connections: with one outstanding on each, and with ten.
 */
final class Growth {
  private static final int[] CONNECTIONS = {10, 100, 1_000, 10_000};
  private static final int[] WINDOWS = {1, 10};

  /** What is compared unless the options say otherwise: the curve has room for two servers. */
  private static final List<String> SERVERS = List.of("towpath", "netty-socketio");

  private final Options options;

  Growth(Options options) {
    this.options = options.servers().isEmpty() ? options.withServers(SERVERS) : options;
  }

  /** Returns whether every measurement succeeded. */
  boolean run() {
    List<Measurement> steps = new ArrayList<>();
    for (int window : WINDOWS) {
      for (int connections : CONNECTIONS) {
        steps.add(Measurement.events(connections, window));
      }
    }
    Compare compare = new Compare(options, steps);
    boolean complete = compare.run();
    if (complete) {
      draw(compare.found());
    }
    return complete;
  }

  private void draw(List<Results> found) {
    Curve curve = new Curve("CPU time for each acked event, microseconds, by connections", true);
    int step = 0;
    for (int window : WINDOWS) {
      for (int connections : CONNECTIONS) {
        Results results = found.get(step++);
        for (String server : options.servers()) {
          String line = String.format(Locale.ROOT, "%s, window %d", server, window);
          curve.add(line, connections, results.cost(server));
        }
      }
    }
    curve.write(options.svg());
  }
}

package io.towpath.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the rounds of one measurement found for each server. */
final class Results {
  private final Measurement measurement;
  private final Map<String, List<Double>> costs = new LinkedHashMap<>();
  private final Map<String, List<Double>> rates = new LinkedHashMap<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  /** How many answers each server gave, and how many of them out of order. */
  private final Map<String, long[]> answers = new LinkedHashMap<>();

  /** How late the client was in each round, where it had to be on time. */
  private final Map<String, List<Double>> lateness = new LinkedHashMap<>();

  Results(Measurement measurement, Set<String> servers) {
    this.measurement = measurement;
    for (String server : servers) {
      costs.put(server, new ArrayList<>());
      rates.put(server, new ArrayList<>());
    }
  }

  Measurement measurement() {
    return measurement;
  }

  void add(String server, double cost, double rate) {
    of(costs, server).add(cost);
    of(rates, server).add(rate);
  }

  /** Notes how many answers there were, and how many before that to an older event. */
  void addAnswers(String server, long count, long disordered) {
    long[] sums = answers.computeIfAbsent(server, first -> new long[2]);
    sums[0] += count;
    sums[1] += disordered;
  }

  /** Returns how many answers a server gave, and how many of them out of order. */
  long[] answers(String server) {
    return answers.getOrDefault(server, new long[2]);
  }

  void fail(String server, String reason) {
    failures.put(server, reason);
  }

  boolean hasFailed(String server) {
    return failures.containsKey(server);
  }

  /** Returns whether a server was measured. */
  boolean has(String server) {
    return hasFailed(server) || !of(costs, server).isEmpty();
  }

  boolean hasFailures() {
    return !failures.isEmpty();
  }

  @Nullable String failure(String server) {
    return failures.get(server);
  }

  /** Notes how late the client itself was; microseconds. */
  void addLateness(String server, double late) {
    lateness.computeIfAbsent(server, first -> new ArrayList<>()).add(late);
  }

  /** Returns how late the client itself was, in the middle of the rounds. */
  double lateness(String server) {
    return median(of(lateness, server));
  }

  double cost(String server) {
    return median(of(costs, server));
  }

  double rate(String server) {
    return median(of(rates, server));
  }

  /** Returns the range that the rounds cover, lowest and highest. */
  double[] range(String server) {
    double[] sorted =
        of(costs, server).stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new double[] {sorted[0], sorted[sorted.length - 1]};
  }

  /** Returns how many times as much another server costs: the median of the rounds' ratios. */
  double ratio(String server, String other) {
    List<Double> ours = of(costs, server);
    List<Double> theirs = of(costs, other);
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      ratios.add(theirs.get(i) / ours.get(i));
    }
    return ratios.isEmpty() ? Double.NaN : median(ratios);
  }

  private static List<Double> of(Map<String, List<Double>> values, String server) {
    return values.getOrDefault(server, List.of());
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}

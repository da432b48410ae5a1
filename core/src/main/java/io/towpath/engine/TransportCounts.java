package io.towpath.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the changes of transport of all sessions of a server, by their reasons. Any thread. */
final class TransportCounts {
  /**
   * How many different changes are told apart: clients name their reasons, and could invent them.
   */
  static final int MAX_LABELS = 64;

  private static final String OTHER = "other";

  private record Label(@Nullable TransportName transport, String reason) {}

  private final ConcurrentHashMap<Label, LongAdder> byLabel = new ConcurrentHashMap<>();

  void add(@Nullable TransportName transport, String reason) {
    Label label = new Label(transport, reason);
    LongAdder counter = byLabel.get(label);
    if (counter == null) {
      // Two threads at the bound may both pass it: one label more each, and no more than that.
      Label known = byLabel.size() < MAX_LABELS ? label : new Label(transport, OTHER);
      counter = byLabel.computeIfAbsent(known, added -> new LongAdder());
    }
    counter.increment();
  }

  /** Returns what was counted, in the order of the transports' names and the reasons. */
  List<TransportCount> list() {
    List<TransportCount> all = new ArrayList<>();
    byLabel.forEach(
        (label, counter) ->
            all.add(new TransportCount(label.transport(), label.reason(), counter.sum())));
    all.sort(
        Comparator.comparing((TransportCount count) -> String.valueOf(count.transport()))
            .thenComparing(TransportCount::reason));
    return List.copyOf(all);
  }
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransportCountsTest {
  private final TransportCounts counts = new TransportCounts();

  @Test
  void eachTransportAndReasonIsCountedForItself() {
    counts.add(TransportName.WEBSOCKET, "open");
    counts.add(TransportName.POLLING, "open");
    counts.add(TransportName.WEBSOCKET, "open");
    counts.add(null, "lost");
    assertEquals(
        List.of(
            new TransportCount(null, "lost", 1),
            new TransportCount(TransportName.POLLING, "open", 1),
            new TransportCount(TransportName.WEBSOCKET, "open", 2)),
        counts.list());
  }

  @Test
  void reasonsBeyondTheBoundAreCountedTogether() {
    for (int i = 0; i < TransportCounts.MAX_LABELS; i++) {
      counts.add(TransportName.STREAM, "reason-" + (char) ('a' + i / 26) + (char) ('a' + i % 26));
    }
    assertEquals(TransportCounts.MAX_LABELS, counts.list().size());
    counts.add(TransportName.STREAM, "one-more");
    counts.add(TransportName.STREAM, "another");
    counts.add(TransportName.STREAM, "reason-aa");
    List<TransportCount> all = counts.list();
    assertEquals(TransportCounts.MAX_LABELS + 1, all.size());
    assertEquals(new TransportCount(TransportName.STREAM, "other", 2), all.get(0));
    assertEquals(new TransportCount(TransportName.STREAM, "reason-aa", 2), all.get(1));
  }
}

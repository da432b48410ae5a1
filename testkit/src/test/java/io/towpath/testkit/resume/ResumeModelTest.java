package io.towpath.testkit.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Real sessions and transports against the client of this package, over a network whose temper a
 * seed decides. {@code -Dresume.seeds=100000} runs more schedules, {@code -Dresume.first} begins
 * elsewhere; {@code -Dresume.trace=7} tells schedule 7.
 */
class ResumeModelTest {
  private static final long FIRST = Long.getLong("resume.first", 1);
  private static final long SEEDS = Long.getLong("resume.seeds", 400);

  @Test
  void messagesArriveOnceAndInOrderWhateverTheNetworkDoes() {
    Long traced = Long.getLong("resume.trace");
    if (traced != null) {
      Simulation.Outcome told = Simulation.run(traced, Faults.NONE, Server::sessions, true);
      told.trace().forEach(System.out::println);
      assertEquals(List.of(), told.violations());
      return;
    }
    long delivered = 0;
    long switches = 0;
    long early = 0;
    int bad = 0;
    StringBuilder seeds = new StringBuilder();
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Simulation.Outcome outcome = Simulation.run(seed);
      delivered += outcome.delivered();
      switches += outcome.switches();
      early += outcome.early() == null ? 0 : 1;
      if (!outcome.violations().isEmpty()) {
        bad++;
        if (bad <= 10) {
          seeds.append("\nseed ").append(seed).append(": ").append(outcome.violations());
        }
      }
    }
    System.out.printf(
        "resume model: %d schedules, %d messages, %d switches, %d ended early, %d bad%n",
        SEEDS, delivered, switches, early, bad);
    assertEquals(0, bad, "bad schedules:" + seeds);
    assertTrue(delivered > SEEDS * 20 && switches > SEEDS, "the schedules are too calm");
  }
}

package io.towpath.testkit.resume;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model test would notice: each planted fault breaks a schedule, and which one is known. */
class PlantedFaultsTest {
  @ParameterizedTest
  @CsvSource({
    "CLIENT_ACK_OFF, 5",
    "CLIENT_NO_DEDUP, 39",
    "CLIENT_WRONG_CURSOR, 5",
    "CLIENT_COUNTS_GLOBALLY, 39",
    "CLIENT_RETURNS_TO_OLD, 140",
    "CLIENT_POSTS_IN_PARALLEL, 2",
    "CLIENT_TAKES_UNENDED_TAIL, 79",
    "CLIENT_PROBES_EAGERLY, 63",
    "CLIENT_CONFIRMS_NOTHING, 1",
    "CLIENT_HAS_NO_LIVENESS, 7",
    "TORN_BODIES_COUNT, 12",
    "SERVER_ACK_OFF, 1",
    "SERVER_NO_DEDUP, 8",
    "SERVER_SKIPS_REPLAY, 1",
    "SERVER_SKIPS_CONFIRM, 1",
    "SERVER_CONFIRMS_DUPLICATE_OFFER, 12",
    "SERVER_CONFIRMS_POLL_OFFER, 19",
    "SERVER_COUNTS_GLOBALLY, 8",
    "SERVER_EMITS_BEFORE_REPLAY, 5",
    "SERVER_HAS_NO_LIVENESS, 23",
    "SERVER_KEEPS_OFFERS, 59",
    "SERVER_OFFERS_STOP_WINDOW, 64",
    "CLIENT_NO_MAX, 607",
    "SERVER_NO_MAX, 83",
    "SERVER_OFFERS_NEVER_EXPIRE, 155"
  })
  void isCaught(Fault fault, long seed) {
    assertNotEquals(List.of(), Simulation.run(seed, fault).violations(), fault + " got through");
  }
}

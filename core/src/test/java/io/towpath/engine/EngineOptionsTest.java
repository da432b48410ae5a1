package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {
  @Test
  void theDefaultsAreThoseOfTheReference() {
    EngineOptions options = EngineOptions.defaults();
    assertEquals(25_000, options.pingInterval());
    assertEquals(20_000, options.pingTimeout());
    assertEquals(10_000, options.upgradeTimeout());
    assertEquals(30_000, options.closeTimeout());
    assertEquals(1_000_000, options.maxPayload());
    assertTrue(options.allowUpgrades());
  }

  @Test
  void everyTransportIsAllowed() {
    assertEquals(Set.of(TransportName.values()), EngineOptions.defaults().transports());
  }

  @Test
  void ourOwnBoundsHaveDefaults() {
    EngineOptions options = EngineOptions.defaults();
    assertEquals(100_000, options.maxSessions());
    assertEquals(4_194_304, options.maxOutboundBytes());
    assertTrue(options.maxTotalOutboundBytes() >= 67_108_864);
  }

  @Test
  void everyOptionCanBeSet() {
    EngineOptions options =
        EngineOptions.builder()
            .pingInterval(Duration.ofMillis(1))
            .pingTimeout(Duration.ofMillis(2))
            .upgradeTimeout(Duration.ofMillis(3))
            .closeTimeout(Duration.ofMillis(4))
            .maxPayload(5)
            .transports(Set.of(TransportName.WEBSOCKET))
            .allowUpgrades(false)
            .maxSessions(6)
            .maxOutboundBytes(7)
            .maxTotalOutboundBytes(8)
            .build();
    assertEquals(1, options.pingInterval());
    assertEquals(2, options.pingTimeout());
    assertEquals(3, options.upgradeTimeout());
    assertEquals(4, options.closeTimeout());
    assertEquals(5, options.maxPayload());
    assertEquals(Set.of(TransportName.WEBSOCKET), options.transports());
    assertFalse(options.allowUpgrades());
    assertEquals(6, options.maxSessions());
    assertEquals(7, options.maxOutboundBytes());
    assertEquals(8, options.maxTotalOutboundBytes());
  }

  @Test
  void zeroIsRefusedForEveryBoundAndTime() {
    for (Consumer<EngineOptions.Builder> zero :
        Arrays.<Consumer<EngineOptions.Builder>>asList(
            options -> options.pingInterval(Duration.ZERO),
            options -> options.pingTimeout(Duration.ZERO),
            options -> options.upgradeTimeout(Duration.ZERO),
            options -> options.closeTimeout(Duration.ZERO),
            options -> options.maxPayload(0),
            options -> options.maxSessions(0),
            options -> options.maxOutboundBytes(0),
            options -> options.maxTotalOutboundBytes(0))) {
      assertThrows(IllegalArgumentException.class, () -> zero.accept(EngineOptions.builder()));
    }
  }
}

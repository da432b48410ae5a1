package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PollingOptionsTest {
  @Test
  void theDefaultsAreThoseOfTheReference() {
    assertEquals(
        new PollingOptions(
            1_000_000, 65_536, Duration.ofSeconds(30), true, 1024, false, Duration.ofSeconds(30)),
        PollingOptions.defaults());
  }

  @Test
  void aBuilderStartsFromTheDefaults() {
    assertEquals(PollingOptions.defaults(), PollingOptions.builder().build());
  }

  @Test
  void everyOptionCanBeSet() {
    PollingOptions options =
        PollingOptions.builder()
            .maxBodyBytes(1)
            .maxPayloadPackets(2)
            .closeTimeout(Duration.ZERO)
            .httpCompression(false)
            .compressionThreshold(0)
            .jsonp(true)
            .writeTimeout(Duration.ofMillis(3))
            .build();
    assertEquals(
        new PollingOptions(1, 2, Duration.ZERO, false, 0, true, Duration.ofMillis(3)), options);
    assertEquals(options, options.toBuilder().build());
  }

  @Test
  void aBodyOfNothingIsRefusedAsALimit() {
    PollingOptions.Builder builder = PollingOptions.builder().maxBodyBytes(0);
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void aPayloadOfNoPacketIsRefusedAsALimit() {
    PollingOptions.Builder builder = PollingOptions.builder().maxPayloadPackets(0);
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void aNegativeTimeoutIsRefused() {
    PollingOptions.Builder builder = PollingOptions.builder().closeTimeout(Duration.ofMillis(-1));
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void aNegativeThresholdIsRefused() {
    PollingOptions.Builder builder = PollingOptions.builder().compressionThreshold(-1);
    assertThrows(IllegalArgumentException.class, builder::build);
  }
}

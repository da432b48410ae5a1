package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WebSocketOptionsTest {
  @Test
  void theDefaultsAreTheDocumentedOnes() {
    assertEquals(
        new WebSocketOptions(
            1_000_000,
            1_000_000,
            1024,
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            16,
            DeflateOptions.DEFAULTS),
        WebSocketOptions.DEFAULTS);
  }

  @Test
  void aFrameMayBeAsLongAsAMessageUnlessSaidOtherwise() {
    assertEquals(5000, WebSocketOptions.builder().maxMessageBytes(5000).build().maxFrameBytes());
    assertEquals(125, WebSocketOptions.builder().maxMessageBytes(10).build().maxFrameBytes());
    assertEquals(
        200,
        WebSocketOptions.builder()
            .maxMessageBytes(5000)
            .maxFrameBytes(200)
            .build()
            .maxFrameBytes());
  }

  @Test
  void boundsThatMakeNoSenseAreRefused() {
    refused(WebSocketOptions.builder().maxMessageBytes(0));
    refused(WebSocketOptions.builder().maxMessageBytes((1 << 30) + 1));
    refused(WebSocketOptions.builder().maxFragments(0));
    refused(WebSocketOptions.builder().maxPendingControlFrames(0));
    refused(WebSocketOptions.builder().assemblyTimeout(Duration.ZERO));
    refused(WebSocketOptions.builder().closeTimeout(Duration.ofMillis(-1)));
    refused(WebSocketOptions.builder().writeTimeout(Duration.ofNanos(1)));
    WebSocketOptions.Builder builder = WebSocketOptions.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.maxFrameBytes(124));
  }

  private static void refused(WebSocketOptions.Builder builder) {
    assertThrows(IllegalArgumentException.class, builder::build);
  }
}

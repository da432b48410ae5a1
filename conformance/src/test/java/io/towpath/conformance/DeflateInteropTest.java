package io.towpath.conformance;

import io.towpath.websocket.DeflateOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Compression as npm's {@code ws} speaks it, against the echo that Autobahn is run against:
 * Autobahn's sections 12 and 13, which the suite of the build lacks. {@code DEFLATE_MESSAGES=1000}
 * in the environment sends as many messages of each size as Autobahn does.
 */
class DeflateInteropTest {
  @TestFactory
  List<DynamicTest> compressedMessagesComeBackAfterEveryNegotiation() {
    WebSocketEcho alone = new WebSocketEcho(0);
    WebSocketEcho takeover = new WebSocketEcho(0, new DeflateOptions(0, true));
    try {
      return NodeTests.run(
          "deflate.test.mjs",
          Map.of(
              "ECHO_URL", "ws://127.0.0.1:" + alone.start(),
              "ECHO_TAKEOVER_URL", "ws://127.0.0.1:" + takeover.start()),
          Duration.ofMinutes(10));
    } finally {
      alone.stop();
      takeover.stop();
    }
  }
}

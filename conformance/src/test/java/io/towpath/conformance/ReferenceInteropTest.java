package io.towpath.conformance;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Both clients against the npm {@code socket.io} server, unchanged. */
class ReferenceInteropTest {
  /** Proves that the table says what the reference does. */
  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithTheOfficialServer() {
    return run("official-client.test.mjs");
  }

  /** Proves the same of the rows for MessagePack. */
  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithTheOfficialServerInMessagePack() {
    return run(ReferenceServer.start("--msgpack"), "msgpack.test.mjs");
  }

  /** Proves that the rows for recovery say what the reference does. */
  @TestFactory
  List<DynamicTest> theOfficialClientComesBackToTheOfficialServer() {
    return run(ReferenceServer.start("--recovery"), "recovery.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientWorksWithTheOfficialServer() {
    return run("own-client.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientWorksWithTheOfficialServerInMessagePack() {
    return run(ReferenceServer.start("--msgpack"), "own-msgpack.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientWorksWithTheOfficialServerOverTheWebSocketOfNode() {
    try (InteropSite site = new InteropSite(ReferenceServer.start())) {
      return NodeTests.runWithOwnWebSocket(
          "native-websocket.test.mjs", site.environment(), Duration.ofMinutes(3));
    }
  }

  /** The rows of {@code docs/client-behaviours.md} that are seen from outside. */
  @TestFactory
  List<DynamicTest> ourClientBehavesAsItSaysWithTheOfficialServer() {
    return run("behaviours.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientGetsThroughToTheOfficialServer() {
    return run("hostile-proxy.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientComesBackToTheOfficialServer() {
    try (InteropSite site = new InteropSite(ReferenceServer.start("--recovery"))) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("OWN", "yes");
      return NodeTests.run("recovery.test.mjs", environment, Duration.ofMinutes(3));
    }
  }

  private static List<DynamicTest> run(String script) {
    return run(ReferenceServer.start(), script);
  }

  private static List<DynamicTest> run(ReferenceServer server, String script) {
    try (InteropSite site = new InteropSite(server)) {
      return NodeTests.run(script, site.environment(), Duration.ofMinutes(5));
    }
  }
}

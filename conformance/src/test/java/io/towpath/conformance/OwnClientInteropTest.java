package io.towpath.conformance;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Our client against our server: on a good network, and through every hostility. */
class OwnClientInteropTest {
  @TestFactory
  List<DynamicTest> ourClientWorksWithOurServer() {
    return run("own-client.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientGetsThroughToOurServer() {
    return run("hostile-proxy.test.mjs");
  }

  private static List<DynamicTest> run(String script) {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.run(script, site.environment(), Duration.ofMinutes(3));
    }
  }
}

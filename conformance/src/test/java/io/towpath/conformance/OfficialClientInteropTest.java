package io.towpath.conformance;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The npm {@code socket.io-client}, unchanged, against our server. */
class OfficialClientInteropTest {
  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithOurServer() {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.run("official-client.test.mjs", site.environment(), Duration.ofMinutes(3));
    }
  }
}

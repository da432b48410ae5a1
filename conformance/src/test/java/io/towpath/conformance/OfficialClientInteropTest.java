package io.towpath.conformance;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The official clients in all their versions, unchanged, against our server. */
class OfficialClientInteropTest {
  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithOurServer() {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.run("official-client.test.mjs", site.environment(), Duration.ofMinutes(3));
    }
  }

  /** Versions 2 and 3 of the npm client; the server has to be told to speak to the former. */
  @TestFactory
  List<DynamicTest> olderOfficialClientsWorkWithOurServer() {
    try (InteropSite site = new InteropSite(InteropServer.startWithEio3())) {
      return NodeTests.run("old-clients.test.mjs", site.environment(), Duration.ofMinutes(5));
    }
  }

  /** Debian's {@code python3-socketio}. */
  @TestFactory
  List<DynamicTest> thePythonClientWorksWithOurServer() {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.runPython(
          "official_client_test.py", site.environment(), Duration.ofMinutes(3));
    }
  }
}

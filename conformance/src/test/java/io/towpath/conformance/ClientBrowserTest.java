package io.towpath.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our client in pages and workers of a real Chromium and a real Firefox: every transport, what
 * becomes of it when the network or the page goes away, and what the page's policy forbids.
 */
class ClientBrowserTest {
  @TestFactory
  List<DynamicTest> ourClientWorksInChromium(@TempDir Path empty) {
    return run(empty, "chrome");
  }

  @TestFactory
  List<DynamicTest> ourClientWorksInFirefox(@TempDir Path empty) {
    return run(empty, "firefox");
  }

  private static List<DynamicTest> run(Path empty, String browser) {
    try (BrowserSite site = BrowserSite.start(empty)) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("BROWSER", browser);
      return NodeTests.run("client-browser.test.mjs", environment, Duration.ofMinutes(5));
    }
  }
}

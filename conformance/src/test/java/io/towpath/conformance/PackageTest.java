package io.towpath.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file that {@code npm pack} makes of our client: what is in it, and that Node, TypeScript,
 * Vite, esbuild, webpack and pages without any of them take it as it is. The pages are those of
 * {@code examples/web}, opened in a real Chromium and a real Firefox.
 */
class PackageTest {
  @TestFactory
  List<DynamicTest> thePackageWorksWhereverItIsTaken(@TempDir Path apps) {
    try (BrowserSite site = BrowserSite.start(apps)) {
      Map<String, String> environment = new HashMap<>(site.environment());
      List<DynamicTest> tests =
          new ArrayList<>(NodeTests.run("package.test.mjs", environment, Duration.ofMinutes(5)));
      for (String browser : List.of("chrome", "firefox")) {
        environment.put("BROWSER", browser);
        tests.addAll(NodeTests.run("package-browser.test.mjs", environment, Duration.ofMinutes(3)));
      }
      return tests;
    }
  }
}

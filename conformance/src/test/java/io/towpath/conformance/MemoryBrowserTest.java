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
 * What a page's program holds in a real Chromium, after many reconnections and many messages.
 * {@code -Dmemory.full=true} runs a thousand and a hundred thousand of them, every build a tenth.
 */
class MemoryBrowserTest {
  @TestFactory
  List<DynamicTest> theHeapOfAPageStaysAsItIs(@TempDir Path empty) {
    try (BrowserSite site = BrowserSite.start(empty)) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("BROWSER", "chrome");
      if (Boolean.getBoolean("memory.full")) {
        environment.put("RECONNECTS", "1000");
        environment.put("MESSAGES", "100000");
      }
      return NodeTests.run("memory-browser.test.mjs", environment, Duration.ofMinutes(9));
    }
  }
}

package io.towpath.conformance;

import io.towpath.examples.chat.ChatServer;
import io.towpath.server.TowpathServer;
import io.towpath.testkit.HostileProxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The chat in a real Chromium, straight and behind every mode of the hostile proxy. Without a
 * browser it fails, and says how to install one.
 */
class ChatBrowserTest {
  @TestFactory
  List<DynamicTest> theChatGetsThroughInChromium() {
    return talk("chrome");
  }

  @TestFactory
  List<DynamicTest> theChatGetsThroughInFirefox() {
    return talk("firefox");
  }

  private static List<DynamicTest> talk(String browser) {
    try (TowpathServer server = ChatServer.on(0).start();
        HostileProxy proxy = inFrontOf(server);
        ControlPort control =
            new ControlPort().on("/proxy", mode -> InteropSite.change(proxy, mode))) {
      return NodeTests.run(
          "chat-browser.test.mjs",
          Map.of(
              "CHAT_URL", "http://localhost:" + server.address().getPort(),
              "CHAT_PROXY_URL", "http://localhost:" + proxy.port(),
              "PROXY_CONTROL", "http://localhost:" + control.port(),
              "BROWSER", browser),
          Duration.ofMinutes(8));
    }
  }

  private static HostileProxy inFrontOf(TowpathServer server) {
    return HostileProxy.to(new InetSocketAddress("localhost", server.address().getPort()))
        .cutAfter(Duration.ofMillis(200))
        .start();
  }
}

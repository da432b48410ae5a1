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
 * Sessions that outlive their transports, in a real Chromium and a real Firefox. Without them it
 * fails, and says how to install them.
 */
class OutliveBrowserTest {
  @TestFactory
  List<DynamicTest> nothingIsLostWhateverTheNetworkDoes() {
    try (TowpathServer server = ChatServer.on(0).start();
        HostileProxy proxy =
            HostileProxy.to(new InetSocketAddress("localhost", server.address().getPort()))
                .cutAfter(Duration.ofMillis(1_500))
                .start();
        ControlPort control =
            new ControlPort().on("/proxy", mode -> InteropSite.change(proxy, mode))) {
      ChatServer.breakable(server, proxy);
      return NodeTests.run(
          "outlive-browser.test.mjs",
          Map.of(
              "CHAT_PROXY_URL", "http://localhost:" + proxy.port(),
              "PROXY_CONTROL", "http://localhost:" + control.port()),
          Duration.ofMinutes(8));
    }
  }
}

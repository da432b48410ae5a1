package io.towpath.conformance;

import io.towpath.testkit.HostileProxy;
import io.towpath.testkit.HostileProxy.Mode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** A server with hostile proxies in front of it, and all that a script must know of them. */
final class InteropSite implements AutoCloseable {
  private final PeerServer server;
  private final HostileProxy proxy;
  private final HostileProxy impatientProxy;
  private final ControlPort control = new ControlPort();

  InteropSite(PeerServer server) {
    this(server, Duration.ofMillis(200));
  }

  /**
   * A site.
   *
   * @param cutAfter after what time, or how often, the proxies cut in the modes that do
   */
  InteropSite(PeerServer server, Duration cutAfter) {
    this.server = server;
    proxy = inFrontOf(server.port(), cutAfter);
    impatientProxy = inFrontOf(server.impatientPort(), cutAfter);
    control.on("/proxy", mode -> change(proxy, mode));
    control.on("/impatient", mode -> change(impatientProxy, mode));
  }

  private static HostileProxy inFrontOf(int port, Duration cutAfter) {
    return HostileProxy.to(new InetSocketAddress("127.0.0.1", port)).cutAfter(cutAfter).start();
  }

  static String change(HostileProxy proxy, String mode) {
    proxy.mode(Mode.valueOf(mode.toUpperCase(Locale.ROOT)));
    return mode;
  }

  Map<String, String> environment() {
    return Map.of(
        "SERVER_URL", url(server.port()),
        "IMPATIENT_URL", url(server.impatientPort()),
        "PROXY_URL", url(proxy.port()),
        "IMPATIENT_PROXY_URL", url(impatientProxy.port()),
        "SERVER_CONTROL", url(server.controlPort()),
        "PROXY_CONTROL", url(control.port()),
        "CLIENT", NodeTests.client("towpath.cjs").getPath());
  }

  private static String url(int port) {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    control.close();
    proxy.close();
    impatientProxy.close();
    server.close();
  }
}

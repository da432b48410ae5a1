package io.towpath.conformance;

import io.towpath.msgpack.MessagePackParser;
import io.towpath.socket.SocketOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Our client against our server: on a good network, and through every hostility. */
class OwnClientInteropTest {
  @TestFactory
  List<DynamicTest> ourClientWorksWithOurServer() {
    return run("own-client.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientWorksWithOurServerInMessagePack() {
    UnaryOperator<SocketOptions.Builder> parser = s -> s.parser(MessagePackParser.create());
    return run(InteropServer.with(towpath -> towpath.sockets(parser)), "own-msgpack.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientWorksWithOurServerOverTheWebSocketOfNode() {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.runWithOwnWebSocket(
          "native-websocket.test.mjs", site.environment(), Duration.ofMinutes(3));
    }
  }

  /** The rows of {@code docs/client-behaviours.md} that are seen from outside. */
  @TestFactory
  List<DynamicTest> ourClientBehavesAsItSaysWithOurServer() {
    return run("behaviours.test.mjs");
  }

  @TestFactory
  List<DynamicTest> ourClientGetsThroughToOurServer() {
    return run("hostile-proxy.test.mjs");
  }

  @TestFactory
  List<DynamicTest> aSessionLosesNothingWhereWebSocketsAreNotWelcome() {
    return loseNothing(Duration.ofMillis(200), "reject,hang,mute,cut,buffer");
  }

  @TestFactory
  List<DynamicTest> aSessionLosesNothingWhereConnectionsDieAndRequestsGoAstray() {
    return loseNothing(Duration.ofSeconds(1), "flap,drop_response,duplicate_request");
  }

  /** With sessions that do not outlive their transports: those have no need of it. */
  @TestFactory
  List<DynamicTest> ourClientComesBackToOurServer() {
    UnaryOperator<SocketOptions.Builder> recovery = s -> s.connectionStateRecovery(r -> r);
    InteropServer server = InteropServer.with(towpath -> towpath.sockets(recovery));
    try (InteropSite site = new InteropSite(server)) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("OWN", "yes");
      return NodeTests.run("recovery.test.mjs", environment, Duration.ofMinutes(3));
    }
  }

  private static List<DynamicTest> run(String script) {
    return run(InteropServer.start(), script);
  }

  private static List<DynamicTest> run(InteropServer server, String script) {
    try (InteropSite site = new InteropSite(server)) {
      return NodeTests.run(script, site.environment(), Duration.ofMinutes(3));
    }
  }

  private static List<DynamicTest> loseNothing(Duration cutAfter, String modes) {
    try (InteropSite site = new InteropSite(InteropServer.start(), cutAfter)) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("MODES", modes);
      return NodeTests.run("resumable.test.mjs", environment, Duration.ofMinutes(12));
    }
  }
}

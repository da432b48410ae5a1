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

/** The npm {@code socket.io-client}, unchanged, against our server. */
class OfficialClientInteropTest {
  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithOurServer() {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.run("official-client.test.mjs", site.environment(), Duration.ofMinutes(3));
    }
  }

  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithOurServerInMessagePack() {
    return run(
        "msgpack.test.mjs", "msgpack", sockets -> sockets.parser(MessagePackParser.create()));
  }

  @TestFactory
  List<DynamicTest> theOfficialClientComesBackToOurServer() {
    return run(
        "recovery.test.mjs", "json", sockets -> sockets.connectionStateRecovery(change -> change));
  }

  @TestFactory
  List<DynamicTest> theOfficialClientComesBackToOurServerInMessagePack() {
    return run(
        "recovery.test.mjs",
        "msgpack",
        sockets ->
            sockets.parser(MessagePackParser.create()).connectionStateRecovery(change -> change));
  }

  private static List<DynamicTest> run(
      String script, String parser, UnaryOperator<SocketOptions.Builder> options) {
    try (InteropSite site = new InteropSite(InteropServer.start(options))) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("PARSER", parser);
      return NodeTests.run(script, environment, Duration.ofMinutes(3));
    }
  }
}

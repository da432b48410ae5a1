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

/** The official clients in all their versions, unchanged, against our server. */
class OfficialClientInteropTest {
  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithOurServer() {
    try (InteropSite site = new InteropSite(InteropServer.start())) {
      return NodeTests.run("official-client.test.mjs", site.environment(), Duration.ofMinutes(3));
    }
  }

  @TestFactory
  List<DynamicTest> theOfficialClientWorksWithOurServerInMessagePack() {
    return run("msgpack.test.mjs", "msgpack", s -> s.parser(MessagePackParser.create()));
  }

  @TestFactory
  List<DynamicTest> theOfficialClientComesBackToOurServer() {
    return run("recovery.test.mjs", "json", s -> s.connectionStateRecovery(r -> r));
  }

  @TestFactory
  List<DynamicTest> theOfficialClientComesBackToOurServerInMessagePack() {
    return run(
        "recovery.test.mjs",
        "msgpack",
        s -> s.parser(MessagePackParser.create()).connectionStateRecovery(r -> r));
  }

  private static List<DynamicTest> run(
      String script, String parser, UnaryOperator<SocketOptions.Builder> options) {
    InteropServer server = InteropServer.with(towpath -> towpath.sockets(options));
    try (InteropSite site = new InteropSite(server)) {
      Map<String, String> environment = new HashMap<>(site.environment());
      environment.put("PARSER", parser);
      return NodeTests.run(script, environment, Duration.ofMinutes(3));
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

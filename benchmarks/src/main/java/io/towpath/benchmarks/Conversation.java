package io.towpath.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towpath.testkit.HostileProxy;
import io.towpath.testkit.HostileProxy.Mode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client and a server that send each other numbered events for some seconds through the {@link
 * HostileProxy}, and count what became of them. The client runs in Node; so does the reference's
 * server.
 *
 * @param name what the table calls it
 * @param own whether client and server are ours
 * @param client options of the client, as JSON
 * @param recovery whether the reference's server keeps sessions for connection state recovery
 */
record Conversation(String name, boolean own, String client, boolean recovery) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How one is led.
   *
   * @param mode what the proxy does
   * @param late whether it does so only from the first message on, and not while things settle
   * @param every the proxy's time
   * @param perSecond events a second, each way
   * @param seconds how long events are sent
   * @param settleMillis how long what is under way may take afterwards
   * @param webSocketMillis how long the return to WebSocket may take when everything passes in the
   *     end; 0 if it does not matter
   */
  record Plan(
      Mode mode,
      boolean late,
      Duration every,
      int perSecond,
      int seconds,
      int settleMillis,
      int webSocketMillis) {}

  /**
   * What became of it; directions are added.
   *
   * @param said events sent
   * @param arrived events that arrived, each once
   * @param doubled events that arrived again
   * @param disordered events that came after a later one
   * @param disconnects how often the client was told that it is disconnected
   * @param firstMessage milliseconds from the beginning to the server's first event, or null
   * @param back milliseconds to WebSocket after everything passed, or null
   * @param transport what carried the conversation in the end, or null
   */
  record Outcome(
      long said,
      long arrived,
      long doubled,
      long disordered,
      int disconnects,
      @Nullable Integer firstMessage,
      @Nullable Integer back,
      @Nullable String transport) {
    long lost() {
      return said - arrived;
    }

    boolean isExact() {
      return lost() == 0 && doubled == 0 && disordered == 0 && disconnects == 0;
    }
  }

  Outcome lead(Plan plan, Path jar) {
    Path node = NodePeer.beside(jar).folder();
    if (own) {
      try (ConversationServer server = new ConversationServer(plan.perSecond(), plan.seconds())) {
        return throughProxy(plan, server.port(), node, jar);
      }
    }
    int port = ServerProcess.freePort();
    List<String> command =
        List.of(
            "node",
            node.resolve("conversation-server.mjs").toString(),
            String.valueOf(port),
            String.valueOf(plan.perSecond()),
            String.valueOf(plan.seconds()),
            recovery ? "recovery" : "");
    try (ServerProcess server = new ServerProcess(command, port)) {
      return throughProxy(plan, server.address().getPort(), node, jar);
    }
  }

  private Outcome throughProxy(Plan plan, int port, Path node, Path jar) {
    try (HostileProxy proxy =
        HostileProxy.to(new InetSocketAddress("127.0.0.1", port))
            .mode(plan.late() ? Mode.PASS : plan.mode())
            .cutAfter(plan.every())
            .start()) {
      return converse(plan, proxy, node, jar);
    }
  }

  private Outcome converse(Plan plan, HostileProxy proxy, Path node, Path jar) {
    Map<String, Object> order = new LinkedHashMap<>();
    order.put("module", client(jar).toString());
    order.put("own", own);
    order.put("url", "http://127.0.0.1:" + proxy.port());
    order.put("perSecond", plan.perSecond());
    order.put("seconds", plan.seconds());
    order.put("settle", plan.settleMillis());
    order.put("webSocketWithin", plan.webSocketMillis());
    try {
      order.put("options", JSON.readTree(client));
      List<String> command =
          List.of(
              "node",
              node.resolve("conversation-client.mjs").toString(),
              JSON.writeValueAsString(order));
      try (Lines lines = new Lines(command)) {
        if (plan.late() && lines.await("connected", plan.seconds() + 10) != null) {
          proxy.mode(plan.mode());
        }
        lines.require("sent", plan.seconds() + 20);
        if (plan.late()) {
          proxy.mode(Mode.PASS);
        }
        lines.require("settled", plan.settleMillis() / 1_000 + 20);
        proxy.mode(Mode.PASS);
        int patience = plan.webSocketMillis() / 1_000 + 20;
        return outcome(JSON.readTree(lines.require("figures ", patience).substring(8)));
      }
    } catch (JsonProcessingException wrong) {
      throw new LoadFailure("no JSON: " + wrong.getOriginalMessage());
    } catch (IOException failed) {
      throw new LoadFailure("cannot start node: " + failed.getMessage());
    }
  }

  /** Returns our client's module, which the build has put beside this program. */
  static Path client(Path jar) {
    Path module = jar.resolveSibling("../../client-js/dist/towpath.esm.js").normalize();
    if (!Files.exists(module)) {
      throw new LoadFailure("client-js/dist is not built: mvn package builds it");
    }
    return module;
  }

  private static Outcome outcome(JsonNode figures) {
    JsonNode up = figures.path("up");
    JsonNode down = figures.path("down");
    return new Outcome(
        figures.path("sent").asLong() + up.path("sent").asLong(),
        up.path("received").asLong() + down.path("received").asLong(),
        up.path("doubled").asLong() + down.path("doubled").asLong(),
        up.path("disordered").asLong() + down.path("disordered").asLong(),
        figures.path("disconnects").asInt(),
        number(figures.path("firstMessage")),
        number(figures.path("back")),
        figures.path("transport").asText(null));
  }

  private static @Nullable Integer number(JsonNode node) {
    return node.isNumber() ? node.asInt() : null;
  }
}

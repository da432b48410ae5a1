package io.towpath.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.towpath.testkit.HostileProxy;
import io.towpath.testkit.HostileProxy.Mode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long it takes until a conversation goes on whose connection died without a word: everything
 * vanishes for a second and a half, and what was open then stays silent for ever.
 */
final class Silence {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BLACKOUT_MILLIS = 1_500;

  /** One and a half ping intervals of the default options. */
  private static final int UNTOLD = 37_500;

  private static final int TOLD = 3_000;

  /**
   * A row of the table.
   *
   * @param own whether the client is ours
   * @param busy whether events flow
   * @param told whether the page hears that it is online again
   * @param within the most milliseconds; for the reference nothing is promised
   */
  private record Row(String name, boolean own, boolean busy, boolean told, int within) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("towpath (told online)", true, false, true, TOLD),
          new Row("towpath (untold, events flow)", true, true, false, UNTOLD),
          new Row("towpath (untold, idle)", true, false, false, UNTOLD),
          new Row("socket.io (told online)", false, false, true, 0),
          new Row("socket.io (untold, idle)", false, false, false, 0));

  private final Options options;
  private final Path jar;

  Silence(Options options) {
    this.options = options;
    this.jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
  }

  /** Prints the table; returns whether ours kept what it promises in every row. */
  boolean run() {
    boolean kept = true;
    System.out.println("| client | goes on after | `disconnect` events |");
    System.out.println("|---|---:|---:|");
    for (Row row : options.select(ROWS, Row::name)) {
      try (ConversationServer server = new ConversationServer(1, 1);
          HostileProxy proxy =
              HostileProxy.to(new InetSocketAddress("127.0.0.1", server.port())).start()) {
        JsonNode outcome = fallSilent(row, proxy);
        Integer millis = outcome.path("ms").isNumber() ? outcome.path("ms").asInt() : null;
        int disconnects = outcome.path("disconnects").asInt();
        System.out.printf(
            Locale.ROOT, "| %s | %s | %d |%n", row.name(), millis(millis), disconnects);
        kept &= !row.own() || millis != null && millis <= row.within() && disconnects == 0;
      }
    }
    System.out.println(kept ? "towpath: kept" : "towpath: NOT kept");
    return kept;
  }

  private JsonNode fallSilent(Row row, HostileProxy proxy) {
    Path node = NodePeer.beside(jar).folder();
    Map<String, Object> order = new LinkedHashMap<>();
    order.put("module", Conversation.client(jar).toString());
    order.put("own", row.own());
    order.put("url", "http://127.0.0.1:" + proxy.port());
    order.put("busy", row.busy());
    order.put("hint", row.told() ? BLACKOUT_MILLIS + 500 : null);
    order.put("patience", 60_000);
    try (Lines lines =
        new Lines(
            List.of(
                "node",
                node.resolve("silence-client.mjs").toString(),
                JSON.writeValueAsString(order)))) {
      lines.require("connected", 20);
      proxy.mode(Mode.BLACKOUT);
      proxy.silence();
      lines.say("dead");
      lines.rest(BLACKOUT_MILLIS);
      proxy.mode(Mode.PASS);
      return JSON.readTree(lines.require("repaired ", 80).substring(9));
    } catch (JsonProcessingException wrong) {
      throw new LoadFailure("no JSON: " + wrong.getOriginalMessage());
    } catch (IOException failed) {
      throw new LoadFailure("cannot start node: " + failed.getMessage());
    }
  }

  private static String millis(@Nullable Integer millis) {
    return millis == null ? "never" : String.format(Locale.ROOT, "%,d ms", millis);
  }
}

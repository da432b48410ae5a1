package io.towpath.benchmarks;

import io.towpath.testkit.HostileProxy.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How clients come through where WebSocket does not: refused, never answered, mute, or cut after
 * 200 ms. Client and server send each other a hundred events a second for thirty seconds and have
 * two more for what is under way; then everything passes.
 */
final class Fallback {
  private static final List<Conversation> CONVERSATIONS =
      List.of(
          new Conversation("towpath", true, "{}", false),
          new Conversation("socket.io (default)", false, "{}", false),
          new Conversation(
              "socket.io (WebSocket first)",
              false,
              "{\"transports\":[\"websocket\",\"polling\"],\"tryAllTransports\":true}",
              false),
          new Conversation(
              "socket.io (WebSocket only)", false, "{\"transports\":[\"websocket\"]}", false));

  private static final int SECONDS = 30;
  private static final int FIRST_MESSAGE = 1_000;
  private static final int BACK = 60_000;

  private final Options options;
  private final Path jar;

  Fallback(Options options) {
    this.options = options;
    this.jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
  }

  /** Prints the table; returns whether ours kept what it promises in every row. */
  boolean run() {
    boolean kept = true;
    System.out.println(
        "| proxy | client | first message | delivered | doubled | disordered | `disconnect` events |"
            + " WebSocket again after |");
    System.out.println("|---|---|---:|---:|---:|---:|---:|---:|");
    for (Mode mode : List.of(Mode.REJECT, Mode.HANG, Mode.MUTE, Mode.CUT)) {
      for (Conversation conversation : options.select(CONVERSATIONS, Conversation::name)) {
        Conversation.Plan plan =
            new Conversation.Plan(
                mode,
                false,
                Duration.ofMillis(200),
                100,
                SECONDS,
                2_000,
                conversation.own() ? BACK : 0);
        Conversation.Outcome outcome = conversation.lead(plan, jar);
        System.out.printf(
            Locale.ROOT,
            "| %s | %s | %s | %.1f %% | %,d | %,d | %d | %s |%n",
            mode.name().toLowerCase(Locale.ROOT),
            conversation.name(),
            millis(outcome.firstMessage()),
            100.0 * outcome.arrived() / Math.max(1, outcome.said()),
            outcome.doubled(),
            outcome.disordered(),
            outcome.disconnects(),
            conversation.own() ? millis(outcome.back()) : "");
        kept &= !conversation.own() || keeps(outcome);
      }
    }
    System.out.println(kept ? "towpath: kept" : "towpath: NOT kept");
    return kept;
  }

  private static boolean keeps(Conversation.Outcome outcome) {
    Integer first = outcome.firstMessage();
    return outcome.isExact()
        && outcome.said() > 5_000
        && first != null
        && first <= FIRST_MESSAGE
        && outcome.back() != null;
  }

  private static String millis(@Nullable Integer millis) {
    return millis == null ? "never" : String.format(Locale.ROOT, "%,d ms", millis);
  }
}

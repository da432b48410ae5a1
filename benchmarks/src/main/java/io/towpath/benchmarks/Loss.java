package io.towpath.benchmarks;

import io.towpath.testkit.HostileProxy.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What is lost when every TCP connection is cut every two seconds, while client and server send
 * each other a thousand events a second for eleven seconds.
 */
final class Loss {
  private static final List<Conversation> CONVERSATIONS =
      List.of(
          new Conversation("towpath (WebSocket)", true, "{\"transports\":[\"websocket\"]}", false),
          new Conversation(
              "towpath (streaming)", true, "{\"transports\":[\"stream\",\"polling\"]}", false),
          new Conversation("towpath (polling)", true, "{\"transports\":[\"polling\"]}", false),
          new Conversation("towpath (mixed)", true, "{}", false),
          new Conversation(
              "socket.io (WebSocket)", false, "{\"transports\":[\"websocket\"]}", false),
          new Conversation("socket.io (default)", false, "{}", false),
          new Conversation("socket.io (connection state recovery)", false, "{}", true),
          new Conversation(
              "socket.io (recovery and retries)",
              false,
              "{\"retries\":10,\"ackTimeout\":1000}",
              true));

  private final Options options;
  private final Path jar;

  Loss(Options options) {
    this.options = options;
    this.jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
  }

  /** Prints the table; returns whether ours was exact in every row. */
  boolean run() {
    Conversation.Plan plan =
        new Conversation.Plan(Mode.FLAP, true, Duration.ofSeconds(2), 1_000, 11, 15_000, 0);
    boolean exact = true;
    System.out.println("| set-up | sent | lost | doubled | disordered | `disconnect` events |");
    System.out.println("|---|---:|---:|---:|---:|---:|");
    for (Conversation conversation : options.select(CONVERSATIONS, Conversation::name)) {
      Conversation.Outcome outcome = conversation.lead(plan, jar);
      System.out.printf(
          Locale.ROOT,
          "| %s | %,d | %,d | %,d | %,d | %d |%n",
          conversation.name(),
          outcome.said(),
          outcome.lost(),
          outcome.doubled(),
          outcome.disordered(),
          outcome.disconnects());
      // Nothing sent is no success either.
      exact &= !conversation.own() || outcome.isExact() && outcome.said() > 10_000;
    }
    System.out.println(exact ? "towpath: exact" : "towpath: NOT exact");
    return exact;
  }
}

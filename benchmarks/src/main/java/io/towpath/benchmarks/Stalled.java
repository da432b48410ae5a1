package io.towpath.benchmarks;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;

/**
 * A thousand readers that stop reading beside ten that go on, on a server with a heap of 256 MiB
 * that broadcasts a thousand times a second: under each policy that makes sense for a broadcast.
 * The healthy ones must hear every event, in order; with conflation, which may skip, every event
 * must be newer than the one before, and the last must come.
 */
final class Stalled {
  private static final int STALLED = 1_000;
  private static final int HEALTHY = 10;
  private static final List<String> POLICIES = List.of("DISCONNECT", "DROP_OLDEST", "CONFLATE");

  private final Options options;

  Stalled(Options options) {
    this.options = options;
  }

  /** Runs all policies; returns whether each did what it must. */
  boolean run() {
    System.out.printf(
        "%d stalled and %d healthy readers, 1,000 broadcasts a second for %d s, heap 256 MiB%n",
        STALLED, HEALTHY, options.seconds());
    boolean right = true;
    for (String policy : options.only().isEmpty() ? POLICIES : options.only()) {
      try {
        System.out.println(new Run(policy.toUpperCase(Locale.ROOT)).figures());
      } catch (LoadFailure failure) {
        System.out.println(policy + ": FAILED, " + failure.getMessage());
        right = false;
      }
    }
    return right;
  }

  private final class Run implements Session.Listener {
    private final String policy;
    private final boolean skips;
    private final Text text = new Text("tick", 128);

    /** What each healthy reader heard last, and how many. */
    private final IdentityHashMap<Session, long[]> heard = new IdentityHashMap<>();

    private final List<WebSocketSession> stalled = new ArrayList<>();
    private int connected;

    Run(String policy) {
      this.policy = policy;
      this.skips = policy.equals("CONFLATE");
    }

    String figures() {
      int port = ServerProcess.freePort();
      String jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath().toString();
      List<String> command =
          List.of(
              ProcessHandle.current().info().command().orElse("java"),
              "-Xmx256m",
              "-XX:+ExitOnOutOfMemoryError",
              "-Dorg.jboss.logging.provider=slf4j",
              "-cp",
              jar,
              Main.class.getName(),
              "stalled-server",
              "--supervised",
              "--only",
              policy,
              "--seconds",
              String.valueOf(options.seconds()),
              "--port",
              String.valueOf(port));
      try (ServerProcess server = new ServerProcess(command, port);
          LoadLoop loop = new LoadLoop(server.address())) {
        for (int i = 0; i < STALLED; i++) {
          WebSocketSession session = new WebSocketSession(loop, this);
          session.receiveBuffer(4096);
          stalled.add(session);
          join(loop, i + 1);
          session.stopReading();
        }
        for (int i = 0; i < HEALTHY; i++) {
          Session session = new WebSocketSession(loop, this);
          heard.put(session, new long[] {-1, 0});
          join(loop, STALLED + i + 1);
        }
        byte[] go = "2[\"go\"]".getBytes(StandardCharsets.US_ASCII);
        Session first = heard.keySet().iterator().next();
        first.send(go, go.length);
        first.flush();
        loop.run(options.seconds());
        String[] sent = server.awaiting("sent ", loop).split(" ", -1);
        long events = Long.parseLong(sent[1]);
        loop.await(
            "the last event",
            () -> heard.values().stream().allMatch(last -> last[0] == events - 1));
        if (!server.isAlive()) {
          throw new LoadFailure("the server died");
        }
        return verdict(sent, events);
      }
    }

    private void join(LoadLoop loop, int wanted) {
      loop.await("joining", () -> connected == wanted);
    }

    private String verdict(String[] sent, long events) {
      long disconnected = Long.parseLong(sent[3]);
      long dropped = Long.parseLong(sent[5]);
      boolean acted = policy.equals("DISCONNECT") ? disconnected > 0 : dropped > 0;
      if (!acted) {
        throw new LoadFailure("the policy did not act: " + String.join(" ", sent));
      }
      long least = heard.values().stream().mapToLong(last -> last[1]).min().orElseThrow();
      return String.format(
          Locale.ROOT,
          "%s: %,d broadcasts in %s s; healthy readers got %s of %,d at least; stalled: %,d over the bound,"
              + " %s ended otherwise, %,d messages dropped; most heap after a collection %.1f MiB",
          policy,
          events,
          sent[2],
          least == events ? "all" : String.format(Locale.ROOT, "%,d", least),
          events,
          disconnected,
          sent[4],
          dropped,
          Long.parseLong(sent[6]) / 1048576.0);
    }

    @Override
    public void onConnected(Session session) {
      connected++;
    }

    @Override
    public void onPacket(Session session, byte[] bytes, int start, int end) {
      long[] last = heard.get(session);
      if (last == null) {
        return;
      }
      long number = skips ? text.numberOf(bytes, start) : last[0] + 1;
      if (number <= last[0]) {
        throw new LoadFailure("event " + number + " came after " + last[0]);
      }
      text.broadcast(bytes, start, end, number);
      last[0] = number;
      last[1]++;
    }

    @Override
    public void onEnd(Session session) {
      if (heard.containsKey(session)) {
        throw new LoadFailure("the server ended a healthy session");
      }
    }
  }
}

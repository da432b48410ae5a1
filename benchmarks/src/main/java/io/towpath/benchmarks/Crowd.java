package io.towpath.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * 15,000 WebSocket connections to a server with a heap of 72 MiB: each joins the namespace, and
 * when all are there each must have an event acked. On the way it is read how much lives on the
 * heap for each connection; for the peer too, which has a heap that is large enough.
 */
final class Crowd {
  private static final int[] STEPS = {500, 1_000, 2_500, 5_000, 7_500, 10_000, 12_500, 15_000};

  /** How many connections are opened at once. */
  private static final int AT_ONCE = 20;

  /**
   * What makes the server load its classes and compile, before its heap is read for the first time.
   */
  private static final int WARM_UP = 200;

  private final Options options;

  Crowd(Options options) {
    this.options = options;
  }

  /** Runs the servers that were asked for; returns whether each did what it must. */
  boolean run() {
    Map<String, List<String>> servers = new LinkedHashMap<>();
    servers.put("towpath", command("-Xmx72m", "serve"));
    servers.put("netty-socketio", command("-Xmx1g", "netty"));
    Curve curve = new Curve("Live heap for each idle WebSocket, bytes", false);
    boolean right = true;
    System.out.println("| server | heap | connections | live heap | for each |");
    System.out.println("|---|---|---:|---:|---:|");
    for (Map.Entry<String, List<String>> server : servers.entrySet()) {
      if (!options.servers().isEmpty() && !options.servers().contains(server.getKey())) {
        continue;
      }
      try {
        new Run(server.getKey(), server.getValue(), curve).go();
      } catch (LoadFailure failure) {
        System.out.println(server.getKey() + ": FAILED, " + failure.getMessage());
        right = false;
      }
    }
    if (right) {
      curve.write(options.svg());
    }
    return right;
  }

  private static List<String> command(String heap, String server) {
    return List.of(
        ProcessHandle.current().info().command().orElse("java"),
        heap,
        "-XX:+ExitOnOutOfMemoryError",
        "-Dorg.jboss.logging.provider=slf4j",
        "-cp",
        Path.of(System.getProperty("java.class.path")).toAbsolutePath().toString(),
        Main.class.getName(),
        server,
        "--supervised",
        "--port");
  }

  /** One server from its start to its end. */
  private static final class Run implements Session.Listener {
    private final String name;
    private final List<String> command;
    private final Curve curve;
    private final Text text = new Text("text", 64);
    private final List<WebSocketSession> sessions = new ArrayList<>();
    private int connected;
    private int acked;
    private boolean ending;

    Run(String name, List<String> command, Curve curve) {
      this.name = name;
      this.command = command;
      this.curve = curve;
    }

    void go() {
      int port = ServerProcess.freePort();
      List<String> withPort = new ArrayList<>(command);
      withPort.add(String.valueOf(port));
      try (ServerProcess server = new ServerProcess(withPort, port);
          LoadLoop loop = new LoadLoop(server.address())) {
        grow(loop, WARM_UP);
        ack(loop);
        shrink(loop);
        long before = server.liveBytes();
        for (int step : STEPS) {
          grow(loop, step);
          loop.run(0.5);
          long live = server.liveBytes();
          double each = (live - before) / (double) step;
          curve.add(name, step, each);
          System.out.printf(
              Locale.ROOT,
              "| %s | %s | %,d | %.1f MiB | %,.0f B |%n",
              name,
              command.get(1).substring(4),
              step,
              live / 1048576.0,
              each);
        }
        ack(loop);
        if (!server.isAlive()) {
          throw new LoadFailure("the server died");
        }
        System.out.printf(Locale.ROOT, "%s: %,d events acked%n", name, acked);
      }
    }

    private void grow(LoadLoop loop, int count) {
      while (sessions.size() < count) {
        WebSocketSession session = new WebSocketSession(loop, this);
        sessions.add(session);
        int least = sessions.size() - AT_ONCE;
        loop.await("connecting", () -> connected > least);
      }
      loop.await("connecting", () -> connected == count);
    }

    private void ack(LoadLoop loop) {
      acked = 0;
      for (WebSocketSession session : sessions) {
        text.send(session, 7, 7);
        session.flush();
        int least = sessions.size();
        if (acked < least - 1_000) {
          loop.run(0);
        }
      }
      loop.await("the last ack", () -> acked == sessions.size());
    }

    private void shrink(LoadLoop loop) {
      ending = true;
      loop.end(sessions, () -> connected == 0);
      sessions.clear();
      ending = false;
      loop.run(1);
    }

    @Override
    public void onConnected(Session session) {
      connected++;
    }

    @Override
    public void onPacket(Session session, byte[] bytes, int start, int end) {
      text.ack(bytes, start, end);
      acked++;
    }

    @Override
    public void onEnd(Session session) {
      if (!ending) {
        throw new LoadFailure("the server ended a session");
      }
      connected--;
    }
  }
}

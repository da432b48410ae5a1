package io.towpath.testkit.resume;

/** The {@link Client}'s questions whether the server is there, and what it makes of silence. */
final class Liveness {
  private final Client client;
  private final World world;
  private final Faults faults;
  private final Half half;
  private final ClientPump pump;

  Liveness(Client client, World world, Faults faults, Half half, ClientPump pump) {
    this.client = client;
    this.world = world;
    this.faults = faults;
    this.half = half;
    this.pump = pump;
  }

  /** Looks at a transport once a second for as long as it carries. */
  void watch(Path path) {
    if (faults.has(Fault.CLIENT_HAS_NO_LIVENESS)) {
      return;
    }
    path.watchTimer =
        world.after(
            1000,
            () -> {
              if (path.dead || client.over() != null || !client.isCurrent(path)) {
                return;
              }
              if (path.kind != Path.Kind.POLLING) {
                look(path);
              }
              if (!path.dead) {
                watch(path);
              }
            });
  }

  private void look(Path path) {
    long now = world.now();
    long idle = now - path.heard;
    boolean due = path.kind == Path.Kind.WEBSOCKET && half.sent() > half.acked();
    if (!due || half.acked() != path.lastAcked) {
      path.lastAcked = half.acked();
      path.ackedAt = now;
    }
    boolean late = due && now - path.ackedAt > 5000;
    if (path.asked >= 0 && now - path.asked > 4000) {
      client.fail(path, "mute");
    } else if (late && now - path.ackedAt > 9500) {
      client.fail(path, "acknowledgements overdue");
    } else if (idle > Server.PING_INTERVAL + Server.PING_TIMEOUT) {
      client.fail(path, "ping timeout");
    } else if (path.asked < 0 && (idle > Server.PING_INTERVAL + 3000 || late)) {
      path.asked = now;
      pump.control(path, "2" + world.number(1, 999));
    }
  }
}

package io.towpath.testkit.resume;

import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.FaultySession;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One schedule of the model test: who says what and when, and what must hold in the end. */
final class Simulation {
  /** Ends that an honest client on any network must never see. */
  private static final Set<String> ILLEGAL =
      Set.of(
          "sequence gap",
          "bad ack",
          "internal error",
          "no mark",
          "protocol error",
          "parse error",
          "bad mark");

  private static final long SETTLING = 75;

  private final World world;
  private final Network network;
  private final Server server;
  private final Client client;
  private boolean closedByPlan;

  /**
   * What became of one schedule.
   *
   * @param violations what went wrong; empty if nothing did
   * @param early how the sides ended, if they did before they were asked to
   * @param delivered how many messages arrived
   */
  record Outcome(
      List<String> violations,
      @Nullable String early,
      int delivered,
      int switches,
      List<String> trace) {}

  private Simulation(
      long seed, Faults faults, Function<World, EngineSessions> sessions, boolean traced) {
    world = new World(seed, traced);
    network = new Network(world);
    server = new Server(world, sessions.apply(world));
    client = new Client(world, network, server, faults);
  }

  /** Runs one schedule. */
  static Outcome run(long seed) {
    return run(seed, Faults.NONE, Server::sessions, false);
  }

  static Outcome run(
      long seed, Faults faults, Function<World, EngineSessions> sessions, boolean traced) {
    return new Simulation(seed, faults, sessions, traced).run();
  }

  /** Runs one schedule with a planted fault. */
  static Outcome run(long seed, Fault fault) {
    return run(
        seed,
        Faults.of(fault),
        world -> FaultySession.sessions(Server.OPTIONS, new DeadlineWheel(world.scheduler), fault),
        false);
  }

  private Outcome run() {
    String early = null;
    try {
      early = play();
    } catch (RuntimeException | AssertionError broken) {
      world.violation("thrown: " + broken);
    }
    return new Outcome(
        world.violations,
        early,
        server.app.got() + client.app.got(),
        server.switches(),
        world.trace());
  }

  private @Nullable String play() {
    server.watch(this::checkChoice);
    if (world.happens(.6)) {
      client.openWebSocket();
    } else {
      client.openPoll();
    }
    double span = Math.max(network.honestAt(), 5000) * 1.1;
    plan(span);
    settle(Math.max(span, network.honestAt()));
    boolean early = isOverOrClosing();
    if (!early) {
      checkDelivered();
    }
    int switches = server.switches();
    int requests = server.requests();
    world.scheduler.advance(150_000);
    if (!isOverOrClosing()) {
      checkQuiet();
    }
    if (server.switches() - switches > (network.doomed ? 22 : 6)) {
      world.violation("flapping: " + (server.switches() - switches) + " switches in honest time");
    }
    if (server.requests() - requests > 400) {
      world.violation("busy: " + (server.requests() - requests) + " requests in honest time");
    }
    checkBounds();
    early = isOverOrClosing();
    String how = early ? server.over() + "|" + client.over() : null;
    if (early) {
      world.scheduler.advance(grace());
      if (server.over() == null || client.over() == null) {
        world.violation(
            "only one side knows it is over: S=" + server.over() + " C=" + client.over());
      }
    } else {
      checkClose();
    }
    return how;
  }

  private static long grace() {
    return Server.WINDOW + Server.PING_INTERVAL + Server.PING_TIMEOUT + 30_000;
  }

  /** Plans what both applications send, and sometimes a close in the middle. */
  private void plan(double span) {
    int messages = world.number(0, 80);
    for (int i = 0; i < messages; i++) {
      world.after(world.between(0, span), () -> emit(true));
      world.after(world.between(0, span), () -> emit(false));
    }
    if (world.happens(.25)) {
      boolean byServer = world.happens(.5);
      world.after(world.between(0, span), () -> closeInTheMiddle(byServer));
    }
  }

  private void emit(boolean byServer) {
    int burst = world.happens(.2) ? world.number(2, 8) : 1;
    for (int i = 0; i < burst; i++) {
      int attachments = world.happens(.15) ? world.number(1, 3) : 0;
      int length = world.happens(.9) ? world.number(0, 30) : world.number(100, 700);
      emit(byServer, length, attachments);
    }
  }

  private void emit(boolean byServer, int length, int attachments) {
    App app = byServer ? server.app : client.app;
    boolean done =
        byServer
            ? server.over() != null || server.isClosing()
            : client.over() != null || client.isClosing();
    if (done) {
      return;
    }
    List<String> packets = app.make(length, attachments);
    boolean accepted = byServer ? server.emit(packets) : client.emit(packets);
    if (!accepted) {
      app.unmake(packets.size());
    }
  }

  private void closeInTheMiddle(boolean byServer) {
    if ((byServer ? server.over() : client.over()) != null) {
      return;
    }
    closedByPlan = true;
    emit(byServer, 10, 1);
    if (byServer) {
      server.close();
    } else {
      client.close();
    }
  }

  private boolean isOverOrClosing() {
    return server.over() != null
        || client.over() != null
        || server.isClosing()
        || client.isClosing();
  }

  /** Some honest time later everything must be delivered. */
  private void settle(double until) {
    world.scheduler.advance(Math.round(until) - world.now());
    world.scheduler.advance(SETTLING * 1000);
  }

  private void checkDelivered() {
    if (server.app.got() != client.app.made()) {
      world.violation(
          "client to server: " + server.app.got() + " of " + client.app.made() + " delivered");
    }
    if (client.app.got() != server.app.made()) {
      world.violation(
          "server to client: " + client.app.got() + " of " + server.app.made() + " delivered");
    }
  }

  private void checkQuiet() {
    if (network.doomed) {
      if (!client.hasTransport()) {
        world.violation("no transport, and none is sought");
      }
      return;
    }
    if (!client.isOnWebSocket()) {
      world.violation("not on the best transport: g" + client.generation());
    } else if (server.session().isDetached() || server.confirmed() != client.generation()) {
      world.violation("the sides disagree on the transport");
    }
    if (client.hasLeftovers() || client.openLinks() > 1 || server.openOffers() > 0) {
      world.violation(
          "leftover transports: " + client.openLinks() + ", offers " + server.openOffers());
    }
    if (server.session().bufferedBytes() > 0 || !client.isEmpty()) {
      world.violation("kept messages were never acknowledged");
    }
  }

  private void checkBounds() {
    String[] ends = {server.over(), client.over()};
    for (String end : ends) {
      if (end != null && ILLEGAL.contains(end)) {
        world.violation("illegal end: " + end);
      }
    }
    if (client.isRateLimited()) {
      world.violation("an honest client hit the bound on offers");
    }
    if (server.peakOffers() > 2) {
      world.violation("offers held at once: " + server.peakOffers());
    }
    if (Math.max(server.peakBytes(), client.peakBytes()) > Server.OUTBOUND + 3200) {
      world.violation("memory: " + server.peakBytes() + " " + client.peakBytes());
    }
    if (!closedByPlan
        && !network.hasLongBlackout(Server.WINDOW - 20_000)
        && ("window".equals(server.over()) || "window".equals(client.over()))
        && !network.doomed
        && network.isHostile()) {
      world.violation("the session was lost although the network was there");
    }
  }

  /** Nobody has ended the session: now one side does, and the last message still arrives. */
  private void checkClose() {
    boolean byServer = world.happens(.5);
    emit(byServer, 10, 1);
    if (byServer) {
      server.close();
    } else {
      client.close();
    }
    world.scheduler.advance(grace());
    if (server.over() == null || client.over() == null) {
      world.violation("the close was not agreed: S=" + server.over() + " C=" + client.over());
    }
    int got = byServer ? client.app.got() : server.app.got();
    int made = byServer ? server.app.made() : client.app.made();
    if (got != made) {
      world.violation("the close lost the last message");
    }
  }

  /** No transport may carry the session that the client has not chosen. */
  private void checkChoice() {
    long confirmed = server.confirmed();
    if (!client.hasChosen(confirmed)) {
      world.violation("a transport took the session that was not chosen: g" + confirmed);
    }
  }
}

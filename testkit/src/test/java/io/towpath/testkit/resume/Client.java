package io.towpath.testkit.resume;

import io.towpath.websocket.CloseStatus;
import io.towpath.websocket.WebSocketConnection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client of a resumable session, written for tests from the rules in {@code
 * docs/resumable-sessions.md}: it offers, chooses, confirms, asks for signs of life, replays and
 * gives up.
 */
final class Client {
  final App app;
  private final World world;
  private final Server server;
  private final Faults faults;
  private final Half half;
  private final ClientWebSockets webSockets;
  private final ClientHttp http;
  private final Search search;
  private final Liveness liveness;
  private final ClientPump pump;
  private final Set<Long> chosen = new HashSet<>(Set.of(0L));
  private List<Path> old = new ArrayList<>();
  private @Nullable Path current;
  private @Nullable String over;
  private boolean closing;
  private boolean rateLimited;
  private int confirmations;
  private long lastHeard;

  Client(World world, Network network, Server server, Faults faults) {
    this.world = world;
    this.server = server;
    this.faults = faults;
    this.half = new Half(faults);
    this.app = new App(world, "client");
    this.webSockets = new ClientWebSockets(this, world, network, server);
    this.http = new ClientHttp(this, world, network, server, faults, half);
    this.search = new Search(this, world, server, faults, half, webSockets, http);
    this.pump = new ClientPump(this, world, faults, half, http);
    this.liveness = new Liveness(this, world, faults, half, pump);
    limit();
  }

  private void log(String event) {
    world.log("C " + event);
  }

  /** Gives up only when the server's clock must have run out. */
  private void limit() {
    world.after(
        1000,
        () -> {
          if (over == null) {
            long silent = world.now() - lastHeard;
            if (silent > Server.WINDOW + Server.PING_INTERVAL + Server.PING_TIMEOUT + 5000) {
              end("window");
            } else {
              limit();
            }
          }
        });
  }

  // The opening.

  void openWebSocket() {
    Path path = opening(Path.Kind.WEBSOCKET);
    SimLink.Connection link = webSockets.open(path);
    // As a Socket.IO client does, which joins a namespace first: from then on it is waited for.
    emit(app.make(5, 0));
    while (server.app.got() == 0 && world.now() < 2000) {
      world.scheduler.advance(10);
    }
    webSockets.damage(link);
    liveness.watch(path);
    search.scheduleUp();
  }

  void openPoll() {
    Path path = opening(Path.Kind.POLLING);
    server.openPoll(new UnheardExchange());
    http.poll(path);
    liveness.watch(path);
    search.scheduleUp();
  }

  private Path opening(Path.Kind kind) {
    Path path = new Path(kind, 0, world.now());
    path.state = Path.State.ON;
    path.next = kind == Path.Kind.WEBSOCKET ? 1 : 0;
    path.markDue = kind != Path.Kind.WEBSOCKET;
    current = path;
    return path;
  }

  // The life of a transport.

  /** Lets go of a transport. */
  private void kill(Path path) {
    if (path.dead) {
      return;
    }
    path.dead = true;
    path.cancelTimers();
    WebSocketConnection connection = path.webSocket;
    if (connection != null) {
      if (world.happens(.5)) {
        connection.close(new CloseStatus(1000, ""));
      } else {
        connection.abort();
      }
    }
    for (SimRequest request : new SimRequest[] {path.offer, path.get, path.post}) {
      if (request != null) {
        request.abort();
      }
    }
  }

  /** A transport is of no use any more. */
  void fail(Path path, String why) {
    if (path.dead) {
      return;
    }
    log("fails " + path.kind + " g" + path.generation + ": " + why);
    kill(path);
    search.failed(path);
    old.remove(path);
    if (current == path) {
      if (faults.has(Fault.CLIENT_RETURNS_TO_OLD)
          && path.state == Path.State.CONFIRMING
          && !old.isEmpty()) {
        current = old.remove(0);
        search.scheduleUp();
        pump.pump();
        return;
      }
      current = null;
      if (over == null) {
        search.seek();
      }
    } else if (current == null) {
      search.seek();
    } else {
      search.scheduleUp();
    }
  }

  /** A request has been refused. */
  void refused(Path path, int status, String body) {
    if (path.dead) {
      return;
    }
    if (status == 400 && body.contains("\"code\":1")) {
      end("unknown");
      return;
    }
    Path now = current;
    boolean wanted = search.isCandidate(path) && (now == null || path.generation > now.generation);
    if (status == 409 && (path == now || wanted)) {
      world.violation("an honest client was told stale: g" + path.generation);
    }
    rateLimited |= status == 429;
    fail(path, "refused " + status);
  }

  /** A WebSocket has ended, with a code or without. */
  void closed(Path path, int code) {
    if (code == 1011) {
      world.violation("something was thrown behind a WebSocket");
    }
    if (code == 4001) {
      end("unknown");
      return;
    }
    if (code == 4000 && path == current) {
      world.violation("an honest client lost its transport to another");
    }
    if (code == 4009 && search.isCandidate(path)) {
      world.violation("an honest client was told stale, g" + path.generation);
    }
    rateLimited |= code == 4008;
    fail(path, "closed " + code);
  }

  /** The server has spoken on a candidate: it may be chosen. */
  private void proven(Path path, long acknowledged) {
    Path now = current;
    if (now != null && now.kind.compareTo(path.kind) >= 0) {
      fail(path, "not needed");
      return;
    }
    if (now != null && now.state == Path.State.CONFIRMING) {
      fail(path, "busy confirming");
      return;
    }
    log("CHOOSES " + path.kind + " g" + path.generation + " m=" + acknowledged);
    chosen.add(path.generation);
    Path.cancel(path.timeout);
    search.chosen(path).forEach(this::kill);
    if (now != null) {
      old.add(now);
    }
    current = path;
    path.state = Path.State.CONFIRMING;
    path.since = world.now();
    path.heard = world.now();
    path.timeout =
        world.after(
            5000,
            () -> {
              if (path.state == Path.State.CONFIRMING) {
                fail(path, "confirmation unanswered");
              }
            });
    if (!half.acknowledge(acknowledged)) {
      world.violation("the server acknowledged what was not sent");
      return;
    }
    path.cursor = (faults.has(Fault.CLIENT_NO_MAX) ? acknowledged : half.acked()) + 1;
    if (faults.has(Fault.CLIENT_WRONG_CURSOR)) {
      path.cursor = Math.max(path.cursor, half.sent() + 1);
    }
    path.markDue = true;
    if (path.kind == Path.Kind.WEBSOCKET) {
      path.markNow = true;
      half.acknowledged();
      if (!faults.has(Fault.CLIENT_CONFIRMS_NOTHING)) {
        ClientWebSockets.send(path, "7" + half.received());
      }
    } else {
      path.wantsPost = true;
      if (path.kind == Path.Kind.POLLING) {
        http.poll(path);
      }
    }
    pump.pump();
    liveness.watch(path);
    search.scheduleUp();
  }

  /** The server has shown that it has taken the choice. */
  void confirmed(Path path) {
    if (path.state != Path.State.CONFIRMING) {
      return;
    }
    path.state = Path.State.ON;
    confirmations++;
    Path.cancel(path.timeout);
    log("on " + path.kind + " g" + path.generation);
    old.forEach(this::kill);
    old = new ArrayList<>();
    search.confirmed(path);
  }

  /** The server has been heard. */
  void heard() {
    lastHeard = world.now();
  }

  /** A packet has come. */
  void receive(Path path, String packet) {
    if (over != null) {
      return;
    }
    heard();
    path.heard = world.now();
    path.asked = -1;
    char type = packet.isEmpty() ? ' ' : packet.charAt(0);
    if (path.state == Path.State.OFFERED) {
      if (type == '7') {
        proven(path, number(packet));
      } else if (type == '1') {
        end("server closed");
      } else {
        fail(path, "unexpected " + type);
      }
      return;
    }
    switch (type) {
      case '8' -> {
        String wrong = half.mark(path, number(packet));
        if (wrong != null) {
          end(wrong);
          return;
        }
        confirmed(path);
      }
      case '4', 'b' -> {
        String arrival = half.arrive(path, packet);
        if (arrival.equals("new")) {
          app.receive(packet);
        } else if (!arrival.equals("old")) {
          end(arrival);
          return;
        }
        pump.oweAck();
      }
      case '7' -> acknowledge(number(packet));
      case '2' -> pump.control(path, "3" + packet.substring(1));
      case '0', '3', '6' -> {}
      case '1' -> {
        if (path == current || old.contains(path)) {
          end("server closed");
        }
      }
      default -> end("parse error");
    }
  }

  /** Returns the number in a packet. */
  static long number(String packet) {
    return Long.parseLong(packet.substring(1));
  }

  private void acknowledge(long number) {
    if (!half.acknowledge(number)) {
      end("bad ack");
      return;
    }
    pump.pump();
    finish();
  }

  // The application's calls, and the ends.

  boolean emit(List<String> packets) {
    if (over != null || closing) {
      return false;
    }
    long size = packets.stream().mapToLong(packet -> packet.length() + Half.OVERHEAD).sum();
    long bound = current == null ? Server.BUFFER : Server.OUTBOUND;
    if (half.bytes() + size > bound && half.bytes() > 0) {
      end("buffer");
      return false;
    }
    packets.forEach(half::push);
    pump.pump();
    return true;
  }

  void close() {
    if (over != null) {
      return;
    }
    closing = true;
    log("close");
    world.after(Server.WINDOW, () -> end("client closed"));
    pump.pump();
    finish();
  }

  /** Ends the session if it is closing and everything is acknowledged. */
  void finish() {
    if (closing && over == null && half.isAcked()) {
      end("client closed");
    }
  }

  /** Ends the session. */
  void end(String reason) {
    if (over != null) {
      return;
    }
    over = reason;
    log("END " + reason);
    Path last = current;
    if (last != null
        && !last.dead
        && !reason.equals("unknown")
        && !reason.equals("server closed")) {
      if (last.kind == Path.Kind.WEBSOCKET) {
        ClientWebSockets.send(last, "1");
      } else {
        http.goodbye(last);
      }
    }
    List<Path> all = new ArrayList<>(old);
    all.addAll(search.candidates());
    if (last != null) {
      all.add(last);
    }
    all.forEach(this::kill);
    current = null;
    old.clear();
    search.stop();
  }

  // For its parts, and for the checks.

  /** Writes what may go. */
  void pump() {
    pump.pump();
  }

  /** Returns the transport that carries, or null. */
  @Nullable Path current() {
    return current;
  }

  boolean isCurrent(Path path) {
    return current == path;
  }

  @Nullable String over() {
    return over;
  }

  boolean isClosing() {
    return closing;
  }

  boolean hasTransport() {
    return current != null || search.isSeeking();
  }

  boolean isOnWebSocket() {
    Path path = current;
    return path != null && path.kind == Path.Kind.WEBSOCKET;
  }

  long generation() {
    Path path = current;
    return path == null ? -1 : path.generation;
  }

  boolean hasChosen(long generation) {
    return chosen.contains(generation);
  }

  boolean hasLeftovers() {
    return !old.isEmpty();
  }

  boolean isEmpty() {
    return half.isEmpty();
  }

  long peakBytes() {
    return half.peak();
  }

  boolean isRateLimited() {
    return rateLimited;
  }

  int confirmations() {
    return confirmations;
  }

  /** Returns how many WebSockets are open at the server. */
  long openLinks() {
    return webSockets.open();
  }
}

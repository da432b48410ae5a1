package io.towpath.testkit.resume;

import io.towpath.engine.Scheduler;
import io.towpath.websocket.CloseStatus;
import io.towpath.websocket.Ending;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client of a resumable session, written for tests from the rules in {@code
 * docs/resumable-sessions.md}: it offers, chooses, confirms, asks for signs of life, replays and
 * gives up.
 */
final class Client {
  private static final String SEPARATOR = "\u001e";
  private static final int MOST = 100_000;

  final App app;
  private final World world;
  private final Network network;
  private final Server server;
  private final Faults faults;
  private final Half half;
  private final Map<Path.Kind, Path> candidates = new EnumMap<>(Path.Kind.class);
  private final Set<Long> chosen = new HashSet<>(Set.of(0L));
  private final List<SimLink.Connection> links = new ArrayList<>();
  private List<Path> old = new ArrayList<>();
  private @Nullable Path current;
  private @Nullable String over;
  private boolean closing;
  private boolean seeking;
  private boolean rateLimited;
  private long highest;
  private int round;
  private int confirmations;
  private long pause = 200;
  private long lastHeard;
  private long webSocketPause = 2000;
  private Scheduler.@Nullable Task upTimer;

  Client(World world, Network network, Server server, Faults faults) {
    this.world = world;
    this.network = network;
    this.server = server;
    this.faults = faults;
    this.half = new Half(faults);
    this.app = new App(world, "client");
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
    SimLink.Connection link = new SimLink.Connection(network);
    links.add(link);
    connect(path, link);
    server.openWebSocket(link.server);
    // As a Socket.IO client does, which joins a namespace first: from then on it is waited for.
    emit(app.make(5, 0));
    while (server.app.got() == 0 && world.now() < 2000) {
      world.scheduler.advance(10);
    }
    damage(link);
    watch(path);
    scheduleUp();
  }

  void openPoll() {
    Path path = opening(Path.Kind.POLLING);
    server.openPoll(new UnheardExchange());
    poll(path);
    watch(path);
    scheduleUp();
  }

  private Path opening(Path.Kind kind) {
    Path path = new Path(kind, 0, world.now());
    path.state = Path.State.ON;
    path.next = kind == Path.Kind.WEBSOCKET ? 1 : 0;
    path.markDue = kind != Path.Kind.WEBSOCKET;
    current = path;
    return path;
  }

  // Looking for a transport.

  private void seek() {
    if (over != null || seeking || current != null) {
      return;
    }
    seeking = true;
    int mine = ++round;
    boolean skipWebSocket = webSocketPause >= 8000 && world.happens(.5);
    long first = highest;
    highest += 3;
    if (!skipWebSocket) {
      offerLater(mine, 0, Path.Kind.WEBSOCKET, first + 3);
    }
    offerLater(mine, skipWebSocket ? 0 : 600, Path.Kind.STREAM, first + 2);
    offerLater(mine, skipWebSocket ? 1500 : 2100, Path.Kind.POLLING, first + 1);
    world.after(
        6000 + pause,
        () -> {
          if (round == mine) {
            seeking = false;
            pause = Math.min(pause * 2, 4000);
            if (current == null) {
              seek();
            }
          }
        });
  }

  private void offerLater(int mine, long delay, Path.Kind kind, long generation) {
    world.after(
        delay,
        () -> {
          if (over == null && current == null && round == mine) {
            offer(kind, generation);
          }
        });
  }

  private void scheduleUp() {
    Path.cancel(upTimer);
    upTimer = null;
    Path from = current;
    if (over != null || from == null || from.kind == Path.Kind.WEBSOCKET) {
      return;
    }
    upTimer =
        world.after(
            webSocketPause,
            () -> {
              upTimer = null;
              Path now = current;
              if (over != null || now == null || now.kind == Path.Kind.WEBSOCKET) {
                return;
              }
              if (now.kind == Path.Kind.POLLING && world.happens(.5)) {
                offer(Path.Kind.STREAM, ++highest);
              }
              offer(Path.Kind.WEBSOCKET, ++highest);
              upTimer = world.after(webSocketPause + 5000, this::scheduleUp);
            });
  }

  private void offer(Path.Kind kind, long generation) {
    Path now = current;
    if (over != null
        || candidates.containsKey(kind)
        || now != null && generation <= now.generation) {
      return;
    }
    Path path = new Path(kind, generation, world.now());
    candidates.put(kind, path);
    log("offers " + kind + " g" + generation + " ack=" + half.received());
    path.timeout = world.after(4000, () -> fail(path, "no proof of life"));
    String query = "sid=" + server.sid() + "&attach=" + generation + "&ack=" + half.received();
    if (kind == Path.Kind.WEBSOCKET) {
      dial(path, query);
    } else {
      path.offer = request("GET", path, query, "", new OfferAnswer(path));
    }
  }

  /** What an offered stream or poll answers. */
  private final class OfferAnswer implements SimRequest.Answer {
    private final Path path;

    OfferAnswer(Path path) {
      this.path = path;
    }

    @Override
    public void onAnswer(int status, String body) {
      if (path.dead) {
        return;
      }
      if (status != 200) {
        refused(path, status, body);
        return;
      }
      path.offer = null;
      for (String packet : split(body)) {
        if (!path.dead) {
          receive(path, packet);
        }
      }
    }

    @Override
    public void onFailure() {
      fail(path, "error");
    }

    @Override
    public void onChunk(String text) {
      String[] parts = (path.unended + text).split(SEPARATOR, -1);
      path.unended = parts[parts.length - 1];
      for (int i = 0; i < parts.length - 1 && !path.dead; i++) {
        receive(path, decoded(parts[i]));
      }
    }

    @Override
    public void onEnd() {
      if (!path.dead && faults.has(Fault.CLIENT_TAKES_UNENDED_TAIL) && !path.unended.isEmpty()) {
        receive(path, decoded(path.unended));
      }
      fail(path, "stream ended");
    }
  }

  private SimRequest request(
      String method, Path path, String query, String body, SimRequest.Answer answer) {
    String full = "transport=" + path.kind.wire() + "&" + query;
    return new SimRequest(
        network,
        method,
        body,
        answer,
        faults.has(Fault.TORN_BODIES_COUNT),
        exchange -> server.onHttp(exchange, full));
  }

  private static List<String> split(String body) {
    List<String> packets = new ArrayList<>();
    if (!body.isEmpty()) {
      for (String part : body.split(SEPARATOR, -1)) {
        packets.add(decoded(part));
      }
    }
    return packets;
  }

  private static String decoded(String packet) {
    if (!packet.startsWith("b")) {
      return packet;
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(packet.substring(1));
      return "b" + new String(bytes, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException torn) {
      return "b torn";
    }
  }

  private static String encoded(String packet) {
    return packet.startsWith("b")
        ? "b" + Base64.getEncoder().encodeToString(App.bytes(packet.substring(1)))
        : packet;
  }

  // WebSocket.

  private void dial(Path path, String query) {
    if (network.isDark()) {
      network.tellFailure(() -> fail(path, "refused"));
      return;
    }
    if (network.refuses()) {
      world.after(network.delay() * 2, () -> fail(path, "refused"));
      return;
    }
    if (network.hangs()) {
      return;
    }
    double delay = network.lag() + network.delay();
    if (network.duplicates()) {
      // A proxy repeats the upgrade: the server sees one with no client behind it.
      double later = delay + world.between(0, network.delayMax);
      world.after(
          later,
          () -> {
            world.log("~~ duplicated upgrade g" + path.generation);
            SimLink.Connection ghost = new SimLink.Connection(network);
            links.add(ghost);
            ghost.mute(true, true);
            server.onWebSocket(ghost.server, query);
            world.after(world.between(100, 60e3), ghost::cut);
          });
    }
    SimLink.Connection link = new SimLink.Connection(network);
    links.add(link);
    link.stall(world.now() + delay);
    connect(path, link);
    world.after(
        delay,
        () -> {
          if (!network.isDark()) {
            server.onWebSocket(link.server, query);
            damage(link);
          }
        });
  }

  private void damage(SimLink.Connection link) {
    int mute = network.mutes() ? world.number(1, 3) : 0;
    if (mute > 0) {
      double when = world.happens(.5) ? 0 : world.between(0, 20e3);
      world.after(when, () -> link.mute((mute & 1) != 0, (mute & 2) != 0));
    }
    if (network.cuts()) {
      world.after(
          network.timeToCut(),
          () -> {
            if (network.isHostile()) {
              link.cut();
            }
          });
    }
    if (network.doomed) {
      world.after(world.between(1000, 9000), link::cut);
    }
  }

  private void connect(Path path, SimLink.Connection link) {
    path.link = link;
    WebSocketConnection connection =
        WebSocketConnection.client(
            link.client, world.scheduler, Server.OPTIONS_OF_WEBSOCKET, null, () -> 0x1234_5678);
    path.webSocket = connection;
    connection.start(new Frames(path));
  }

  /** What a WebSocket brings. */
  private final class Frames implements WebSocketListener {
    private final Path path;

    Frames(Path path) {
      this.path = path;
    }

    @Override
    public void onText(byte[] bytes, int offset, int length) {
      if (!path.dead) {
        receive(path, new String(bytes, offset, length, StandardCharsets.UTF_8));
      }
    }

    @Override
    public void onBinary(byte[] bytes) {
      if (!path.dead) {
        receive(path, "b" + new String(bytes, StandardCharsets.UTF_8));
      }
    }

    @Override
    public void onClosed(Ending ending) {
      if (path.dead) {
        return;
      }
      int code = ending.status().code();
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
      if (code == 4009 && path == candidates.get(Path.Kind.WEBSOCKET)) {
        world.violation("an honest client was told stale, g" + path.generation);
      }
      rateLimited |= code == 4008;
      fail(path, "closed " + code);
    }
  }

  private static void sendFrame(Path path, String packet) {
    WebSocketConnection connection = path.webSocket;
    if (connection != null) {
      if (packet.startsWith("b")) {
        connection.sendBinary(App.bytes(packet.substring(1)));
      } else {
        byte[] bytes = App.bytes(packet);
        connection.sendText(bytes, 0, bytes.length);
      }
    }
  }

  // The life of a transport.

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

  private void fail(Path path, String why) {
    if (path.dead) {
      return;
    }
    log("fails " + path.kind + " g" + path.generation + ": " + why);
    kill(path);
    candidates.remove(path.kind, path);
    old.remove(path);
    if (path.kind == Path.Kind.WEBSOCKET) {
      boolean young = path.state != Path.State.ON || world.now() - path.since < 60_000;
      long longer = Math.min(webSocketPause * 2, 32_000);
      webSocketPause = young && !faults.has(Fault.CLIENT_PROBES_EAGERLY) ? longer : 2000;
    }
    if (current == path) {
      if (faults.has(Fault.CLIENT_RETURNS_TO_OLD)
          && path.state == Path.State.CONFIRMING
          && !old.isEmpty()) {
        current = old.remove(0);
        scheduleUp();
        pump();
        return;
      }
      current = null;
      if (over == null) {
        seek();
      }
    } else if (current == null) {
      seek();
    } else {
      scheduleUp();
    }
  }

  private void refused(Path path, int status, String body) {
    if (path.dead) {
      return;
    }
    if (status == 400 && body.contains("\"code\":1")) {
      end("unknown");
      return;
    }
    Path now = current;
    boolean wanted =
        candidates.get(path.kind) == path && (now == null || path.generation > now.generation);
    if (status == 409 && (path == now || wanted)) {
      world.violation("an honest client was told stale: g" + path.generation);
    }
    rateLimited |= status == 429;
    fail(path, "refused " + status);
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
    candidates.remove(path.kind);
    Path.cancel(path.timeout);
    round++;
    seeking = false;
    for (Path candidate : List.copyOf(candidates.values())) {
      if (candidate.generation < path.generation) {
        candidates.remove(candidate.kind);
        kill(candidate);
      }
    }
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
        sendFrame(path, "7" + half.received());
      }
    } else {
      path.wantsPost = true;
      if (path.kind == Path.Kind.POLLING) {
        poll(path);
      }
    }
    pump();
    watch(path);
    scheduleUp();
  }

  private void confirmed(Path path) {
    if (path.state != Path.State.CONFIRMING) {
      return;
    }
    path.state = Path.State.ON;
    confirmations++;
    Path.cancel(path.timeout);
    pause = 200;
    log("on " + path.kind + " g" + path.generation);
    old.forEach(this::kill);
    old = new ArrayList<>();
    if (path.kind == Path.Kind.WEBSOCKET) {
      if (faults.has(Fault.CLIENT_PROBES_EAGERLY)) {
        webSocketPause = 2000;
      }
      world.after(
          60_000,
          () -> {
            if (current == path) {
              webSocketPause = 2000;
            }
          });
    }
  }

  private void receive(Path path, String packet) {
    if (over != null) {
      return;
    }
    lastHeard = world.now();
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
        oweAck();
      }
      case '7' -> acknowledge(number(packet));
      case '2' -> control(path, "3" + packet.substring(1));
      case '0', '3', '6' -> {}
      case '1' -> {
        if (path == current || old.contains(path)) {
          end("server closed");
        }
      }
      default -> end("parse error");
    }
  }

  private static long number(String packet) {
    return Long.parseLong(packet.substring(1));
  }

  private void acknowledge(long number) {
    if (!half.acknowledge(number)) {
      end("bad ack");
      return;
    }
    pump();
    finish();
  }

  private void control(Path path, String packet) {
    if (path.dead) {
      return;
    }
    if (path.kind == Path.Kind.WEBSOCKET) {
      sendFrame(path, packet);
    } else {
      path.control(packet);
      if (path == current) {
        pump();
      }
    }
  }

  private void oweAck() {
    Path path = current;
    if (path == null) {
      return;
    }
    if (half.owesAck()) {
      half.acknowledged();
      sendAck(path);
    } else if (path.ackTimer == null) {
      path.ackTimer =
          world.after(
              path.kind == Path.Kind.STREAM ? 1000 : 200,
              () -> {
                path.ackTimer = null;
                if (current == path) {
                  half.acknowledged();
                  sendAck(path);
                }
              });
    }
  }

  private void sendAck(Path path) {
    if (path.kind == Path.Kind.WEBSOCKET) {
      sendFrame(path, "7" + half.received());
    } else if (path.kind == Path.Kind.STREAM) {
      path.wantsPost = true;
      pump();
    }
  }

  // Writing.

  private void pump() {
    Path path = current;
    if (path == null || over != null) {
      return;
    }
    if (path.kind == Path.Kind.WEBSOCKET) {
      taken(path, MOST).forEach(packet -> sendFrame(path, packet));
      return;
    }
    boolean parallel = faults.has(Fault.CLIENT_POSTS_IN_PARALLEL);
    if (path.posting >= (parallel ? 2 : 1)) {
      return;
    }
    if (!parallel || path.posting == 0) {
      path.cursor = half.acked() + 1;
    }
    path.markDue = true;
    List<String> packets = new ArrayList<>(path.controls);
    List<String> messages = taken(path, 3000);
    if (messages.isEmpty() && packets.isEmpty() && !path.wantsPost) {
      return;
    }
    packets.addAll(messages);
    path.controls.clear();
    path.wantsPost = false;
    post(path, packets);
  }

  private List<String> taken(Path path, int most) {
    try {
      return half.take(path, most);
    } catch (IllegalStateException forgotten) {
      world.violation(String.valueOf(forgotten.getMessage()));
      return List.of();
    }
  }

  private String on(Path path) {
    return "sid=" + server.sid() + "&on=" + path.generation + "&ack=" + half.received();
  }

  private void post(Path path, List<String> packets) {
    path.posting++;
    PostAnswer answer = new PostAnswer(path, packets);
    List<String> encoded = packets.stream().map(Client::encoded).toList();
    path.post = request("POST", path, on(path), String.join(SEPARATOR, encoded), answer);
    SimRequest sent = path.post;
    answer.timer =
        world.after(
            6000,
            () -> {
              sent.abort();
              answer.again("timeout");
            });
    path.postTimer = answer.timer;
  }

  /** What a POST answers. */
  private final class PostAnswer implements SimRequest.Answer {
    private final Path path;
    private final List<String> packets;
    private boolean live = true;
    private Scheduler.@Nullable Task timer;

    PostAnswer(Path path, List<String> packets) {
      this.path = path;
      this.packets = packets;
    }

    private boolean end() {
      if (!live) {
        return false;
      }
      live = false;
      path.posting--;
      Path.cancel(timer);
      return true;
    }

    void again(String why) {
      if (!end() || path.dead) {
        return;
      }
      path.failedPosts++;
      packets.stream().filter(packet -> packet.startsWith("3")).forEach(path::control);
      if (path.failedPosts >= 4) {
        fail(path, "POST failed: " + why);
        return;
      }
      path.wantsPost = true;
      world.after(
          Math.min(2000, 100 << path.failedPosts),
          () -> {
            if (!path.dead) {
              pump();
            }
          });
    }

    @Override
    public void onFailure() {
      again("error");
    }

    @Override
    public void onAnswer(int status, String body) {
      if (!end() || path.dead || over != null) {
        return;
      }
      if (status != 200) {
        if (status == 410) {
          fail(path, "gone");
        } else {
          refused(path, status, body);
        }
        return;
      }
      path.failedPosts = 0;
      lastHeard = world.now();
      confirmed(path);
      for (String packet : split(body)) {
        if (packet.startsWith("7") && !half.acknowledge(number(packet))) {
          Client.this.end("bad ack");
          return;
        }
      }
      pump();
      finish();
    }
  }

  private void poll(Path path) {
    if (path.dead || over != null) {
      return;
    }
    GetAnswer answer = new GetAnswer(path);
    path.get = request("GET", path, on(path), "", answer);
    SimRequest sent = path.get;
    answer.timer =
        world.after(
            Server.PING_INTERVAL + 5000,
            () -> {
              sent.abort();
              answer.again("timeout");
            });
    path.getTimer = answer.timer;
  }

  /** What a GET of a poll answers. */
  private final class GetAnswer implements SimRequest.Answer {
    private final Path path;
    private boolean live = true;
    private Scheduler.@Nullable Task timer;

    GetAnswer(Path path) {
      this.path = path;
    }

    private boolean end() {
      boolean first = live;
      live = false;
      Path.cancel(timer);
      return first;
    }

    void again(String why) {
      if (!end() || path.dead) {
        return;
      }
      path.failedGets++;
      if (path.failedGets >= 4) {
        fail(path, "GET failed: " + why);
        return;
      }
      world.after(Math.min(2000, 100 << path.failedGets), () -> poll(path));
    }

    @Override
    public void onFailure() {
      again("error");
    }

    @Override
    public void onAnswer(int status, String body) {
      if (!end() || path.dead || over != null) {
        return;
      }
      if (status != 200) {
        if (status == 410) {
          fail(path, "gone");
        } else {
          refused(path, status, body);
        }
        return;
      }
      path.failedGets = 0;
      path.next = 0;
      confirmed(path);
      for (String packet : split(body)) {
        if (path.dead || over != null) {
          return;
        }
        receive(path, packet);
      }
      if (!path.dead) {
        poll(path);
      }
    }
  }

  // Signs of life.

  private void watch(Path path) {
    if (faults.has(Fault.CLIENT_HAS_NO_LIVENESS)) {
      return;
    }
    path.watchTimer =
        world.after(
            1000,
            () -> {
              if (path.dead || over != null || current != path) {
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
      fail(path, "mute");
    } else if (late && now - path.ackedAt > 9500) {
      fail(path, "acknowledgements overdue");
    } else if (idle > Server.PING_INTERVAL + Server.PING_TIMEOUT) {
      fail(path, "ping timeout");
    } else if (path.asked < 0 && (idle > Server.PING_INTERVAL + 3000 || late)) {
      path.asked = now;
      control(path, "2" + world.number(1, 999));
    }
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
    pump();
    return true;
  }

  void close() {
    if (over != null) {
      return;
    }
    closing = true;
    log("close");
    world.after(Server.WINDOW, () -> end("client closed"));
    pump();
    finish();
  }

  private void finish() {
    if (closing && over == null && half.isAcked()) {
      end("client closed");
    }
  }

  private void end(String reason) {
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
        sendFrame(last, "1");
      } else {
        SimRequest unused = request("POST", last, on(last), "1", new Ignored());
      }
    }
    List<Path> all = new ArrayList<>(old);
    all.addAll(candidates.values());
    if (last != null) {
      all.add(last);
    }
    all.forEach(this::kill);
    current = null;
    old.clear();
    candidates.clear();
    Path.cancel(upTimer);
  }

  /** Nobody waits for the answer. */
  private static final class Ignored implements SimRequest.Answer {
    @Override
    public void onAnswer(int status, String body) {}

    @Override
    public void onFailure() {}
  }

  // For the checks.

  @Nullable String over() {
    return over;
  }

  boolean isClosing() {
    return closing;
  }

  boolean hasTransport() {
    return current != null || seeking;
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
    return links.stream().filter(SimLink.Connection::isOpenAtServer).count();
  }
}

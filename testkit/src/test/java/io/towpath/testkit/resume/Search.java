package io.towpath.testkit.resume;

import io.towpath.engine.Scheduler;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the {@link Client} offers when: in search of a transport, and of a better one. */
final class Search {
  private final Client client;
  private final World world;
  private final Server server;
  private final Faults faults;
  private final Half half;
  private final ClientWebSockets webSockets;
  private final ClientHttp http;
  private final Map<Path.Kind, Path> candidates = new EnumMap<>(Path.Kind.class);
  private boolean seeking;
  private long highest;
  private int round;
  private long pause = 200;
  private long webSocketPause = 2000;
  private Scheduler.@Nullable Task upTimer;

  Search(
      Client client,
      World world,
      Server server,
      Faults faults,
      Half half,
      ClientWebSockets webSockets,
      ClientHttp http) {
    this.client = client;
    this.world = world;
    this.server = server;
    this.faults = faults;
    this.half = half;
    this.webSockets = webSockets;
    this.http = http;
  }

  /** Looks for a transport if there is none. */
  void seek() {
    if (client.over() != null || seeking || client.current() != null) {
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
            if (client.current() == null) {
              seek();
            }
          }
        });
  }

  private void offerLater(int mine, long delay, Path.Kind kind, long generation) {
    world.after(
        delay,
        () -> {
          if (client.over() == null && client.current() == null && round == mine) {
            offer(kind, generation);
          }
        });
  }

  /** Looks for a better one later, unless there is none better. */
  void scheduleUp() {
    Path.cancel(upTimer);
    upTimer = null;
    Path from = client.current();
    if (client.over() != null || from == null || from.kind == Path.Kind.WEBSOCKET) {
      return;
    }
    upTimer =
        world.after(
            webSocketPause,
            () -> {
              upTimer = null;
              Path now = client.current();
              if (client.over() != null || now == null || now.kind == Path.Kind.WEBSOCKET) {
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
    Path now = client.current();
    if (client.over() != null
        || candidates.containsKey(kind)
        || now != null && generation <= now.generation) {
      return;
    }
    Path path = new Path(kind, generation, world.now());
    candidates.put(kind, path);
    world.log("C offers " + kind + " g" + generation + " ack=" + half.received());
    path.timeout = world.after(4000, () -> client.fail(path, "no proof of life"));
    String query = "sid=" + server.sid() + "&attach=" + generation + "&ack=" + half.received();
    if (kind == Path.Kind.WEBSOCKET) {
      webSockets.dial(path, query);
    } else {
      http.offer(path, query);
    }
  }

  /** A transport has failed: another one of its kind may be offered, a WebSocket later. */
  void failed(Path path) {
    candidates.remove(path.kind, path);
    if (path.kind == Path.Kind.WEBSOCKET) {
      boolean young = path.state != Path.State.ON || world.now() - path.since < 60_000;
      long longer = Math.min(webSocketPause * 2, 32_000);
      webSocketPause = young && !faults.has(Fault.CLIENT_PROBES_EAGERLY) ? longer : 2000;
    }
  }

  /** A transport has been chosen: the round is over. Returns the candidates that lose by it. */
  List<Path> chosen(Path path) {
    candidates.remove(path.kind);
    round++;
    seeking = false;
    List<Path> losers =
        candidates.values().stream().filter(other -> other.generation < path.generation).toList();
    candidates.values().removeAll(losers);
    return losers;
  }

  /** A transport has been confirmed. */
  void confirmed(Path path) {
    pause = 200;
    if (path.kind == Path.Kind.WEBSOCKET) {
      if (faults.has(Fault.CLIENT_PROBES_EAGERLY)) {
        webSocketPause = 2000;
      }
      world.after(
          60_000,
          () -> {
            if (client.isCurrent(path)) {
              webSocketPause = 2000;
            }
          });
    }
  }

  /** Looks no more. */
  void stop() {
    candidates.clear();
    Path.cancel(upTimer);
  }

  boolean isSeeking() {
    return seeking;
  }

  boolean isCandidate(Path path) {
    return candidates.get(path.kind) == path;
  }

  Collection<Path> candidates() {
    return candidates.values();
  }
}

package io.towpath.testkit.resume;

import io.towpath.engine.Scheduler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The requests of the {@link Client}: what it offers over HTTP, its POSTs, and its polls. */
final class ClientHttp {
  private final Client client;
  private final World world;
  private final Network network;
  private final Server server;
  private final Faults faults;
  private final Half half;

  ClientHttp(Client client, World world, Network network, Server server, Faults faults, Half half) {
    this.client = client;
    this.world = world;
    this.network = network;
    this.server = server;
    this.faults = faults;
    this.half = half;
  }

  /** Offers a stream or a poll. */
  void offer(Path path, String query) {
    path.offer = request("GET", path, query, "", new OfferAnswer(path));
  }

  /** Says goodbye; nobody waits for the answer. */
  void goodbye(Path path) {
    SimRequest unused = request("POST", path, on(path), "1", new Ignored());
  }

  private String on(Path path) {
    return "sid=" + server.sid() + "&on=" + path.generation + "&ack=" + half.received();
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
        client.refused(path, status, body);
        return;
      }
      path.offer = null;
      for (String packet : PacketText.split(body)) {
        if (!path.dead) {
          client.receive(path, packet);
        }
      }
    }

    @Override
    public void onFailure() {
      client.fail(path, "error");
    }

    @Override
    public void onChunk(String text) {
      String[] parts = (path.unended + text).split(PacketText.SEPARATOR, -1);
      path.unended = parts[parts.length - 1];
      for (int i = 0; i < parts.length - 1 && !path.dead; i++) {
        client.receive(path, PacketText.decoded(parts[i]));
      }
    }

    @Override
    public void onEnd() {
      if (!path.dead && faults.has(Fault.CLIENT_TAKES_UNENDED_TAIL) && !path.unended.isEmpty()) {
        client.receive(path, PacketText.decoded(path.unended));
      }
      client.fail(path, "stream ended");
    }
  }

  /** Sends packets, none among them. */
  void post(Path path, List<String> packets) {
    path.posting++;
    PostAnswer answer = new PostAnswer(path, packets);
    path.post = request("POST", path, on(path), PacketText.join(packets), answer);
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

  private void turnedAway(Path path, int status, String body) {
    if (status == 410) {
      client.fail(path, "gone");
    } else {
      client.refused(path, status, body);
    }
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
        client.fail(path, "POST failed: " + why);
        return;
      }
      path.wantsPost = true;
      world.after(
          Math.min(2000, 100 << path.failedPosts),
          () -> {
            if (!path.dead) {
              client.pump();
            }
          });
    }

    @Override
    public void onFailure() {
      again("error");
    }

    @Override
    public void onAnswer(int status, String body) {
      if (!end() || path.dead || client.over() != null) {
        return;
      }
      if (status != 200) {
        turnedAway(path, status, body);
        return;
      }
      path.failedPosts = 0;
      client.heard();
      client.confirmed(path);
      for (String packet : PacketText.split(body)) {
        if (packet.startsWith("7") && !half.acknowledge(Client.number(packet))) {
          client.end("bad ack");
          return;
        }
      }
      client.pump();
      client.finish();
    }
  }

  /** Fetches, again and again, until the transport dies. */
  void poll(Path path) {
    if (path.dead || client.over() != null) {
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
        client.fail(path, "GET failed: " + why);
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
      if (!end() || path.dead || client.over() != null) {
        return;
      }
      if (status != 200) {
        turnedAway(path, status, body);
        return;
      }
      path.failedGets = 0;
      path.next = 0;
      client.confirmed(path);
      for (String packet : PacketText.split(body)) {
        if (path.dead || client.over() != null) {
          return;
        }
        client.receive(path, packet);
      }
      if (!path.dead) {
        poll(path);
      }
    }
  }

  /** Nobody waits for the answer. */
  private static final class Ignored implements SimRequest.Answer {
    @Override
    public void onAnswer(int status, String body) {}

    @Override
    public void onFailure() {}
  }
}

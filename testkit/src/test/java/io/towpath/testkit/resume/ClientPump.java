package io.towpath.testkit.resume;

import java.util.ArrayList;
import java.util.List;

/** What the {@link Client} writes: messages, acknowledgements, and packets without a number. */
final class ClientPump {
  private static final int MOST = 100_000;

  private final Client client;
  private final World world;
  private final Faults faults;
  private final Half half;
  private final ClientHttp http;

  ClientPump(Client client, World world, Faults faults, Half half, ClientHttp http) {
    this.client = client;
    this.world = world;
    this.faults = faults;
    this.half = half;
    this.http = http;
  }

  /** Writes what may go. */
  void pump() {
    Path path = client.current();
    if (path == null || client.over() != null) {
      return;
    }
    if (path.kind == Path.Kind.WEBSOCKET) {
      taken(path, MOST).forEach(packet -> ClientWebSockets.send(path, packet));
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
    http.post(path, packets);
  }

  private List<String> taken(Path path, int most) {
    try {
      return half.take(path, most);
    } catch (IllegalStateException forgotten) {
      world.violation(String.valueOf(forgotten.getMessage()));
      return List.of();
    }
  }

  /** Sends a packet without a number. */
  void control(Path path, String packet) {
    if (path.dead) {
      return;
    }
    if (path.kind == Path.Kind.WEBSOCKET) {
      ClientWebSockets.send(path, packet);
    } else {
      path.control(packet);
      if (client.isCurrent(path)) {
        pump();
      }
    }
  }

  /** A message has come, and is to be acknowledged: now, soon, or with what is sent anyway. */
  void oweAck() {
    Path path = client.current();
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
                if (client.isCurrent(path)) {
                  half.acknowledged();
                  sendAck(path);
                }
              });
    }
  }

  private void sendAck(Path path) {
    if (path.kind == Path.Kind.WEBSOCKET) {
      ClientWebSockets.send(path, "7" + half.received());
    } else if (path.kind == Path.Kind.STREAM) {
      path.wantsPost = true;
      pump();
    }
  }
}

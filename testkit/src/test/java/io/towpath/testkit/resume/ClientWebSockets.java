package io.towpath.testkit.resume;

import io.towpath.websocket.Ending;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The WebSockets of the {@link Client}, and what the network does to them. */
final class ClientWebSockets {
  private final Client client;
  private final World world;
  private final Network network;
  private final Server server;
  private final List<SimLink.Connection> links = new ArrayList<>();

  ClientWebSockets(Client client, World world, Network network, Server server) {
    this.client = client;
    this.world = world;
    this.network = network;
    this.server = server;
  }

  /** Opens the session with a WebSocket; {@link #damage} is due when it stands. */
  SimLink.Connection open(Path path) {
    SimLink.Connection link = link();
    connect(path, link);
    server.openWebSocket(link.server);
    return link;
  }

  private SimLink.Connection link() {
    SimLink.Connection link = new SimLink.Connection(network);
    links.add(link);
    return link;
  }

  /** Opens a WebSocket to offer it. */
  void dial(Path path, String query) {
    if (network.isDark()) {
      network.tellFailure(() -> client.fail(path, "refused"));
      return;
    }
    if (network.refuses()) {
      world.after(network.delay() * 2, () -> client.fail(path, "refused"));
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
            SimLink.Connection ghost = link();
            ghost.mute(true, true);
            server.onWebSocket(ghost.server, query);
            world.after(world.between(100, 60e3), ghost::cut);
          });
    }
    SimLink.Connection link = link();
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

  /** Rolls what happens to a connection. */
  void damage(SimLink.Connection link) {
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
        client.receive(path, new String(bytes, offset, length, StandardCharsets.UTF_8));
      }
    }

    @Override
    public void onBinary(byte[] bytes) {
      if (!path.dead) {
        client.receive(path, "b" + new String(bytes, StandardCharsets.UTF_8));
      }
    }

    @Override
    public void onClosed(Ending ending) {
      if (path.dead) {
        return;
      }
      client.closed(path, ending.status().code());
    }
  }

  /** Sends a packet in a message of its own. */
  static void send(Path path, String packet) {
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

  /** Returns how many are open at the server. */
  long open() {
    return links.stream().filter(SimLink.Connection::isOpenAtServer).count();
  }
}

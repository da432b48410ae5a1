package io.towpath.benchmarks;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOServer;

/** The peer netty-socketio with its default options and the same application as our server. */
final class NettySocketIoServer {
  private NettySocketIoServer() {}

  static void start(int port) {
    Configuration configuration = new Configuration();
    configuration.setHostname("127.0.0.1");
    configuration.setPort(port);
    configuration.setPingInterval(25_000);
    // Its default closes sockets that come back to a port too slowly for a restart.
    configuration.getSocketConfig().setReuseAddress(true);
    SocketIOServer server = new SocketIOServer(configuration);
    for (String event : new String[] {"echo", "text"}) {
      server.addEventListener(
          event,
          String.class,
          (client, text, ack) -> {
            if (ack.isAckRequested()) {
              ack.sendAckData(text);
            } else {
              client.sendEvent(event, text);
            }
          });
    }
    server.addEventListener(
        "broadcast",
        String.class,
        (client, text, ack) ->
            client.getNamespace().getBroadcastOperations().sendEvent("broadcast", text));
    server.start();
  }
}

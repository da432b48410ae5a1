package io.towpath.benchmarks;

import io.towpath.server.CorsPolicy;
import io.towpath.server.TowpathServer;
import java.time.Duration;

/**
 * The server that is measured: default options, an echo with and without ack, the same typed, and a
 * broadcast.
 */
final class MeasuredServer {
  private MeasuredServer() {}

  static TowpathServer start(int port, boolean inline, boolean deflate) {
    TowpathServer server =
        TowpathServer.builder()
            .port(port)
            .cors(CorsPolicy.everybody())
            .towpath(
                options ->
                    options
                        .perMessageDeflate(deflate)
                        .engine(engine -> engine.pingInterval(Duration.ofSeconds(25)))
                        .sockets(sockets -> inline ? sockets.inlineHandlers() : sockets))
            .build();
    server.onConnection(
        socket -> {
          socket.on(
              "echo",
              (arguments, ack) -> {
                if (ack.isRequested()) {
                  ack.send(arguments);
                } else {
                  socket.emit("echo", arguments);
                }
              });
          socket.on(
              "text",
              String.class,
              (text, ack) -> {
                if (ack.isRequested()) {
                  ack.send(text);
                } else {
                  socket.emit("text", text);
                }
              });
          socket.on("broadcast", arguments -> socket.namespace().emit("broadcast", arguments));
        });
    return server.start();
  }
}

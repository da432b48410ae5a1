package io.towpath.conformance;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.SessionListener;
import io.towpath.server.CorsPolicy;
import io.towpath.server.TowpathHandler;
import io.undertow.Undertow;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the official protocol suites expect: an Engine.IO echo on {@code /engine.io/}, and on {@code
 * /socket.io/} the small application that the Socket.IO suite talks to.
 */
final class SuiteServer {
  private final Undertow server;

  /**
   * Creates the server.
   *
   * @param eio3 whether it speaks revision 3 too
   */
  SuiteServer(int port, boolean eio3) {
    TowpathHandler socketIo =
        TowpathHandler.builder()
            .cors(CorsPolicy.everybody())
            .engine(options -> timings(options).allowEio3(eio3))
            .sockets(options -> options.connectTimeout(Duration.ofSeconds(1)))
            .build();
    socketIo.onConnection(
        socket -> {
          socket.emit("auth", socket.handshake().auth());
          socket.on("message", args -> socket.emit("message-back", args));
          socket.on("message-with-ack", (args, ack) -> ack.send(args));
        });
    socketIo.of("/custom").onConnection(socket -> socket.emit("auth", socket.handshake().auth()));
    TowpathHandler engineIo =
        TowpathHandler.builder()
            .path("/engine.io/")
            .serveClient(false)
            .cors(CorsPolicy.everybody())
            .engine(options -> timings(options).allowEio3(eio3))
            .rawSessions(Echo::new)
            .build();
    server =
        Undertow.builder()
            .addHttpListener(port, "localhost")
            .setHandler(engineIo.before(socketIo))
            .build();
  }

  private static EngineOptions.Builder timings(EngineOptions.Builder options) {
    return options
        .pingInterval(Duration.ofMillis(300))
        .pingTimeout(Duration.ofMillis(200))
        .maxPayload(1_000_000);
  }

  /** Listens and returns the port. */
  int start() {
    server.start();
    return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
  }

  /** Stops listening and cuts what is open. */
  void stop() {
    server.stop();
  }

  private record Echo(EngineSession session) implements SessionListener {
    @Override
    public void onText(EnginePacket.Text message) {
      session.send(MessageBatch.text(message.string()));
    }

    @Override
    public void onBinary(byte[] message) {
      session.send(MessageBatch.binary(message));
    }

    @Override
    public void onClose(CloseReason reason, @Nullable String description) {}
  }
}

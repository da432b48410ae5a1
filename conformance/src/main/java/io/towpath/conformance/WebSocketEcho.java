package io.towpath.conformance;

import io.towpath.server.WebSocketEndpoint;
import io.towpath.websocket.DeflateOptions;
import io.towpath.websocket.Ending;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketListener;
import io.towpath.websocket.WebSocketOptions;
import io.towpath.websocket.WebSocketUpgrade;
import io.undertow.Undertow;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;

/**
 * Sends back every message, text as text and binary as binary, up to 64 MiB; for the Autobahn
 * suite.
 */
final class WebSocketEcho {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final Undertow server;

  WebSocketEcho(int port) {
    this(port, DeflateOptions.DEFAULTS);
  }

  WebSocketEcho(int port, DeflateOptions deflate) {
    WebSocketOptions options =
        WebSocketOptions.builder()
            .maxMessageBytes(MAX_MESSAGE_BYTES)
            .maxFrameBytes(MAX_MESSAGE_BYTES)
            // The suite sends 4 MiB in fragments of 64 bytes, and 16 MiB one way or another.
            .maxFragments(1 << 20)
            .assemblyTimeout(Duration.ofMinutes(5))
            .deflate(deflate)
            .build();
    WebSocketUpgrade upgrade =
        new WebSocketUpgrade(
            request -> true,
            WebSocketUpgrade.Subprotocols.NONE,
            request -> Map.of(),
            options.deflate());
    server =
        Undertow.builder()
            .addHttpListener(port, "localhost")
            .setHandler(
                new WebSocketEndpoint(
                    upgrade, options, connection -> connection.start(new Echo(connection))))
            .build();
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

  private record Echo(WebSocketConnection connection) implements WebSocketListener {
    @Override
    public void onText(byte[] bytes, int offset, int length) {
      connection.sendText(bytes, offset, length);
      pauseIfStuck();
    }

    @Override
    public void onBinary(byte[] bytes) {
      connection.sendBinary(bytes);
      pauseIfStuck();
    }

    /** A peer that sends and does not read fills the network, and not our memory. */
    private void pauseIfStuck() {
      if (!connection.isWritable()) {
        connection.setReceiving(false);
      }
    }

    @Override
    public void onWritable() {
      connection.setReceiving(true);
    }

    @Override
    public void onClosed(Ending ending) {}
  }
}

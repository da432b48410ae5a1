package io.towpath.examples.chat;

import io.towpath.server.TowpathServer;
import io.towpath.testkit.HostileProxy;
import io.towpath.testkit.HostileProxy.Mode;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Starts the chat on one port, and on the next one the same server behind a proxy that lets no
 * WebSocket through.
 */
public final class ChatServer {
  private static final int DEFAULT_PORT = 8080;

  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "chat-timer");
            thread.setDaemon(true);
            return thread;
          });

  private ChatServer() {}

  /** Returns the chat's server, which does not listen yet; port 0 lets the system choose. */
  public static TowpathServer on(int port) {
    ChatRooms rooms = new ChatRooms(Clock.systemUTC());
    return TowpathServer.builder()
        .port(port)
        .handler(new PageFiles())
        .build()
        .onConnection(
            socket -> {
              rooms.welcome(socket);
              Counting.welcome(socket, TIMER);
            });
  }

  /** Lets pages that come through a proxy in front of the chat break the network. */
  public static void breakable(TowpathServer server, HostileProxy proxy) {
    server.onConnection(new Network(proxy, TIMER)::welcome);
  }

  /** Serves until it is killed. The property {@code port} moves the pair of ports. */
  public static void main(String[] args) throws InterruptedException {
    // Undertow logs through JBoss Logging, which would not find SLF4J by itself.
    System.setProperty("org.jboss.logging.provider", "slf4j");
    try {
      int port = port(System.getProperty("port"));
      TowpathServer server = on(port).start();
      HostileProxy proxy = behind(server, port + 1);
      breakable(server, proxy);
      System.out.print(invitation(port, proxy.port()));
    } catch (IllegalArgumentException | UncheckedIOException e) {
      System.err.println(e.getMessage() + ". Another pair of ports: -Dport=9000");
      System.exit(1);
    }
    Thread.currentThread().join();
  }

  private static HostileProxy behind(TowpathServer server, int port) {
    try {
      return HostileProxy.to(new InetSocketAddress("localhost", server.address().getPort()))
          .port(port)
          .mode(Mode.REJECT)
          .start();
    } catch (UncheckedIOException e) {
      server.stop();
      throw e;
    }
  }

  /** Reads the property {@code port}; there must be one more port after it. */
  static int port(@Nullable String property) {
    if (property == null || property.isBlank()) {
      return DEFAULT_PORT;
    }
    if (!property.matches("[0-9]{1,5}")
        || Integer.parseInt(property) < 1
        || Integer.parseInt(property) > 65_534) {
      throw new IllegalArgumentException(
          "The port must be a number from 1 to 65534, not '" + property + "'");
    }
    return Integer.parseInt(property);
  }

  private static String invitation(int port, int proxyPort) {
    return """

        The chat is running.

          http://localhost:%d   straight to the server: the page says WebSocket
          http://localhost:%d   the same server behind a proxy that lets no WebSocket through:
                                  the page says HTTP long-polling, and all else is the same

        Open both in two windows, and talk to yourself. On the second page, open the panel and break the
        network: messages keep arriving. Ctrl+C ends it.

        """
        .formatted(port, proxyPort);
  }
}

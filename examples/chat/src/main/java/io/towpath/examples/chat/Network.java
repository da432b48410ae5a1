package io.towpath.examples.chat;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.socket.Socket;
import io.towpath.testkit.HostileProxy;
import io.towpath.testkit.HostileProxy.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The network between the pages behind the proxy and the server, which these pages may break: for a
 * while, after which it is again what it was. Any thread.
 */
final class Network {
  /** How long a network stays broken. */
  private static final Duration BROKEN = Duration.ofSeconds(10);

  /** What {@link HostileProxy#changeAddress} is called. */
  private static final String MOVE = "move";

  /**
   * What a page has to know.
   *
   * @param state the proxy's mode
   * @param usual the mode that comes back
   */
  record State(String state, String usual) {}

  private final HostileProxy proxy;
  private final Mode usual;
  private final ScheduledExecutorService timer;
  private final Set<Socket> pages = new CopyOnWriteArraySet<>();

  @GuardedBy("this")
  private @Nullable ScheduledFuture<?> repair;

  Network(HostileProxy proxy, ScheduledExecutorService timer) {
    this.proxy = proxy;
    this.usual = proxy.mode();
    this.timer = timer;
  }

  /** Lets a page that came through the proxy break the network; does nothing for others. */
  void welcome(Socket socket) {
    List<String> host = socket.handshake().headers().getOrDefault("host", List.of());
    if (host.isEmpty() || !host.get(0).endsWith(":" + proxy.port())) {
      return;
    }
    pages.add(socket);
    socket.onDisconnect(reason -> pages.remove(socket));
    socket.on("network", String.class, this::change);
    socket.emit("network", state());
  }

  private State state() {
    return new State(name(proxy.mode()), name(usual));
  }

  private static String name(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void change(String wanted) {
    if (MOVE.equals(wanted)) {
      proxy.changeAddress();
      return;
    }
    for (Mode mode : Mode.values()) {
      if (name(mode).equals(wanted)) {
        change(mode);
      }
    }
  }

  private void change(Mode mode) {
    synchronized (this) {
      if (repair != null) {
        repair.cancel(false);
      }
      // To pass is no damage: it may last.
      repair =
          mode == usual || mode == Mode.PASS
              ? null
              : timer.schedule(() -> change(usual), BROKEN.toMillis(), TimeUnit.MILLISECONDS);
    }
    // Told first: in a blackout the news would not arrive.
    State next = new State(name(mode), name(usual));
    pages.forEach(page -> page.emit("network", next));
    proxy.mode(mode);
  }
}

package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A small TCP proxy that is as bad as the worst networks. It stands on the loopback interface in
 * front of an HTTP/1 server. In most modes only a WebSocket handshake ({@code Upgrade: websocket}),
 * wherever it stands on a keep-alive connection, and what follows it meet with the {@link Mode},
 * and plain requests, long-polling and streamed responses pass byte for byte; the later ones treat
 * those badly too.
 *
 * <p>A test starts one with {@link #to(InetSocketAddress)}. As a program: {@code HostileProxy
 * --listen 8081 --target localhost:8080 --mode cut --after 200}.
 *
 * <p>Two daemon threads per connection, at most {@link Builder#maxConnections} connections, about
 * 50 kB of buffers for each. All methods may be called from any thread.
 */
public final class HostileProxy implements AutoCloseable {
  /** What happens to connections. */
  public enum Mode {
    /** Nothing: everything passes. */
    PASS,
    /** A handshake is answered with 403, and the connection is closed. */
    REJECT,
    /** A handshake is never answered; the connection stays open until the client closes it. */
    HANG,
    /**
     * The 101 passes, later bytes vanish both ways, and so does the end of either side: the other
     * one learns nothing. A WebSocket that has lost a byte stays mute whatever mode comes next.
     */
    MUTE,
    /** The 101 passes; after {@link Builder#cutAfter} both sides get a TCP reset (RST). */
    CUT,
    /** A handshake is answered with 403, and a streamed response is held back until it ends. */
    BUFFER,
    /** Everything passes, in each direction 20 bytes at a time with 10 ms between. */
    TRICKLE,
    /** A connection on which nothing has moved for {@link Builder#cutAfter} is reset. */
    IDLE_CUT,
    /**
     * Of the responses to plain requests every third is read from the target and never passed on:
     * the connection is reset instead.
     */
    DROP_RESPONSE,
    /** Every POST arrives a second time, on a connection of its own; that answer is dropped. */
    DUPLICATE_REQUEST,
    /** All connections together are reset every {@link Builder#cutAfter}. */
    FLAP,
    /**
     * Nothing passes on any connection, and nobody learns of an end. Connections that have lost a
     * byte stay silent whatever mode comes next, as those made meanwhile do once they have.
     */
    BLACKOUT
  }

  /**
   * What has happened so far.
   *
   * @param connections accepted connections
   * @param open connections that are open now, muted ones with only one side left included
   * @param refused connections closed at once because too many were open
   * @param upgrades WebSocket handshakes seen
   * @param rejected handshakes answered with 403
   * @param hung handshakes left without an answer
   * @param muted connections that have lost a byte
   * @param cut connections ended by a reset because their time was up
   * @param dropped responses that were not passed on
   * @param duplicated requests that were sent twice
   */
  public record Counts(
      int connections,
      int open,
      int refused,
      int upgrades,
      int rejected,
      int hung,
      int muted,
      int cut,
      int dropped,
      int duplicated) {}

  /** Of so many responses one is dropped. */
  private static final int DROPPED_OF = 3;

  private static final int CONNECT_MILLIS = 5_000;
  private static final int CLOSE_MILLIS = 5_000;
  private static final int STACK_BYTES = 128 * 1024;

  private final InetSocketAddress target;
  private final Duration cutAfter;
  private final int maxConnections;
  private final ServerSocket listener;
  private final ScheduledThreadPoolExecutor timer;

  /** Any thread. A pump that has just read the mode before may act on that one more time. */
  private volatile Mode mode;

  @GuardedBy("this")
  private final Set<ProxyConnection> connections = new HashSet<>();

  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  final AtomicInteger upgrades = new AtomicInteger();
  final AtomicInteger rejected = new AtomicInteger();
  final AtomicInteger hung = new AtomicInteger();
  final AtomicInteger muted = new AtomicInteger();
  final AtomicInteger cut = new AtomicInteger();
  final AtomicInteger dropped = new AtomicInteger();
  final AtomicInteger duplicated = new AtomicInteger();
  private final AtomicInteger droppable = new AtomicInteger();

  /** What modes that act by the clock do; null in others. */
  @GuardedBy("this")
  private @Nullable Future<?> pulse;

  /** The last byte of the loopback address that the target sees; changes with the address. */
  @GuardedBy("this")
  private int source = 1;

  @GuardedBy("this")
  private boolean closed;

  private HostileProxy(Builder builder) throws IOException {
    target = builder.target;
    cutAfter = builder.cutAfter;
    maxConnections = builder.maxConnections;
    mode = builder.mode;
    listener = new ServerSocket();
    try {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port), 256);
    } catch (IOException | RuntimeException e) {
      listener.close();
      throw e;
    }
    timer = new ScheduledThreadPoolExecutor(1, task -> thread(task, "timer"));
    timer.setRemoveOnCancelPolicy(true);
    thread(this::accept, "accept").start();
    mode(builder.mode);
  }

  /** Begins to describe a proxy in front of a server; its name is looked up at each connection. */
  public static Builder to(InetSocketAddress target) {
    return new Builder(target);
  }

  /** How a proxy is to be. For one thread. */
  public static final class Builder {
    private final InetSocketAddress target;
    private int port;
    private Mode mode = Mode.PASS;
    private Duration cutAfter = Duration.ofMillis(200);
    private int maxConnections = 1_024;

    private Builder(InetSocketAddress target) {
      this.target = target;
    }

    /** Sets the port on the loopback interface; 0, the default, lets the system choose. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Sets the first mode; {@link Mode#PASS} by default. */
    public Builder mode(Mode mode) {
      this.mode = mode;
      return this;
    }

    /** Sets the life of a WebSocket in mode {@link Mode#CUT}; 200 milliseconds by default. */
    public Builder cutAfter(Duration cutAfter) {
      if (cutAfter.isNegative()) {
        throw new IllegalArgumentException("cutAfter must not be negative: " + cutAfter);
      }
      this.cutAfter = cutAfter;
      return this;
    }

    /** Sets how many connections may be open at a time; 1,024 by default. More are reset. */
    public Builder maxConnections(int maxConnections) {
      if (maxConnections < 1) {
        throw new IllegalArgumentException("maxConnections must be positive: " + maxConnections);
      }
      this.maxConnections = maxConnections;
      return this;
    }

    /**
     * Listens, and returns the running proxy.
     *
     * @throws UncheckedIOException if the port is busy
     */
    public HostileProxy start() {
      try {
        return new HostileProxy(this);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot listen on port " + port + ": " + e.getMessage(), e);
      }
    }
  }

  /** Returns the port it listens on. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Returns the address to use in place of the target's: loopback, and {@link #port()}. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
  }

  /** Returns the present mode. */
  public Mode mode() {
    return mode;
  }

  /**
   * Changes the mode for handshakes yet to come, and for WebSockets that are open: {@code MUTE}
   * silences them at once, {@code CUT} ends them after the time from now.
   */
  public void mode(Mode next) {
    List<ProxyConnection> present;
    synchronized (this) {
      mode = next;
      present = List.copyOf(connections);
      if (pulse != null) {
        pulse.cancel(false);
      }
      pulse = next == Mode.FLAP ? every(cutAfter, this::cutAll) : null;
      if (next == Mode.IDLE_CUT) {
        pulse = every(cutAfter.dividedBy(4), this::cutIdle);
      }
    }
    present.forEach(ProxyConnection::modeChanged);
  }

  private @Nullable Future<?> every(Duration pause, Runnable action) {
    long nanos = Math.max(1_000_000, pause.toNanos());
    try {
      return timer.scheduleAtFixedRate(action, nanos, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      return null;
    }
  }

  private void cutAll() {
    present().forEach(ProxyConnection::cutNow);
  }

  private void cutIdle() {
    long since = System.nanoTime() - cutAfter.toNanos();
    present().stream()
        .filter(connection -> connection.isIdleSince(since))
        .forEach(ProxyConnection::cutNow);
  }

  private synchronized List<ProxyConnection> present() {
    return List.copyOf(connections);
  }

  /**
   * Does what happens when a telephone changes its network: open connections fall silent for good,
   * and the server sees later ones come from another address, 127.0.0.2 and so on.
   */
  public void changeAddress() {
    synchronized (this) {
      source = source % 250 + 1;
    }
    silence();
  }

  /** Makes every open connection silent for good, whether or not anything is under way on it. */
  public void silence() {
    present().forEach(ProxyConnection::silence);
  }

  /** Returns whether the response at hand is one of those that are to be dropped. */
  boolean dropsResponse() {
    return mode == Mode.DROP_RESPONSE && droppable.incrementAndGet() % DROPPED_OF == 0;
  }

  /** Returns what has happened so far. */
  public synchronized Counts counts() {
    return new Counts(
        accepted.get(),
        connections.size(),
        refused.get(),
        upgrades.get(),
        rejected.get(),
        hung.get(),
        muted.get(),
        cut.get(),
        dropped.get(),
        duplicated.get());
  }

  /**
   * Stops listening and resets every connection; returns once the threads of all connections have
   * ended, or after 5 seconds.
   */
  @Override
  public void close() {
    List<ProxyConnection> present;
    synchronized (this) {
      closed = true;
      present = List.copyOf(connections);
    }
    try {
      listener.close();
    } catch (IOException gone) {
      // It no longer listens either way.
    }
    timer.shutdownNow();
    present.forEach(ProxyConnection::reset);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
    synchronized (this) {
      long left = CLOSE_MILLIS;
      while (!connections.isEmpty() && left > 0) {
        try {
          wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      }
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        client.setTcpNoDelay(true);
        take(client);
      } catch (IOException e) {
        // Closed, or this one connection died while it waited: the loop tells them apart.
      }
    }
  }

  private void take(Socket client) {
    ProxyConnection connection = new ProxyConnection(this, client);
    boolean taken;
    synchronized (this) {
      taken = !closed && connections.size() < maxConnections && connections.add(connection);
      (taken ? accepted : refused).incrementAndGet();
    }
    if (taken) {
      connection.start();
    } else {
      connection.reset();
    }
  }

  Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      int last;
      synchronized (this) {
        last = source;
      }
      if (last > 1) {
        socket.bind(
            new InetSocketAddress(
                InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last}), 0));
      }
      // Made anew from the name: an address that was looked up once may have moved.
      socket.connect(
          new InetSocketAddress(target.getHostString(), target.getPort()), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends a whole request on a connection of its own, and reads what comes back to its end. */
  void sendAgain(byte[] request) {
    duplicated.incrementAndGet();
    thread(
            () -> {
              try (Socket second = connect()) {
                second.setSoTimeout(ProxyConnection.LINGER_MILLIS);
                second.getOutputStream().write(request);
                second.shutdownOutput();
                second.getInputStream().transferTo(OutputStream.nullOutputStream());
              } catch (IOException gone) {
                // Nobody waits for this answer.
              }
            },
            "duplicate")
        .start();
  }

  Thread thread(Runnable work, String name) {
    Thread thread = new Thread(null, work, "hostile-proxy-" + port() + "-" + name, STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }

  /** Plans an action; null if the proxy is closing, which resets every connection anyway. */
  @Nullable Future<?> afterCutTime(Runnable cut) {
    try {
      return timer.schedule(cut, cutAfter.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return null;
    }
  }

  synchronized void forget(ProxyConnection connection) {
    connections.remove(connection);
    notifyAll();
  }

  /** Listens until the process is killed; see {@link ProxyArguments} for the options. */
  public static void main(String[] args) throws InterruptedException {
    ProxyArguments arguments;
    try {
      arguments = ProxyArguments.parse(List.of(args));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println(ProxyArguments.USAGE);
      System.exit(2);
      return;
    }
    try (HostileProxy proxy = arguments.proxy().start()) {
      System.out.println(
          "listening on http://localhost:%d in front of %s, mode %s"
              .formatted(proxy.port(), arguments.targetText(), arguments.modeText()));
      new CountDownLatch(1).await();
    } catch (UncheckedIOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}

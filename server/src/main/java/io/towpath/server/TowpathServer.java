package io.towpath.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.xnio.Option;
import org.xnio.OptionMap;

/**
 * A server of its own: Towpath, and whatever else the application serves, on one port.
 *
 * <pre>{@code
 * TowpathServer server = TowpathServer.builder().port(8080).build();
 * server.onConnection(socket -> socket.on("hello", String.class, name -> socket.emit("hi", name)));
 * server.start();
 * }</pre>
 *
 * <p>Any thread may call any method.
 */
public final class TowpathServer extends Towpath<TowpathServer> implements AutoCloseable {
  /** How long {@link #stop} waits for requests of the application that are still running. */
  private static final int SHUTDOWN_MILLIS = 1000;

  private final TowpathHandler towpath;

  /** The threads, and the listener if there is TLS. */
  private final Undertow undertow;

  /** Of Undertow, for each connection. */
  private final OptionMap connections;

  private final boolean plain;
  private final String host;
  private final int port;
  private final Duration drain;

  /** See {@link IdleConnections}. */
  private final long restMillis;

  /** Set by {@link #start} if there is no TLS. */
  @GuardedBy("this")
  private @Nullable PlainListener listener;

  @GuardedBy("this")
  private State state = State.NEW;

  private enum State {
    NEW,
    RUNNING,
    /** Stopped, or never got its port. */
    OVER
  }

  private TowpathServer(Builder builder) {
    host = builder.host;
    port = builder.port;
    drain = builder.drain;
    restMillis = builder.restMillis;
    TowpathHandler own = builder.towpath.build();
    towpath = builder.application != null ? own.before(builder.application) : own;
    plain = builder.tls == null;
    // Sessions have their own deadlines; parse and header bounds are Undertow's.
    connections =
        OptionMap.builder()
            .set(UndertowOptions.ENABLE_HTTP2, builder.http2)
            .set(UndertowOptions.MAX_HEADER_SIZE, 32 << 10)
            .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, builder.headerTimeout)
            .set(UndertowOptions.NO_REQUEST_TIMEOUT, builder.keepAliveMillis)
            .getMap();
    Undertow.Builder listener =
        Undertow.builder()
            .setHandler(towpath)
            // Without it stop() waits for ever for a handler of the application that hangs.
            .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, SHUTDOWN_MILLIS)
            .setSocketOption(org.xnio.Options.TCP_NODELAY, true)
            .setSocketOption(org.xnio.Options.REUSE_ADDRESSES, true);
    if (builder.ioThreads > 0) {
      listener.setIoThreads(builder.ioThreads);
    }
    if (builder.tls != null) {
      for (Option<?> option : connections) {
        set(listener, option);
      }
      listener.addHttpsListener(port, host, builder.tls);
    }
    undertow = listener.build();
  }

  private <T> void set(Undertow.Builder undertowOptions, Option<T> option) {
    undertowOptions.setServerOption(option, connections.get(option));
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Begins to listen.
   *
   * @return this server
   * @throws UncheckedIOException if the port cannot be had; the message says which and why
   * @throws IllegalStateException if it has been started or stopped before
   */
  public synchronized TowpathServer start() {
    if (state != State.NEW) {
      throw new IllegalStateException("the server has been started or stopped before");
    }
    try {
      undertow.start();
      if (plain) {
        listener = listen();
      }
      state = State.RUNNING;
    } catch (RuntimeException failed) {
      state = State.OVER;
      towpath.close(Duration.ZERO);
      undertow.stop();
      for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
        if (cause instanceof BindException) {
          throw new UncheckedIOException(
              "port " + port + " on " + host + " is not free: " + cause.getMessage(),
              (IOException) cause);
        }
      }
      throw failed;
    }
    return this;
  }

  private PlainListener listen() {
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
      return PlainListener.open(undertow.getWorker(), address, connections, towpath, restMillis);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /**
   * Stops: no new sessions, every socket ends with {@code server shutting down}, what is queued
   * leaves within the drain limit, then everything is closed and the port is free. Blocks for at
   * most that limit and a second for requests of the application that are still running; again does
   * nothing.
   */
  public void stop() {
    boolean running;
    PlainListener open;
    synchronized (this) {
      if (state == State.OVER) {
        return;
      }
      running = state == State.RUNNING;
      open = listener;
      state = State.OVER;
    }
    towpath.close(drain);
    if (open != null) {
      open.close();
    }
    if (running) {
      undertow.stop();
    }
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  /**
   * Returns the address that the server listens on, with the port that it got if it asked for 0.
   *
   * @throws IllegalStateException if it is not running
   */
  public InetSocketAddress address() {
    synchronized (this) {
      if (state != State.RUNNING) {
        throw new IllegalStateException("the server is not running");
      }
      if (listener != null) {
        return listener.address();
      }
    }
    return (InetSocketAddress) undertow.getListenerInfo().get(0).getAddress();
  }

  /** For tests: see {@link PlainListener#resting}; 0 with TLS. */
  synchronized int resting() {
    return listener == null ? 0 : listener.resting();
  }

  @Override
  TowpathServer self() {
    return this;
  }

  @Override
  TowpathHandler handler() {
    return towpath;
  }

  /** Collects options; {@link #build} checks them. Not thread safe. */
  public static final class Builder {
    private TowpathHandler.Builder towpath = TowpathHandler.builder();
    private String host = "localhost";
    private int port = 8080;
    private int ioThreads;
    private Duration drain = Duration.ofSeconds(5);
    private int headerTimeout = 10_000;
    private @Nullable SSLContext tls;
    private boolean http2;
    private @Nullable HttpHandler application;
    private long restMillis = 1_000;
    private int keepAliveMillis = 60_000;

    private Builder() {}

    /** Sets the address to listen on; default {@code localhost}; {@code 0.0.0.0} for all. */
    public Builder host(String newHost) {
      host = newHost;
      return this;
    }

    /**
     * Sets the port; default 8080; 0 takes any free one, which {@link TowpathServer#address} tells.
     */
    public Builder port(int newPort) {
      if (newPort < 0 || newPort > 65_535) {
        throw new IllegalArgumentException("port must be from 0 to 65535");
      }
      port = newPort;
      return this;
    }

    /**
     * Sets how many I/O threads there are; default one for each processor, and two on a single one.
     */
    public Builder ioThreads(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("ioThreads must be more than zero");
      }
      ioThreads = threads;
      return this;
    }

    /** Serves https and wss with the keys of that context. */
    public Builder tls(SSLContext context) {
      tls = context;
      return this;
    }

    /**
     * Sets whether https clients may choose HTTP/2, so that all polls of a page share one
     * connection; default false. WebSockets stay on HTTP/1.1 connections of their own (RFC 8441 is
     * not there): browsers open these by themselves, some other clients fail. Needs {@link #tls}.
     */
    public Builder http2(boolean offered) {
      http2 = offered;
      return this;
    }

    /**
     * Sets how long the line and the headers of a request may take to arrive once they have begun;
     * past it the connection is cut. Default 10 s.
     */
    public Builder headerTimeout(Duration limit) {
      if (limit.toMillis() < 1) {
        throw new IllegalArgumentException("headerTimeout must be more than zero");
      }
      headerTimeout = Math.toIntExact(limit.toMillis());
      return this;
    }

    /** Sets how long {@link TowpathServer#stop} waits for what is queued; default 5 s; 0: not. */
    public Builder drain(Duration limit) {
      if (limit.isNegative()) {
        throw new IllegalArgumentException("drain must not be negative");
      }
      drain = limit;
      return this;
    }

    /** For tests: how long the looks at connections are apart; see {@link IdleConnections}. */
    Builder restMillis(long millis) {
      restMillis = millis;
      return this;
    }

    /** For tests: how long a connection without a request is kept. */
    Builder keepAliveMillis(int millis) {
      keepAliveMillis = millis;
      return this;
    }

    /** Sets what serves every request outside Towpath's path; default 404. */
    public Builder handler(HttpHandler handler) {
      application = handler;
      return this;
    }

    /** Changes the options of Towpath itself: path, CORS, engine, sockets, WebSocket. */
    public Builder towpath(UnaryOperator<TowpathHandler.Builder> change) {
      towpath = change.apply(towpath);
      return this;
    }

    /** Sets which pages of other origins are let in; default none. */
    public Builder cors(CorsPolicy policy) {
      towpath.cors(policy);
      return this;
    }

    /**
     * Returns the server, which does not listen yet.
     *
     * @throws IllegalStateException if HTTP/2 is asked for without TLS
     */
    public TowpathServer build() {
      if (http2 && tls == null) {
        throw new IllegalStateException("http2 needs tls");
      }
      return new TowpathServer(this);
    }
  }
}

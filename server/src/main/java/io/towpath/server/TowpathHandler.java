package io.towpath.server;

import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.SessionListener;
import io.towpath.longpoll.PollingOptions;
import io.towpath.socket.Broadcast;
import io.towpath.socket.Middleware;
import io.towpath.socket.Namespace;
import io.towpath.socket.Socket;
import io.towpath.socket.SocketIo;
import io.towpath.socket.SocketOptions;
import io.towpath.websocket.WebSocketOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Towpath as a handler for an Undertow that the application has already, on its own port:
 * everything under the path belongs to it, everything else goes to the next handler.
 *
 * <pre>{@code
 * TowpathHandler towpath = TowpathHandler.builder().build();
 * towpath.onConnection(socket -> socket.on("hello", String.class, name -> socket.emit("hi", name)));
 * Undertow.builder().addHttpListener(8080, "localhost").setHandler(towpath.before(application)).build().start();
 * }</pre>
 *
 * <p>Any thread may call any method. {@link #close} lets go of threads; Undertow itself stays with
 * the application.
 */
public final class TowpathHandler implements HttpHandler {
  private final String path;
  private final boolean serveClient;
  private final EngineSessions sessions;
  private final SocketIo io;
  private final EngineEndpoint endpoint;
  private final ClientFiles clientFiles;
  private final TimerScheduler scheduler;
  private final @Nullable ExecutorService ownThreads;
  private final HttpHandler next;
  private final CorsPolicy cors;

  private TowpathHandler(Builder builder) {
    path = builder.path;
    serveClient = builder.serveClient;
    cors = builder.cors;
    next =
        exchange -> {
          exchange.setStatusCode(404);
          exchange.endExchange();
        };
    scheduler = new TimerScheduler();
    DeadlineWheel wheel = new DeadlineWheel(scheduler);
    EngineOptions engine = builder.engine.build();
    SocketOptions sockets = builder.sockets.build();
    sessions = new EngineSessions(engine, wheel);
    boolean ownHandlers = sockets.handlers() == null && !sockets.inline();
    ownThreads = ownHandlers ? HandlerThreads.create() : null;
    io = new SocketIo(sockets, scheduler, wheel, ownThreads != null ? ownThreads : Runnable::run);
    Function<EngineSession, SessionListener> listeners =
        builder.listeners != null ? builder.listeners : io::accept;
    clientFiles = new ClientFiles();
    endpoint =
        new EngineEndpoint(
            sessions,
            listeners,
            scheduler,
            cors,
            builder.webSocket.maxMessageBytes(engine.maxPayload()).build(),
            PollingOptions.builder().maxBodyBytes(engine.maxPayload()).build(),
            builder.perMessageDeflate);
  }

  private TowpathHandler(TowpathHandler same, HttpHandler next) {
    path = same.path;
    serveClient = same.serveClient;
    cors = same.cors;
    sessions = same.sessions;
    io = same.io;
    endpoint = same.endpoint;
    clientFiles = same.clientFiles;
    scheduler = same.scheduler;
    ownThreads = same.ownThreads;
    this.next = next;
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the same handler in front of another one, which gets every request outside the path.
   */
  public TowpathHandler before(HttpHandler other) {
    return new TowpathHandler(this, other);
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    String requested = exchange.getRequestPath();
    if (!requested.startsWith(path)) {
      next.handleRequest(exchange);
      return;
    }
    String file = requested.substring(path.length());
    if (serveClient && clientFiles.has(file)) {
      cors.headers(exchange.getRequestHeaders().getFirst("Origin"))
          .forEach((name, value) -> EngineEndpoint.add(exchange, name, value));
      clientFiles.serve(file, exchange);
      return;
    }
    endpoint.handleRequest(exchange);
  }

  /** Returns the namespace of a name, which is created if it is new. */
  public Namespace of(String name) {
    return io.of(name);
  }

  /** Calls a handler for each client that joins the namespace {@code /}. */
  public TowpathHandler onConnection(Namespace.ConnectionHandler handler) {
    of("/").onConnection(handler);
    return this;
  }

  /** Adds a middleware to the namespace {@code /}. */
  public TowpathHandler use(Middleware middleware) {
    of("/").use(middleware);
    return this;
  }

  /** Returns a broadcast to rooms of the namespace {@code /}. */
  public Broadcast to(String... rooms) {
    return of("/").to(rooms);
  }

  /** Sends an event to everybody in the namespace {@code /}. */
  public void emit(String event, @Nullable Object... arguments) {
    of("/").emit(event, arguments);
  }

  /** Calls a listener for what handlers throw; see {@link SocketIo#onError}. */
  public TowpathHandler onError(BiConsumer<Socket, Throwable> listener) {
    io.onError(listener);
    return this;
  }

  /** Returns how many sessions there are. */
  public int sessionCount() {
    return sessions.size();
  }

  /**
   * Ends all sockets and sessions, waits until what is queued has left, and lets go of all threads.
   * Blocks.
   *
   * @param limit how long to wait at most; what is left then is cut
   */
  public void close(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    io.close();
    sessions.close();
    while (sessions.size() > 0 && System.nanoTime() < deadline) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    sessions.all().forEach(EngineSession::closeNow);
    if (ownThreads != null) {
      ownThreads.shutdown();
    }
    scheduler.stop();
  }

  /** Collects options; {@link #build} checks them. Not thread safe. */
  public static final class Builder {
    private String path = "/socket.io/";
    private boolean serveClient = true;
    private boolean perMessageDeflate;
    private CorsPolicy cors = CorsPolicy.sameOrigin();
    private EngineOptions.Builder engine = EngineOptions.builder();
    private SocketOptions.Builder sockets = SocketOptions.builder();
    private WebSocketOptions.Builder webSocket = WebSocketOptions.builder();
    private @Nullable Function<EngineSession, SessionListener> listeners;

    private Builder() {}

    /**
     * Sets the path that belongs to Towpath; default {@code /socket.io/}, where clients look for
     * it.
     */
    public Builder path(String newPath) {
      if (!newPath.startsWith("/")) {
        throw new IllegalArgumentException("path must start with a slash");
      }
      path = newPath.endsWith("/") ? newPath : newPath + "/";
      return this;
    }

    /** Sets whether the browser client is served under the path; default true. */
    public Builder serveClient(boolean serve) {
      serveClient = serve;
      return this;
    }

    /**
     * Sets whether WebSocket messages are compressed for clients that offer it, RFC 7692; default
     * false. What it costs, and how it is tuned, is with {@link
     * io.towpath.websocket.DeflateOptions}.
     */
    public Builder perMessageDeflate(boolean compress) {
      perMessageDeflate = compress;
      return this;
    }

    /** Sets which pages of other origins are let in; default none. */
    public Builder cors(CorsPolicy policy) {
      cors = policy;
      return this;
    }

    /**
     * Changes options of the engine: {@code engine(e -> e.pingInterval(Duration.ofSeconds(20)))}.
     */
    public Builder engine(UnaryOperator<EngineOptions.Builder> change) {
      engine = change.apply(engine);
      return this;
    }

    /** Changes options of the event layer: {@code sockets(s -> s.inlineHandlers())}. */
    public Builder sockets(UnaryOperator<SocketOptions.Builder> change) {
      sockets = change.apply(sockets);
      return this;
    }

    /**
     * Changes options of the WebSocket transport. The message limit follows {@link
     * EngineOptions#maxPayload}.
     */
    public Builder webSocket(UnaryOperator<WebSocketOptions.Builder> change) {
      webSocket = change.apply(webSocket);
      return this;
    }

    /**
     * Puts something of your own in place of Socket.IO above the engine: bare Engine.IO sessions,
     * with messages and nothing else. Namespaces are unused then.
     */
    public Builder rawSessions(Function<EngineSession, SessionListener> newListeners) {
      listeners = newListeners;
      return this;
    }

    /** Returns the handler, which starts its threads. */
    public TowpathHandler build() {
      return new TowpathHandler(this);
    }
  }
}

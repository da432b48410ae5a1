package io.towpath.server;

import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.SessionListener;
import io.towpath.longpoll.PollingOptions;
import io.towpath.socket.SocketIo;
import io.towpath.socket.SocketOptions;
import io.towpath.websocket.WebSocketOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
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
public final class TowpathHandler extends Towpath<TowpathHandler> implements HttpHandler {
  private static final long CLOSE_ANSWER_NANOS = 200_000_000;

  private final String path;
  private final boolean serveClient;
  private final EngineSessions sessions;
  private final SocketIo io;
  private final EngineEndpoint endpoint;
  private final ClientFiles clientFiles;
  private final TimerScheduler scheduler;
  private final @Nullable ExecutorService ownThreads;
  private final HttpHandler next;
  private final Function<HandshakeRequest, CorsPolicy> cors;

  private TowpathHandler(Builder builder) {
    path = builder.matchedPath();
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
            builder.http.build(),
            builder.webSocket.maxMessageBytes(engine.maxPayload()).build(),
            builder.polling.maxBodyBytes(engine.maxPayload()).build(),
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
      UpgradableConnection connection = UpgradableConnection.of(exchange);
      if (connection != null) {
        connection.share();
      }
      next.handleRequest(exchange);
      return;
    }
    String file = requested.substring(path.length());
    file = file.startsWith("/") ? file.substring(1) : file;
    if (serveClient && clientFiles.has(file)) {
      CorsPolicy policy = cors.apply(WebSocketEndpoint.request(exchange));
      CorsCheck.addHeaders(
          exchange, policy.headers(exchange.getRequestHeaders().getFirst("Origin")));
      clientFiles.serve(file, exchange);
      return;
    }
    endpoint.handleRequest(exchange);
  }

  @Override
  TowpathHandler self() {
    return this;
  }

  @Override
  TowpathHandler handler() {
    return this;
  }

  SocketIo io() {
    return io;
  }

  EngineSessions sessions() {
    return sessions;
  }

  EngineEndpoint endpoint() {
    return endpoint;
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
    await(deadline, () -> sessions.size() == 0 && !endpoint.isWriting());
    // What has been written is on its way. Clients that answer the Close frame soon are given the
    // time for it, because a reset could overtake what they have not read yet.
    long soon = System.nanoTime() + CLOSE_ANSWER_NANOS;
    await(Math.min(deadline, soon), () -> endpoint.openLinks() == 0);
    sessions.all().forEach(EngineSession::closeNow);
    endpoint.close();
    if (ownThreads != null) {
      ownThreads.shutdown();
    }
    scheduler.stop();
  }

  private static void await(long deadline, BooleanSupplier done) {
    while (!done.getAsBoolean() && System.nanoTime() - deadline < 0) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Collects options; {@link #build} checks them. Not thread safe. */
  public static final class Builder {
    private String path = "/socket.io";
    private boolean addTrailingSlash = true;
    private boolean serveClient = true;
    private boolean perMessageDeflate;
    private Function<HandshakeRequest, CorsPolicy> cors = only(CorsPolicy.sameOrigin());
    private HttpOptions.Builder http = HttpOptions.builder();
    private PollingOptions.Builder polling = PollingOptions.builder();
    private EngineOptions.Builder engine = EngineOptions.builder();
    private SocketOptions.Builder sockets = SocketOptions.builder();
    private WebSocketOptions.Builder webSocket = WebSocketOptions.builder();
    private @Nullable Function<EngineSession, SessionListener> listeners;

    private Builder() {}

    /**
     * Sets the path that belongs to Towpath, with or without a slash at its end; default {@code
     * /socket.io/}, where clients look for it.
     */
    public Builder path(String newPath) {
      if (!newPath.startsWith("/")) {
        throw new IllegalArgumentException("path must start with a slash");
      }
      path = newPath.endsWith("/") ? newPath.substring(0, newPath.length() - 1) : newPath;
      return this;
    }

    /**
     * Sets whether a request's path has to go on with a slash behind {@link #path}; default true.
     * Without it, everything that begins with the path belongs to Towpath, {@code /socket.io?EIO=4}
     * among it.
     */
    public Builder addTrailingSlash(boolean add) {
      addTrailingSlash = add;
      return this;
    }

    private String matchedPath() {
      return addTrailingSlash ? path + "/" : path;
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
      cors = only(policy);
      return this;
    }

    /** Sets which pages of other origins are let in, by a policy for each request. */
    public Builder cors(Function<HandshakeRequest, CorsPolicy> policy) {
      cors = policy;
      return this;
    }

    private static Function<HandshakeRequest, CorsPolicy> only(CorsPolicy policy) {
      return request -> policy;
    }

    /** Changes what the application adds to HTTP requests: {@code http(h -> h.cookie(cookie))}. */
    public Builder http(UnaryOperator<HttpOptions.Builder> change) {
      http = change.apply(http);
      return this;
    }

    /**
     * Changes options of the polling transport. The limit of a body follows {@link
     * EngineOptions#maxPayload}.
     */
    public Builder polling(UnaryOperator<PollingOptions.Builder> change) {
      polling = change.apply(polling);
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

package io.towpath.conformance;

import io.towpath.server.CorsPolicy;
import io.towpath.server.TowpathServer;
import io.towpath.socket.Ack;
import io.towpath.socket.Arguments;
import io.towpath.socket.Socket;
import io.towpath.testkit.HostileProxy;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.server.handlers.resource.ResourceHandler;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What the tests in browsers open: a server with pages, a proxy in front of it, and a server of
 * another origin that lets those pages in.
 *
 * <p>{@code /client/} is the folder of the bundles, {@code /pages/} that of the conformance pages,
 * {@code /apps/} one that a script may fill. All have a content security policy that allows scripts
 * and connections of the page's own origin, those of the other server, and nothing else.
 */
final class BrowserSite implements AutoCloseable {
  private static final HttpString POLICY = new HttpString("Content-Security-Policy");

  /** Reasons that sockets left for, by their ids. */
  private final Map<String, CompletableFuture<String>> reasons = new ConcurrentHashMap<>();

  private final Path apps;
  private final TowpathServer other;
  private final HostileProxy proxy;
  private final ControlPort control = new ControlPort();

  /** Replaced by a restart. Guarded by this. */
  private TowpathServer server;

  private BrowserSite(Path apps) {
    this.apps = apps;
    other = events(builder(0).cors(CorsPolicy.matching(this::isOurs).withCredentials()).build());
    server = withPages(0);
    proxy = HostileProxy.to(new InetSocketAddress("127.0.0.1", port())).start();
    control.on("/reason", id -> reasonOf(id).get(10, TimeUnit.SECONDS));
    control.on("/restart", ignored -> restart());
    control.on("/proxy", mode -> InteropSite.change(proxy, mode));
  }

  /**
   * Starts everything on free ports.
   *
   * @param apps the folder of {@code /apps/}
   */
  static BrowserSite start(Path apps) {
    return new BrowserSite(apps);
  }

  private static TowpathServer.Builder builder(int port) {
    return TowpathServer.builder().host("127.0.0.1").port(port);
  }

  private synchronized boolean isOurs(String origin) {
    return origin.equals(url("http", port()));
  }

  private synchronized int port() {
    return server.address().getPort();
  }

  private TowpathServer withPages(int port) {
    String connections =
        url("http", other.address().getPort()) + " " + url("ws", other.address().getPort());
    String policy =
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; base-uri 'none';"
            + " img-src 'self' data:; connect-src 'self' "
            + connections;
    PathHandler files =
        new PathHandler()
            .addPrefixPath("/pages", folder(NodeTests.FOLDER.resolve("pages")))
            .addPrefixPath("/apps", folder(apps))
            .addPrefixPath("/client", folder(NodeTests.client("").toPath()));
    return events(
        builder(port)
            .handler(
                exchange -> {
                  exchange.setRelativePath(everything(exchange.getRelativePath()));
                  exchange.getResponseHeaders().put(POLICY, policy);
                  files.handleRequest(exchange);
                })
            .build());
  }

  /** Adds the events that pages use, and starts the server. */
  private TowpathServer events(TowpathServer made) {
    made.onConnection(this::serve);
    return made.start();
  }

  private static ResourceHandler folder(Path path) {
    return new ResourceHandler(new PathResourceManager(path));
  }

  /** While there are two sets of bundles, pages get the one that has everything. */
  private static String everything(String path) {
    String name = path.replaceFirst("^/client/towpath\\.", "towpath.resumable.");
    return Files.exists(NodeTests.client(name).toPath()) ? "/client/" + name : path;
  }

  private void serve(Socket socket) {
    socket.onDisconnect(
        reason -> {
          boolean unused = reasonOf(socket.id()).complete(reason.wording());
        });
    socket.on("echo", (Arguments arguments, Ack ack) -> ack.send(arguments));
    socket.on("carried by", (arguments, ack) -> ack.send(socket.transport().wire()));
    socket.on("headers", (arguments, ack) -> ack.send(socket.handshake().headers()));
    socket.on("note", Object.class, number -> socket.emit("noted", number));
    socket.on(
        "count to",
        Integer.class,
        most -> {
          for (int i = 1; i <= most; i++) {
            socket.emit("count", i);
          }
        });
    socket.on(
        "ask back",
        Object.class,
        question -> {
          CompletableFuture<Boolean> unused =
              socket
                  .emitWithAck("question", question)
                  .handle((answer, failure) -> answer != null && socket.emit("answered", answer));
        });
    socket.on("kick", () -> socket.disconnect());
  }

  private CompletableFuture<String> reasonOf(String socketId) {
    return reasons.computeIfAbsent(socketId, id -> new CompletableFuture<>());
  }

  private synchronized String restart() {
    int port = server.address().getPort();
    server.stop();
    server = withPages(port);
    return "restarted";
  }

  /** Returns the variables that the scripts read. */
  synchronized Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SITE", url("http", port()));
    environment.put("SITE_OF_OTHER_ORIGIN", url("http", other.address().getPort()));
    environment.put("SITE_BEHIND_PROXY", url("http", proxy.port()));
    environment.put("SITE_CONTROL", url("http", control.port()));
    environment.put("APPS", apps.toString());
    return environment;
  }

  private static String url(String scheme, int port) {
    return scheme + "://127.0.0.1:" + port;
  }

  @Override
  public synchronized void close() {
    control.close();
    proxy.close();
    other.stop();
    server.stop();
  }
}

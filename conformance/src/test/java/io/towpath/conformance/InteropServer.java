package io.towpath.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.towpath.engine.EngineOptions;
import io.towpath.server.TowpathHandler;
import io.towpath.server.TowpathServer;
import io.towpath.socket.Ack;
import io.towpath.socket.Arguments;
import io.towpath.socket.Handshake;
import io.towpath.socket.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Our server, with the behaviour of {@code reference-server.mjs}. */
final class InteropServer implements PeerServer {
  /** An event in a type of the application. */
  private record Measure(String name, byte[] main, List<byte[]> parts) {}

  private record Measured(String name, int bytes, List<Integer> parts, byte[] back) {}

  /** What a client sent to connect, as far as it is asked for. */
  private record Came(Map<String, String> query, @Nullable String header) {
    static Came with(Handshake handshake) {
      return new Came(handshake.query(), handshake.request().header("x-test"));
    }
  }

  /** Reasons that sockets left for, by their ids. */
  private final Map<String, CompletableFuture<String>> reasons = new ConcurrentHashMap<>();

  private final ControlPort control = new ControlPort();
  private final TowpathServer impatient;

  /** Replaced by a restart. Guarded by this. */
  private TowpathServer patient;

  private final UnaryOperator<TowpathHandler.Builder> options;

  private InteropServer(UnaryOperator<TowpathHandler.Builder> options) {
    this.options = options;
    patient = serve(TowpathServer.builder().port(0)).start();
    impatient =
        serve(
                TowpathServer.builder()
                    .port(0)
                    .towpath(
                        towpath ->
                            towpath.engine(
                                quick ->
                                    quick
                                        .pingInterval(Duration.ofMillis(300))
                                        .pingTimeout(Duration.ofMillis(400)))))
            .start();
    control.on("/reason", id -> reasonOf(id).get(20, TimeUnit.SECONDS));
    control.on("/restart", ignored -> restart());
  }

  static InteropServer start() {
    return with(towpath -> towpath);
  }

  /** Starts servers with other options of the engine than the defaults. */
  static InteropServer start(UnaryOperator<EngineOptions.Builder> engine) {
    return with(towpath -> towpath.engine(engine));
  }

  /** Starts servers with any other options. */
  static InteropServer with(UnaryOperator<TowpathHandler.Builder> options) {
    return new InteropServer(options);
  }

  /** Starts servers that speak revision 3 of Engine.IO too, for clients of Socket.IO 2. */
  static InteropServer startWithEio3() {
    return start(options -> options.allowEio3(true));
  }

  private CompletableFuture<String> reasonOf(String socketId) {
    return reasons.computeIfAbsent(socketId, id -> new CompletableFuture<>());
  }

  private synchronized String restart() {
    int port = patient.address().getPort();
    patient.stop();
    patient = serve(TowpathServer.builder().port(port)).start();
    return "restarted";
  }

  private TowpathServer serve(TowpathServer.Builder builder) {
    TowpathServer server = builder.towpath(options).build();
    server.onConnection(socket -> serve(server, socket));
    server
        .of("/secret")
        .use(
            (socket, next) -> {
              if (socket.handshake().auth().path("token").asText().equals("open sesame")) {
                next.proceed();
              } else {
                next.refuse("not allowed", Map.of("code", 401, "hint", "token"));
              }
            })
        .onConnection(
            socket -> {
              watch(socket);
              socket.emit("let in", socket.handshake().auth());
              socket.on("echo", (Arguments arguments, Ack ack) -> ack.send(arguments));
            });
    return server;
  }

  private void watch(Socket socket) {
    socket.onDisconnect(
        reason -> {
          boolean unused = reasonOf(socket.id()).complete(reason.wording());
        });
  }

  private void serve(TowpathServer server, Socket socket) {
    watch(socket);
    socket.emit("hello", socket.id());
    socket.on("echo", (arguments, ack) -> echo(socket, arguments, ack));
    socket.on("ask", JsonNode.class, question -> ask(socket, question));
    socket.on("ask in vain", () -> askInVain(socket));
    socket.on("what came", (arguments, ack) -> ack.send(Came.with(socket.handshake())));
    socket.on("never answer", () -> {});
    socket.on("carried by", (arguments, ack) -> ack.send(socket.transport().wire()));
    socket.on("measure", Measure.class, InteropServer::measure);
    socket.on(
        "join",
        String.class,
        (room, ack) -> {
          socket.join(room);
          ack.send();
        });
    socket.on(
        "leave",
        String.class,
        (room, ack) -> {
          socket.leave(room);
          ack.send();
        });
    socket.on(
        "tell", String.class, String.class, (room, text) -> socket.to(room).emit("told", text));
    socket.on(
        "tell all", String.class, String.class, (room, text) -> server.to(room).emit("told", text));
    socket.on(
        "tell all bytes",
        String.class,
        byte[].class,
        (room, bytes) -> server.to(room).emit("told", bytes));
    socket.on("tell others", String.class, text -> socket.broadcast().emit("told", text));
    socket.on("kick", () -> socket.disconnect());
    socket.on("kick out", () -> socket.disconnect(true));
  }

  private static void echo(Socket socket, Arguments arguments, Ack ack) {
    if (ack.isRequested()) {
      ack.send(arguments);
    } else {
      socket.emit("echo", arguments);
    }
  }

  private static void ask(Socket socket, @Nullable JsonNode question) {
    CompletableFuture<Boolean> unused =
        socket
            .emitWithAck("question", question)
            .handle((answer, failure) -> answer != null && socket.emit("answered", answer));
  }

  private static void askInVain(Socket socket) {
    CompletableFuture<Boolean> unused =
        socket
            .timeout(Duration.ofMillis(60))
            .emitWithAck("question", "in vain")
            .handle((answer, failure) -> socket.emit(failure == null ? "answered" : "unanswered"));
  }

  private static void measure(Measure measure, Ack ack) {
    List<Integer> parts = measure.parts().stream().map(part -> part.length).toList();
    ack.send(new Measured(measure.name(), measure.main().length, parts, measure.main()));
  }

  @Override
  public synchronized int port() {
    return patient.address().getPort();
  }

  @Override
  public int impatientPort() {
    return impatient.address().getPort();
  }

  @Override
  public int controlPort() {
    return control.port();
  }

  @Override
  public synchronized void close() {
    control.close();
    patient.stop();
    impatient.stop();
  }
}

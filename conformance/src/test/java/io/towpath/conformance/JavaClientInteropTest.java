package io.towpath.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.socket.client.Ack;
import io.socket.client.AckWithTimeout;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The official Java client, {@code io.socket:socket.io-client}, against our server: what {@code
 * table.mjs} asks of npm's, as far as it speaks it.
 */
class JavaClientInteropTest {
  /** The rows of the table. */
  private enum Row {
    POLLING_ONLY("polling", "polling"),
    WEBSOCKET_ONLY("websocket", "websocket"),
    POLLING_UPGRADED("polling,websocket", "websocket");

    /** What it may use, in this order. */
    private final String transports;

    /** What carries the connection in the end. */
    private final String carrying;

    Row(String transports, String carrying) {
      this.transports = transports;
      this.carrying = carrying;
    }
  }

  private static InteropServer server;

  private final List<Socket> open = new ArrayList<>();

  /**
   * The pings are for the one test that restarts the server: over WebSocket this client does not
   * act on a Close frame, and notices by its heartbeat that the server is gone.
   */
  @BeforeAll
  static void startTheServer() {
    server =
        InteropServer.start(
            engine ->
                engine.pingInterval(Duration.ofSeconds(2)).pingTimeout(Duration.ofSeconds(3)));
  }

  @AfterAll
  static void stopTheServer() {
    server.close();
  }

  @AfterEach
  void closeTheClients() {
    open.forEach(Socket::disconnect);
  }

  private static String url(int port, String path) {
    return "http://127.0.0.1:" + port + path;
  }

  private Socket open(Row row, String path, Map<String, String> auth) {
    IO.Options options =
        IO.Options.builder()
            .setForceNew(true)
            .setTransports(row.transports.split(",", -1))
            .setReconnectionDelay(50)
            .setReconnectionDelayMax(100)
            .setAuth(auth)
            .build();
    Socket socket = IO.socket(URI.create(url(server.port(), path)), options);
    open.add(socket);
    return socket;
  }

  private Socket connect(Row row) {
    Socket socket = open(row, "/", Map.of());
    connect(socket);
    return socket;
  }

  private static void connect(Socket socket) {
    BlockingQueue<Object[]> connected = keep(socket, Socket.EVENT_CONNECT);
    socket.connect();
    next(connected);
  }

  /** Keeps every event of a name from now on. */
  private static BlockingQueue<Object[]> keep(Socket socket, String event) {
    BlockingQueue<Object[]> kept = new LinkedBlockingQueue<>();
    socket.on(event, kept::add);
    return kept;
  }

  private static Object[] next(BlockingQueue<Object[]> kept) {
    try {
      Object[] next = kept.poll(10, TimeUnit.SECONDS);
      assertNotNull(next, "nothing within ten seconds");
      return next;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /** Emits and waits for the answer. */
  private static Object[] ask(Socket socket, String event, @Nullable Object... arguments) {
    BlockingQueue<Object[]> answers = new LinkedBlockingQueue<>();
    socket.emit(event, arguments, (Ack) answers::add);
    return next(answers);
  }

  private static String control(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url(server.controlPort(), path)))
            .timeout(Duration.ofSeconds(30))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  @EnumSource
  @ParameterizedTest
  void itConnectsAndComesToRestOnTheRightTransport(Row row) {
    Socket socket = open(row, "/", Map.of());
    BlockingQueue<Object[]> hello = keep(socket, "hello");
    connect(socket);
    assertEquals(socket.id(), next(hello)[0]);
    // The client does not tell what carries it; the server does.
    Object carrying = "nothing";
    for (int i = 0; i < 1000 && !row.carrying.equals(carrying); i++) {
      carrying = ask(socket, "carried by")[0];
    }
    assertEquals(row.carrying, carrying);
  }

  @EnumSource
  @ParameterizedTest
  void eventsCarryAnyArgumentsBothWays(Row row) throws JSONException {
    Socket socket = connect(row);
    BlockingQueue<Object[]> echo = keep(socket, "echo");
    JSONObject deep = new JSONObject().put("deep", new JSONArray(List.of(1, List.of(2))));
    socket.emit("echo", "text ☀ \u2028 \"\\", 0, -1.5, true, null, new JSONArray(), deep);
    Object[] back = next(echo);
    assertEquals(7, back.length);
    assertEquals("text ☀ \u2028 \"\\", back[0]);
    assertEquals(0, back[1]);
    assertEquals(-1.5, ((Number) back[2]).doubleValue());
    assertEquals(true, back[3]);
    assertNull(back[4]);
    assertEquals("[]", back[5].toString());
    assertEquals("{\"deep\":[1,[2]]}", back[6].toString());
    socket.emit("echo");
    assertEquals(0, next(echo).length);
  }

  @EnumSource
  @ParameterizedTest
  void theServerAnswersEvents(Row row) {
    Socket socket = connect(row);
    assertArrayEquals(new Object[] {1, "b"}, ask(socket, "echo", 1, "b"));
    assertEquals(0, ask(socket, "echo").length);
    for (int i = 0; i < 6; i++) {
      assertArrayEquals(new Object[] {"n" + i}, ask(socket, "echo", "n" + i));
    }
  }

  @EnumSource
  @ParameterizedTest
  void theClientAnswersEvents(Row row) throws JSONException {
    Socket socket = connect(row);
    JSONObject asked = new JSONObject().put("asked", 21);
    socket.on(
        "question", arguments -> ((Ack) arguments[arguments.length - 1]).call(42, asked, bytes(3)));
    BlockingQueue<Object[]> answered = keep(socket, "answered");
    socket.emit("ask", 21);
    Object[] answer = next(answered);
    assertEquals(42, answer[0]);
    assertEquals("{\"asked\":21}", answer[1].toString());
    assertArrayEquals(bytes(3), (byte[]) answer[2]);
  }

  @EnumSource
  @ParameterizedTest
  void anAnswerThatDoesNotComeInTimeIsAnErrorOnEitherSide(Row row) {
    Socket socket = connect(row);
    BlockingQueue<Object[]> over = new LinkedBlockingQueue<>();
    socket.emit(
        "never answer",
        new Object[0],
        new AckWithTimeout(60) {
          @Override
          public void onSuccess(Object... arguments) {
            throw new AssertionError("answered");
          }

          @Override
          public void onTimeout() {
            over.add(new Object[0]);
          }
        });
    next(over);
    BlockingQueue<Object[]> unanswered = keep(socket, "unanswered");
    socket.emit("ask in vain");
    next(unanswered);
  }

  @EnumSource
  @ParameterizedTest
  void binaryDataGoesBothWaysNestedAndInSeveralAttachments(Row row) throws JSONException {
    Socket socket = connect(row);
    BlockingQueue<Object[]> echo = keep(socket, "echo");
    JSONObject nested =
        new JSONObject().put("a", bytes(5)).put("list", new JSONArray().put(bytes(300)).put("b"));
    socket.emit("echo", bytes(1), nested, "end");
    Object[] back = next(echo);
    assertArrayEquals(bytes(1), (byte[]) back[0]);
    assertArrayEquals(bytes(5), (byte[]) ((JSONObject) back[1]).get("a"));
    assertArrayEquals(bytes(300), (byte[]) ((JSONObject) back[1]).getJSONArray("list").get(0));
    assertEquals("end", back[2]);
  }

  @EnumSource
  @ParameterizedTest
  void halfAMegabyteGoesThroughInOnePiece(Row row) {
    Socket socket = connect(row);
    String text = "☀".repeat(160_000);
    assertEquals(text, ask(socket, "echo", text)[0]);
    assertArrayEquals(bytes(500_000), (byte[]) ask(socket, "echo", (Object) bytes(500_000))[0]);
  }

  @EnumSource
  @ParameterizedTest
  void fiveHundredMessagesKeepTheirOrder(Row row) {
    Socket socket = connect(row);
    BlockingQueue<Object[]> echo = keep(socket, "echo");
    for (int i = 0; i < 500; i++) {
      Object sent = i % 10 == 0 ? bytes(i % 256) : Integer.valueOf(i);
      socket.emit("echo", sent);
    }
    for (int i = 0; i < 500; i++) {
      Object back = next(echo)[0];
      assertEquals(i % 10 == 0 ? i % 256 : i, back instanceof byte[] b ? b.length : back);
    }
  }

  @EnumSource
  @ParameterizedTest
  void aNamespaceLetsInWhoIsAuthorised(Row row) {
    Socket socket = open(row, "/secret", Map.of("token", "open sesame", "name", "Ada"));
    BlockingQueue<Object[]> letIn = keep(socket, "let in");
    connect(socket);
    JSONObject auth = (JSONObject) next(letIn)[0];
    assertEquals(
        Map.of("token", "open sesame", "name", "Ada"),
        Map.of("token", auth.opt("token"), "name", auth.opt("name")));
    assertArrayEquals(new Object[] {"inside"}, ask(socket, "echo", "inside"));
  }

  @EnumSource
  @ParameterizedTest
  void aNamespaceRefusesWithMessageAndData(Row row) throws JSONException {
    Socket socket = open(row, "/secret", Map.of("token", "wrong"));
    BlockingQueue<Object[]> refused = keep(socket, Socket.EVENT_CONNECT_ERROR);
    socket.connect();
    JSONObject error = (JSONObject) next(refused)[0];
    assertEquals("not allowed", error.getString("message"));
    assertEquals(401, error.getJSONObject("data").getInt("code"));
    Socket nowhere = open(row, "/nowhere", Map.of());
    BlockingQueue<Object[]> unknown = keep(nowhere, Socket.EVENT_CONNECT_ERROR);
    nowhere.connect();
    assertEquals("Invalid namespace", ((JSONObject) next(unknown)[0]).getString("message"));
  }

  @EnumSource
  @ParameterizedTest
  void roomsReachTheOthersAllAndNobodyWhoHasLeft(Row row) {
    Socket a = connect(row);
    Socket b = connect(row);
    Socket c = connect(row);
    List<BlockingQueue<Object[]>> told = List.of(keep(a, "told"), keep(b, "told"), keep(c, "told"));
    ask(a, "join", "red");
    ask(b, "join", "red");
    ask(c, "join", "blue");
    a.emit("tell", "red", "to b");
    a.emit("tell all", "red", "to a and b");
    ask(a, "echo");
    ask(b, "leave", "red");
    a.emit("tell all", "red", "to a");
    a.emit("tell others", "to b and c");
    ask(a, "echo");
    ask(b, "echo");
    ask(c, "echo");
    List<List<String>> heard =
        told.stream().map(queue -> queue.stream().map(each -> (String) each[0]).toList()).toList();
    assertEquals(
        List.of(
            List.of("to a and b", "to a"),
            List.of("to b", "to a and b", "to b and c"),
            List.of("to b and c")),
        heard);
  }

  @EnumSource
  @ParameterizedTest
  void whoeverLeavesBothSidesKnowTheReason(Row row) throws Exception {
    for (String[] each :
        new String[][] {
          {"kick", "io server disconnect", "server namespace disconnect"},
          {"kick out", "io server disconnect", "server namespace disconnect"},
          {null, "io client disconnect", "client namespace disconnect"},
        }) {
      Socket socket = connect(row);
      String id = socket.id();
      BlockingQueue<Object[]> reason = keep(socket, Socket.EVENT_DISCONNECT);
      if (each[0] == null) {
        socket.disconnect();
      } else {
        socket.emit(each[0]);
      }
      assertEquals(each[1], next(reason)[0], Arrays.toString(each));
      assertEquals(each[2], control("/reason?id=" + id), Arrays.toString(each));
    }
  }

  @EnumSource
  @ParameterizedTest
  void theServerRestartsAndTheClientComesBack(Row row) throws Exception {
    Socket socket = connect(row);
    String id = socket.id();
    BlockingQueue<Object[]> back = keep(socket, Socket.EVENT_CONNECT);
    control("/restart");
    assertEquals("server shutting down", control("/reason?id=" + id));
    next(back);
    assertNotEquals(id, socket.id());
    assertArrayEquals(new Object[] {"back"}, ask(socket, "echo", "back"));
  }
}

package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Long-polling over HTTP/2, which TLS clients choose when the server offers it. */
class Http2Test {
  private EchoServer server;
  private HttpClient client;

  @BeforeEach
  void start() {
    server =
        EchoServer.start(
            TestKeys.context(),
            builder ->
                builder
                    .http2(true)
                    .towpath(towpath -> towpath.http(h -> h.bodyTimeout(Duration.ofSeconds(10)))));
    client = HttpClient.newBuilder().sslContext(TestKeys.context()).build();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest.Builder to(String target) {
    int port = server.server.address().getPort();
    return HttpRequest.newBuilder(URI.create("https://localhost:" + port + target))
        .timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(HttpClient.Version.HTTP_2, response.version());
      return response;
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  private HttpResponse<String> get(String target) {
    return send(to(target).build());
  }

  private HttpResponse<String> post(String target, String body) {
    return send(to(target).POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  private CompletableFuture<HttpResponse<String>> park(String target, EngineSession session) {
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(to(target).build(), HttpResponse.BodyHandlers.ofString());
    Await.until("the GET is parked", session::isWritable);
    return answer;
  }

  private String open() {
    HttpResponse<String> response = get(EchoServer.POLLING);
    assertEquals(200, response.statusCode());
    Matcher sid = Pattern.compile("\"sid\":\"([^\"]+)\"").matcher(response.body());
    assertTrue(sid.find(), response.body());
    return EchoServer.POLLING + "&sid=" + sid.group(1);
  }

  private static String body(CompletableFuture<HttpResponse<String>> answer) throws Exception {
    return answer.get(10, TimeUnit.SECONDS).body();
  }

  @Test
  void messagesGoBothWaysAndAParkedPollIsAnswered() throws Exception {
    String poll = open();
    EngineSession session = EchoServer.next(server.opened);
    assertEquals("ok", post(poll, "4a\u001e4b").body());
    assertEquals("4a\u001e4b", get(poll).body());
    CompletableFuture<HttpResponse<String>> parked = park(poll, session);
    session.send(MessageBatch.text("later"));
    assertEquals("4later", body(parked));
  }

  @Test
  void manySessionsShareOneConnection() throws Exception {
    List<EngineSession> sessions = new ArrayList<>();
    List<CompletableFuture<HttpResponse<String>>> parked = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String poll = open();
      sessions.add(EchoServer.next(server.opened));
      parked.add(park(poll, sessions.get(i)));
    }
    for (int i = 0; i < 30; i++) {
      sessions.get(i).send(MessageBatch.text("number " + i));
    }
    for (int i = 0; i < 30; i++) {
      assertEquals("4number " + i, body(parked.get(i)));
    }
  }

  @Test
  void largeMessagesGoBothWays() {
    String poll = open();
    String text = "4" + "x".repeat(900_000);
    assertEquals("ok", post(poll, text).body());
    assertEquals(text, get(poll).body());
  }

  @Test
  void refusalsAreTheSame() throws Exception {
    String poll = open();
    assertEquals(413, post(poll, "4" + "x".repeat(1_000_000)).statusCode());
    assertEquals("ok", post(poll, "4alive").body());
    assertEquals("4alive", get(poll).body());
    HttpResponse<String> unknown = get(EchoServer.POLLING + "&sid=nobody");
    assertEquals(400, unknown.statusCode());
    assertEquals("{\"code\":1,\"message\":\"Session ID unknown\"}", unknown.body());
    CompletableFuture<HttpResponse<String>> parked = park(poll, EchoServer.next(server.opened));
    assertEquals(400, get(poll).statusCode());
    assertEquals("1", body(parked));
    assertEquals("transport error", server.ended());
  }

  @Test
  void whatEndsOneSessionCostsTheOthersOfTheConnectionNothing() throws Exception {
    String other = open();
    EngineSession lives = EchoServer.next(server.opened);
    CompletableFuture<HttpResponse<String>> parked = park(other, lives);
    String poll = open();
    EchoServer.next(server.opened);
    assertEquals(400, post(poll, "what is this").statusCode());
    assertEquals("parse error", server.ended());
    lives.send(MessageBatch.text("still here"));
    assertEquals("4still here", body(parked));
  }

  @Test
  void webSocketsHaveConnectionsOfTheirOwn() {
    String poll = open();
    try (RawWebSocket webSocket =
        RawWebSocket.open(server.connect(), poll.replace("polling", "websocket"))) {
      assertEquals("3probe", webSocket.send("2probe").receiveText());
      assertEquals("4hello", webSocket.send("5").send("4hello").receiveText());
      assertEquals(400, get(poll).statusCode());
    }
  }

  @Test
  void withoutTlsItCannotBeOffered() {
    assertThrows(
        IllegalStateException.class, () -> TowpathServer.builder().http2(true).port(0).build());
  }
}

package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EngineSession;
import io.towpath.engine.TransportCount;
import io.towpath.engine.TransportName;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Resumable sessions over real connections: streams, long-polls and WebSockets. */
class ResumableOverUndertowTest {
  private static final String END = "\u001e";

  private final EchoServer echo = EchoServer.start();
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    echo.close();
  }

  private URI uri(String scheme, String query) {
    InetSocketAddress address = echo.server.address();
    return URI.create(scheme + "://127.0.0.1:" + address.getPort() + "/socket.io/?EIO=4&" + query);
  }

  private HttpResponse<String> get(String query) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri("http", query)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String query, String... packets)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri("http", query))
            .POST(HttpRequest.BodyPublishers.ofString(String.join(END, packets)))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<InputStream> stream(String query) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri("http", query)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  /** Reads one packet of a stream; null at its end. */
  private static @Nullable String packet(InputStream body) throws IOException {
    StringBuilder packet = new StringBuilder();
    for (int next = body.read(); next >= 0; next = body.read()) {
      if (next == 0x1e) {
        return packet.toString();
      }
      packet.append((char) next);
    }
    return null;
  }

  private EngineSession open() throws IOException, InterruptedException {
    String body = get("transport=polling&towpath=1").body();
    assertTrue(body.contains("\"resume\":{\"v\":1"), body);
    EngineSession session = echo.opened.poll(10, TimeUnit.SECONDS);
    if (session == null) {
      throw new AssertionError("no session was opened");
    }
    return session;
  }

  @Test
  void aStreamCarriesPacketsAsTheyAreSent() throws Exception {
    EngineSession session = open();
    String sid = "&sid=" + session.id();
    HttpResponse<InputStream> stream = stream("transport=stream&attach=1&ack=0" + sid);
    assertEquals(200, stream.statusCode());
    assertEquals("no", stream.headers().firstValue("x-accel-buffering").orElse(""));
    assertEquals("no-store", stream.headers().firstValue("cache-control").orElse(""));
    assertTrue(stream.headers().firstValue("content-encoding").isEmpty());
    assertEquals("70", packet(stream.body()));
    assertEquals("71", post("transport=stream&on=1&ack=0" + sid, "81", "4hello").body());
    assertEquals("81", packet(stream.body()));
    assertEquals("4hello", packet(stream.body()));
    assertEquals(TransportName.STREAM, session.transport());
    assertEquals(
        List.of(
            new TransportCount(TransportName.POLLING, "open", 1),
            new TransportCount(TransportName.STREAM, "attach", 1)),
        echo.server.transportCounts());
  }

  @Test
  void aMessageLargerThanTheSocketsBuffersGoesThroughAStream() throws Exception {
    EngineSession session = open();
    String sid = "&sid=" + session.id();
    InputStream body = stream("transport=stream&attach=1&ack=0" + sid).body();
    assertEquals("70", packet(body));
    assertEquals("71", post("transport=stream&on=1&ack=0" + sid, "81", "4big 3000000").body());
    assertEquals("81", packet(body));
    String big = packet(body);
    assertEquals(1 + 4_000_000, big == null ? 0 : big.length());
  }

  @Test
  void aClientThatLeavesItsStreamDetachesTheSessionAndComesBack() throws Exception {
    EngineSession session = open();
    String sid = "&sid=" + session.id();
    InputStream body = stream("transport=stream&attach=1&ack=0" + sid).body();
    assertEquals("70", packet(body));
    assertEquals("71", post("transport=stream&on=1&ack=0" + sid, "81", "4hello").body());
    body.close();
    Await.until("the session is detached", session::isDetached);
    assertEquals(410, post("transport=stream&on=1&ack=0" + sid).statusCode());
    assertEquals("71", get("transport=polling&attach=2&ack=0" + sid).body());
    assertEquals("81" + END + "4hello", get("transport=polling&on=2&ack=0" + sid).body());
    assertFalse(session.isDetached());
  }

  @Test
  void aStreamEndsWhenAnotherTransportReplacesIt() throws Exception {
    EngineSession session = open();
    String sid = "&sid=" + session.id();
    InputStream body = stream("transport=stream&attach=1&ack=0" + sid).body();
    assertEquals("70", packet(body));
    post("transport=stream&on=1&ack=0" + sid);
    assertEquals("81", packet(body));
    assertEquals("70", post("transport=polling&on=2&ack=0" + sid).body());
    assertEquals(null, packet(body));
    assertEquals(409, post("transport=stream&on=1&ack=0" + sid).statusCode());
  }

  @Test
  void aWebSocketIsAttachedConfirmedAndReplaced() throws Exception {
    EngineSession session = open();
    String sid = "&sid=" + session.id();
    assertEquals("71", post("transport=polling&on=0&ack=0" + sid, "81", "4hello").body());
    Heard heard = new Heard();
    WebSocket webSocket = connect("transport=websocket&attach=1&ack=0" + sid, heard);
    assertEquals("71", heard.next());
    webSocket.sendText("70", true).join();
    assertEquals("81", heard.next());
    assertEquals("4hello", heard.next());
    assertEquals("71", post("transport=polling&on=5&ack=1" + sid).body());
    assertEquals("closed 4000", heard.next());
  }

  @Test
  void aWebSocketOfAnUnknownSessionIsClosedWith4001AfterItsHandshake() throws Exception {
    Heard heard = new Heard();
    connect("transport=websocket&attach=1&ack=0&sid=nobody", heard);
    assertEquals("1", heard.next());
    assertEquals("closed 4001", heard.next());
  }

  @Test
  void anOfferPassesTheSameAdmissionAsAnOpening() throws Exception {
    EngineSession session;
    try (EchoServer strict =
        EchoServer.start(
            null,
            builder ->
                builder.towpath(
                    towpath ->
                        towpath.http(
                            http ->
                                http.allowRequest(
                                    request ->
                                        java.util.concurrent.CompletableFuture.completedFuture(
                                            request.query().containsKey("attach")
                                                ? Admission.REFUSED
                                                : Admission.ALLOWED)))))) {
      URI base = URI.create("http://127.0.0.1:" + strict.server.address().getPort());
      HttpRequest opening =
          HttpRequest.newBuilder(base.resolve("/socket.io/?EIO=4&transport=polling&towpath=1"))
              .build();
      client.send(opening, HttpResponse.BodyHandlers.ofString());
      session = strict.opened.poll(10, TimeUnit.SECONDS);
      String sid = session == null ? "" : session.id();
      HttpRequest offer =
          HttpRequest.newBuilder(
                  base.resolve("/socket.io/?EIO=4&transport=stream&attach=1&ack=0&sid=" + sid))
              .build();
      assertEquals(403, client.send(offer, HttpResponse.BodyHandlers.ofString()).statusCode());
    }
  }

  private WebSocket connect(String query, Heard heard) {
    return client.newWebSocketBuilder().buildAsync(uri("ws", query), heard).join();
  }

  /** What a WebSocket brings, as text. */
  private static final class Heard implements WebSocket.Listener {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      String event = events.poll(10, TimeUnit.SECONDS);
      return event == null ? "nothing" : event;
    }

    @Override
    public @Nullable CompletionStage<?> onText(
        WebSocket webSocket, CharSequence data, boolean last) {
      events.add(data.toString());
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(
        WebSocket webSocket, int statusCode, String reason) {
      events.add("closed " + statusCode);
      return null;
    }
  }
}

package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.socket.DisconnectReason;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A server of its own from start to stop. */
class TowpathServerTest {
  private static TowpathServer.Builder builder() {
    return TowpathServer.builder().port(0).ioThreads(1).drain(Duration.ofMillis(500));
  }

  private static RawConnection connect(TowpathServer server) {
    return RawConnection.to(server.address(), null);
  }

  private static boolean isRunning(TowpathServer server) {
    try {
      return server.address() != null;
    } catch (IllegalStateException stopped) {
      return false;
    }
  }

  private static RawWebSocket joined(TowpathServer server) {
    RawWebSocket webSocket = RawWebSocket.open(connect(server), EchoServer.WEBSOCKET).begun();
    String answer = webSocket.send("40").receiveText();
    assertTrue(answer.startsWith("40{\"sid\":"), answer);
    return webSocket;
  }

  @Test
  void aStartedServerTellsThePortThatItGot() {
    try (TowpathServer server = builder().build().start();
        RawConnection connection = connect(server)) {
      assertTrue(server.address().getPort() > 0);
      assertEquals(404, connection.get("/").answer().status());
    }
  }

  @Test
  void startReturnsTheServer() {
    try (TowpathServer server = builder().build()) {
      assertSame(server, server.start());
    }
  }

  @Test
  void aServerThatIsNotRunningHasNoAddress() {
    TowpathServer server = builder().build();
    assertThrows(IllegalStateException.class, server::address);
    server.start();
    server.stop();
    assertThrows(IllegalStateException.class, server::address);
  }

  @Test
  void aServerStartsOnce() {
    try (TowpathServer server = builder().build().start()) {
      assertThrows(IllegalStateException.class, server::start);
      try (RawConnection connection = connect(server)) {
        assertEquals(404, connection.get("/").answer().status());
      }
    }
  }

  @Test
  void aStoppedServerDoesNotStartAgain() {
    TowpathServer server = builder().build();
    server.stop();
    assertThrows(IllegalStateException.class, server::start);
  }

  @Test
  void aBusyPortIsOneClearMessage() throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      TowpathServer server = builder().port(busy.getLocalPort()).build();
      UncheckedIOException thrown = assertThrows(UncheckedIOException.class, server::start);
      assertEquals(
          "port " + busy.getLocalPort() + " on localhost is not free: Address already in use",
          thrown.getMessage());
      assertThrows(IllegalStateException.class, server::address);
      server.stop();
    }
  }

  @Test
  void theSamePortIsFreeAtOnceAfterStop() {
    TowpathServer first = builder().build().start();
    int port = first.address().getPort();
    RawWebSocket webSocket = joined(first);
    RawConnection keptAlive = connect(first);
    keptAlive.get("/").answer();
    first.stop();
    try (TowpathServer second = builder().port(port).build().start()) {
      assertEquals(port, second.address().getPort());
      joined(second).close();
    }
    webSocket.close();
    keptAlive.close();
  }

  @Test
  void stopEndsEverySocketWithItsReason() throws Exception {
    CompletableFuture<DisconnectReason> reason = new CompletableFuture<>();
    TowpathServer server = builder().build();
    server.onConnection(socket -> socket.onDisconnect(reason::complete)).start();
    try (RawWebSocket webSocket = joined(server)) {
      server.stop();
      assertEquals(DisconnectReason.SERVER_SHUTTING_DOWN, reason.get(10, TimeUnit.SECONDS));
      assertEquals(8, webSocket.receive().opcode());
      webSocket.connection().awaitEnd();
    }
    assertEquals(0, server.sessionCount());
  }

  @Test
  void whatIsQueuedLeavesBeforeTheEnd() {
    TowpathServer server = builder().drain(Duration.ofSeconds(10)).build();
    server.onConnection(socket -> {}).start();
    try (RawWebSocket webSocket = joined(server)) {
      String text = "x".repeat(16 << 20);
      server.emit("last", text);
      Thread stopping = new Thread(server::stop);
      stopping.start();
      assertEquals("42[\"last\",\"" + text + "\"]", webSocket.receiveText());
      assertEquals(8, webSocket.receive().opcode());
    }
  }

  @Test
  void stopDoesNotWaitLongerThanItsLimitForAClientThatReadsNothing() {
    TowpathServer server = builder().build();
    server.onConnection(socket -> {}).start();
    try (RawConnection connection = RawConnection.to(server.address(), null, 8 << 10)) {
      RawWebSocket.open(connection, EchoServer.WEBSOCKET).begun().send("40").receiveText();
      server.emit("big", "x".repeat(16 << 20));
      long before = System.nanoTime();
      server.stop();
      long millis = (System.nanoTime() - before) / 1_000_000;
      assertTrue(millis >= 450, "it did not wait: " + millis + " ms");
      assertTrue(millis < 5_000, "it took " + millis + " ms");
      assertEquals(0, server.sessionCount());
    }
  }

  @Test
  void stopDoesNotWaitForAnIdleServer() {
    TowpathServer server = builder().drain(Duration.ofSeconds(60)).build().start();
    RawWebSocket idle = joined(server);
    RawConnection silent = connect(server);
    long before = System.nanoTime();
    server.stop();
    long millis = (System.nanoTime() - before) / 1_000_000;
    assertTrue(millis < 10_000, "it took " + millis + " ms");
    idle.close();
    silent.close();
  }

  @Test
  void stopDoesNotWaitForEverForAHandlerOfTheApplicationThatHangs() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    TowpathServer server =
        builder()
            .handler(
                exchange ->
                    exchange.dispatch(
                        () -> {
                          entered.countDown();
                          try {
                            never.await();
                          } catch (InterruptedException stopped) {
                            Thread.currentThread().interrupt();
                          }
                        }))
            .build()
            .start();
    try (RawConnection connection = connect(server)) {
      connection.get("/hangs");
      assertTrue(entered.await(10, TimeUnit.SECONDS));
      long before = System.nanoTime();
      server.stop();
      long millis = (System.nanoTime() - before) / 1_000_000;
      assertTrue(millis < 8_000, "it took " + millis + " ms");
    }
  }

  @Test
  void stoppingTwiceAndClosingAfterwardsIsOneStop() {
    TowpathServer server = builder().build().start();
    server.stop();
    server.stop();
    server.close();
  }

  @Test
  void aStoppingServerOpensNoSession() throws Exception {
    TowpathServer server = builder().drain(Duration.ofSeconds(10)).build().start();
    InetSocketAddress address = server.address();
    String poll;
    Thread stopping = new Thread(server::stop);
    try (RawConnection connection = RawConnection.to(address, null)) {
      // This session holds up the end until it is polled once more.
      poll = EchoServer.openPolling(connection);
      stopping.start();
      Await.until("the server stops", () -> !isRunning(server));
      Await.until(
          "no session is opened",
          () -> connection.get(EchoServer.POLLING).answer().status() == 503);
      assertEquals("6\u001e1", connection.get(poll).answer().body());
    }
    // A session that slipped in just before holds it up for the whole drain limit.
    stopping.join(30_000);
    assertFalse(stopping.isAlive());
  }

  @Test
  void theApplicationServesWhatIsOutsideThePath() throws Exception {
    try (TowpathServer server =
        builder().handler(exchange -> exchange.getResponseSender().send("page")).build().start()) {
      HttpResponse<String> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create("http://localhost:" + server.address().getPort() + "/index"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertEquals("page", response.body());
    }
  }

  @Test
  void theJdksHttpClientPollsAsItIs() throws Exception {
    // It offers HTTP/2 with its first request.
    try (TowpathServer server = builder().build().start()) {
      HttpResponse<String> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create(
                              "http://localhost:"
                                  + server.address().getPort()
                                  + EchoServer.POLLING))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      assertTrue(response.body().startsWith("0{\"sid\":"), response.body());
    }
  }

  @Test
  void overHttpsThePageAndTheEventsComeFromOnePort() throws Exception {
    try (TowpathServer server =
        builder()
            .tls(TestKeys.context())
            .handler(exchange -> exchange.getResponseSender().send("page"))
            .build()
            .onConnection(socket -> socket.on("hello", String.class, n -> socket.emit("hi", n)))
            .start()) {
      HttpResponse<String> page =
          HttpClient.newBuilder()
              .sslContext(TestKeys.context())
              .build()
              .send(
                  HttpRequest.newBuilder(
                          URI.create("https://localhost:" + server.address().getPort() + "/"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertEquals("page", page.body());
      try (RawWebSocket webSocket =
          RawWebSocket.open(
                  RawConnection.to(server.address(), TestKeys.context()), EchoServer.WEBSOCKET)
              .begun()) {
        webSocket.send("40").receiveText();
        assertEquals("42[\"hi\",\"Ada\"]", webSocket.send("42[\"hello\",\"Ada\"]").receiveText());
      }
    }
  }

  @Test
  void optionsThatMakeNoSenseAreRefused() {
    TowpathServer.Builder builder = TowpathServer.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.port(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.port(65_536));
    assertThrows(IllegalArgumentException.class, () -> builder.ioThreads(0));
    assertThrows(IllegalArgumentException.class, () -> builder.drain(Duration.ofSeconds(-1)));
  }
}

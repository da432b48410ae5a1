package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.server.handlers.PathHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Towpath inside an Undertow that belongs to the application. */
class TowpathHandlerTest {
  private final TowpathHandler towpath =
      TowpathHandler.builder()
          .build()
          .onConnection(socket -> socket.on("hello", String.class, n -> socket.emit("hi", n)));
  private @Nullable Undertow undertow;

  private InetSocketAddress serve(HttpHandler handler) {
    Undertow started =
        Undertow.builder().addHttpListener(0, "localhost").setHandler(handler).build();
    undertow = started;
    started.start();
    return (InetSocketAddress) started.getListenerInfo().get(0).getAddress();
  }

  @AfterEach
  void stop() {
    towpath.close(Duration.ofMillis(500));
    if (undertow != null) {
      undertow.stop();
    }
    assertEquals(0, towpath.sessionCount());
  }

  private static void assertGreets(InetSocketAddress address, String path) {
    try (RawWebSocket webSocket =
        RawWebSocket.open(RawConnection.to(address, null), path + "?EIO=4&transport=websocket")
            .begun()) {
      webSocket.send("40").receiveText();
      assertEquals("42[\"hi\",\"Ada\"]", webSocket.send("42[\"hello\",\"Ada\"]").receiveText());
    }
  }

  private static String get(InetSocketAddress address, String target) {
    try (RawConnection connection = RawConnection.to(address, null)) {
      return connection.get(target).answer().body();
    }
  }

  @Test
  void beforeAnotherHandlerItTakesItsPathAndLeavesTheRest() {
    InetSocketAddress address =
        serve(towpath.before(exchange -> exchange.getResponseSender().send("application")));
    assertEquals("application", get(address, "/"));
    assertEquals("application", get(address, "/socket.iox/"));
    assertGreets(address, "/socket.io/");
  }

  @Test
  void besideOtherHandlersUnderAPrefixItFindsItsPath() {
    InetSocketAddress address =
        serve(
            new PathHandler()
                .addPrefixPath("/api", exchange -> exchange.getResponseSender().send("api"))
                .addPrefixPath("/socket.io", towpath));
    assertEquals("api", get(address, "/api/things"));
    assertGreets(address, "/socket.io/");
  }

  @Test
  void anotherPathMayBeChosenWithOrWithoutItsSlash() {
    TowpathHandler elsewhere =
        TowpathHandler.builder()
            .path("/live/chat")
            .build()
            .onConnection(socket -> socket.on("hello", String.class, n -> socket.emit("hi", n)));
    try {
      InetSocketAddress address = serve(elsewhere);
      assertGreets(address, "/live/chat/");
      assertTrue(get(address, "/live/chat/towpath.js").contains("io"));
    } finally {
      elsewhere.close(Duration.ofMillis(500));
    }
  }

  @Test
  void twoHandlersShareOnePortAndNothingElse() {
    TowpathHandler other = TowpathHandler.builder().path("/other/").build();
    try {
      InetSocketAddress address = serve(towpath.before(other));
      assertGreets(address, "/socket.io/");
      String sid = get(address, "/other/?EIO=4&transport=polling").substring(9, 31);
      assertEquals(1, other.sessionCount());
      assertEquals(
          "{\"code\":1,\"message\":\"Session ID unknown\"}",
          get(address, EchoServer.POLLING + "&sid=" + sid));
    } finally {
      other.close(Duration.ofMillis(100));
    }
  }

  @Test
  void closingItLeavesTheApplicationsServerRunning() {
    InetSocketAddress address =
        serve(towpath.before(exchange -> exchange.getResponseSender().send("application")));
    towpath.close(Duration.ofMillis(100));
    assertEquals("application", get(address, "/"));
    assertEquals(
        "{\"code\":3,\"message\":\"Too many sessions\"}", get(address, EchoServer.POLLING));
  }

  @Test
  void aHandlerAroundItHearsOfTheEndOfEveryExchange() {
    AtomicInteger running = new AtomicInteger();
    InetSocketAddress address =
        serve(
            exchange -> {
              running.incrementAndGet();
              exchange.addExchangeCompleteListener(
                  (ended, next) -> {
                    running.decrementAndGet();
                    next.proceed();
                  });
              towpath.handleRequest(exchange);
            });
    try (RawConnection answered = RawConnection.to(address, null);
        RawConnection overlapped = RawConnection.to(address, null);
        RawConnection overlapping = RawConnection.to(address, null)) {
      String poll = EchoServer.openPolling(answered);
      // The client can have an answer before its exchange counts as ended.
      Await.until("the opening has ended", () -> running.get() == 0);
      RawConnection aborted = RawConnection.to(address, null);
      aborted.get(poll);
      Await.until("the GET is parked", () -> running.get() == 1);
      aborted.reset();
      Await.until("the aborted GET has ended", () -> running.get() == 0);
      String second = EchoServer.openPolling(answered);
      Await.until("the second opening has ended", () -> running.get() == 0);
      overlapped.send(RawConnection.head("POST", second, "Content-Length: 10") + "4");
      Await.until("the POST is being read", () -> running.get() == 1);
      overlapping.post(second, "4x").answer();
      Await.until("both POSTs have ended", () -> running.get() == 0);
    }
  }

  @Test
  void undertowsGracefulShutdownIsNotHeldUpByClientsThatHaveGone() throws Exception {
    GracefulShutdownHandler graceful = new GracefulShutdownHandler(towpath);
    InetSocketAddress address = serve(graceful);
    RawConnection connection = RawConnection.to(address, null);
    connection.get(EchoServer.openPolling(connection));
    connection.reset();
    Await.until("the session has ended", () -> towpath.sessionCount() == 0);
    graceful.shutdown();
    assertTrue(graceful.awaitShutdown(10_000));
  }

  @Test
  void whatAHandlerThrowsIsToldAndTheSocketGoesOn() {
    LinkedBlockingQueue<String> thrown = new LinkedBlockingQueue<>();
    towpath.onError((socket, failure) -> thrown.add(String.valueOf(failure.getMessage())));
    towpath.onConnection(
        socket ->
            socket.on(
                "fail",
                () -> {
                  throw new IllegalStateException("as expected");
                }));
    InetSocketAddress address = serve(towpath);
    try (RawWebSocket webSocket =
        RawWebSocket.open(RawConnection.to(address, null), EchoServer.WEBSOCKET).begun()) {
      webSocket.send("40").receiveText();
      webSocket.send("42[\"fail\"]");
      assertEquals("as expected", EchoServer.next(thrown));
      assertEquals("42[\"hi\",\"Ada\"]", webSocket.send("42[\"hello\",\"Ada\"]").receiveText());
    }
  }

  @Test
  void aPathMustBeginWithASlash() {
    assertThrows(IllegalArgumentException.class, () -> TowpathHandler.builder().path("socket.io"));
  }
}

package io.towpath.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.ConnectionError;
import io.towpath.engine.MessageBatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What an application may say to the engine's requests, and what it hears of them. */
class EngineHooksTest {
  private final BlockingQueue<ConnectionError> errors = new LinkedBlockingQueue<>();

  private EchoServer start(UnaryOperator<TowpathHandler.Builder> change) {
    EchoServer server = EchoServer.start(null, builder -> builder.towpath(change));
    server.server.onConnectionError(errors::add);
    return server;
  }

  private EchoServer http(UnaryOperator<HttpOptions.Builder> change) {
    return start(towpath -> towpath.http(change));
  }

  private static RawConnection.Answer get(EchoServer server, String target, String... headers) {
    try (RawConnection connection = server.connect()) {
      return connection.get(target, headers).answer();
    }
  }

  private ConnectionError error() {
    return EchoServer.next(errors);
  }

  // connection_error

  @Test
  void everyRefusalIsToldWithItsCodeMessageAndContext() {
    try (EchoServer server = start(towpath -> towpath)) {
      get(server, "/socket.io/?EIO=4&transport=abc");
      ConnectionError told = error();
      assertEquals(0, told.code());
      assertEquals("Transport unknown", told.message());
      assertEquals(Map.of("transport", "abc"), told.context());
      assertEquals("/socket.io/?EIO=4&transport=abc", told.request().url());
      get(server, EchoServer.POLLING + "&sid=abc");
      assertEquals(Map.of("sid", "abc"), error().context());
      try (RawConnection connection = server.connect()) {
        connection.post(EchoServer.POLLING, "4x").answer();
        assertEquals(Map.of("method", "POST"), error().context());
      }
      get(server, EchoServer.WEBSOCKET);
      assertEquals(Map.of("name", "TRANSPORT_HANDSHAKE_ERROR"), error().context());
      get(server, "/socket.io/?EIO=3&transport=polling");
      told = error();
      assertEquals(5, told.code());
      assertEquals(Map.of("protocol", "3"), told.context());
    }
  }

  @Test
  void aSessionsOtherTransportOrRevisionIsNamedInTheContext() {
    try (EchoServer server = start(towpath -> towpath)) {
      String session = server.openPolling();
      get(server, session.replace("polling", "websocket"));
      assertEquals(
          Map.of(
              "name",
              "TRANSPORT_MISMATCH",
              "transport",
              "websocket",
              "previousTransport",
              "polling"),
          error().context());
      get(server, session.replace("EIO=4", "EIO=3"));
      assertEquals(
          Map.of("name", "PROTOCOL_MISMATCH", "protocol", "3", "previousProtocol", "4"),
          error().context());
    }
  }

  @Test
  void aRefusedUpgradeIsToldToo() {
    try (EchoServer server = start(towpath -> towpath)) {
      get(server, EchoServer.WEBSOCKET + "&sid=abc", RawWebSocket.UPGRADE);
      assertEquals(1, error().code());
    }
  }

  @Test
  void aFailingListenerChangesNothing() {
    try (EchoServer server = start(towpath -> towpath)) {
      server.server.onConnectionError(
          told -> {
            throw new IllegalStateException("a bug of the application");
          });
      assertEquals(400, get(server, "/socket.io/?EIO=4").status());
    }
  }

  // allowRequest

  @Test
  void allowRequestRefusesWith403AndItsMessageOnPollingAndWith400OnAnUpgrade() {
    try (EchoServer server =
        http(
            http ->
                http.allowRequest(
                    request ->
                        CompletableFuture.completedFuture(Admission.refused("no \"thanks\""))))) {
      RawConnection.Answer plain = get(server, EchoServer.POLLING);
      assertEquals(403, plain.status());
      assertEquals("{\"code\":4,\"message\":\"no \\\"thanks\\\"\"}", plain.body());
      ConnectionError told = error();
      assertEquals(4, told.code());
      assertEquals(Map.of("message", "no \"thanks\""), told.context());
      RawConnection.Answer upgrade = get(server, EchoServer.WEBSOCKET, RawWebSocket.UPGRADE);
      assertEquals(400, upgrade.status());
      assertEquals("no \"thanks\"", upgrade.body());
      assertEquals(0, server.server.sessionCount());
    }
  }

  @Test
  void allowRequestMayAnswerLaterAndFromAnotherThread() {
    BlockingQueue<CompletableFuture<Admission>> asked = new LinkedBlockingQueue<>();
    try (EchoServer server =
        http(
            http ->
                http.allowRequest(
                    request -> {
                      CompletableFuture<Admission> answer = new CompletableFuture<>();
                      asked.add(answer);
                      return answer;
                    }))) {
      try (RawConnection connection = server.connect()) {
        connection.get(EchoServer.POLLING);
        EchoServer.next(asked).complete(Admission.ALLOWED);
        assertEquals(200, connection.answer().status());
        connection.get(EchoServer.POLLING);
        EchoServer.next(asked).complete(Admission.REFUSED);
        assertEquals("{\"code\":4,\"message\":\"Forbidden\"}", connection.answer().body());
      }
      try (RawConnection connection = server.connect()) {
        connection.get(EchoServer.WEBSOCKET, RawWebSocket.UPGRADE);
        EchoServer.next(asked).complete(Admission.ALLOWED);
        RawWebSocket socket = RawWebSocket.opened(connection).begun();
        assertEquals("4x", socket.send("4x").receiveText());
      }
    }
  }

  @Test
  void allowRequestThatFailsOrTakesTooLongRefuses() {
    try (EchoServer server =
        http(
            http ->
                http.decisionTimeout(Duration.ofMillis(50))
                    .allowRequest(
                        request ->
                            request.parameter("fail") != null
                                ? CompletableFuture.failedFuture(new IllegalStateException("bug"))
                                : new CompletableFuture<>()))) {
      assertEquals(403, get(server, EchoServer.POLLING + "&fail=1").status());
      assertEquals(403, get(server, EchoServer.POLLING).status());
    }
  }

  @Test
  void allowRequestIsAskedForHandshakesAloneAndBeforeTheRevisionIsLookedAt() {
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    try (EchoServer server =
        http(
            http ->
                http.allowRequest(
                    request -> {
                      asked.add(request.url());
                      return CompletableFuture.completedFuture(Admission.ALLOWED);
                    }))) {
      String session = server.openPolling();
      try (RawConnection connection = server.connect()) {
        assertEquals("ok", connection.post(session, "4x").answer().body());
      }
      assertEquals(5, Integer.parseInt(code(get(server, "/socket.io/?transport=polling"))));
      assertEquals(
          List.of(EchoServer.POLLING, "/socket.io/?transport=polling"), List.copyOf(asked));
    }
  }

  private static String code(RawConnection.Answer answer) {
    return answer.body().substring(8, 9);
  }

  // Header hooks

  @Test
  void initialHeadersAreOnTheFirstAnswerAloneAndHeadersOnEveryOne() {
    try (EchoServer server =
        http(
            http ->
                http.initialHeaders((request, headers) -> headers.set("X-First", "1"))
                    .headers((request, headers) -> headers.set("X-Every", request.method())))) {
      RawConnection.Answer handshake = get(server, EchoServer.POLLING);
      assertEquals("1", handshake.header("X-First"));
      assertEquals("GET", handshake.header("X-Every"));
      String session = server.openPolling();
      try (RawConnection connection = server.connect()) {
        RawConnection.Answer post = connection.post(session, "4x").answer();
        assertNull(post.header("X-First"));
        assertEquals("POST", post.header("X-Every"));
        RawConnection.Answer poll = connection.get(session).answer();
        assertEquals("4x", poll.body());
        assertNull(poll.header("X-First"));
        assertEquals("GET", poll.header("X-Every"));
        RawConnection.Answer error = connection.get(session + "x").answer();
        assertNull(error.header("X-Every"), "not on errors");
      }
    }
  }

  @Test
  void headersAreOnThe101AndInitialOnesIfItOpensTheSession() {
    try (EchoServer server =
        http(
            http ->
                http.initialHeaders((request, headers) -> headers.set("X-First", "1"))
                    .headers((request, headers) -> headers.set("X-Every", "2")))) {
      try (RawConnection connection = server.connect()) {
        RawConnection.Answer opening =
            connection.get(EchoServer.WEBSOCKET, RawWebSocket.UPGRADE).answer(false);
        assertEquals("1", opening.header("X-First"));
        assertEquals("2", opening.header("X-Every"));
      }
      String session = server.openPolling().replace("polling", "websocket");
      try (RawConnection connection = server.connect()) {
        RawConnection.Answer upgrade = connection.get(session, RawWebSocket.UPGRADE).answer(false);
        assertNull(upgrade.header("X-First"));
        assertEquals("2", upgrade.header("X-Every"));
      }
    }
  }

  @Test
  void aHookThatFailsCostsItsHeadersAndNothingElse() {
    try (EchoServer server =
        http(
            http ->
                http.headers((request, headers) -> headers.set("X-Bad", "a\r\nSet-Cookie: b")))) {
      RawConnection.Answer answer = get(server, EchoServer.POLLING);
      assertEquals(200, answer.status());
      assertNull(answer.header("Set-Cookie"));
      assertNull(answer.header("X-Bad"));
    }
  }

  // Middlewares

  @Test
  void middlewaresRunInOrderOnEveryRequestAndTheirHeadersReachErrorsAndThe101() {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (EchoServer server =
        http(
            http ->
                http.use(
                        (request, next) -> {
                          seen.add("a " + request.request().method());
                          request.headers().set("X-A", "1");
                          next.proceed();
                        })
                    .use(
                        (request, next) -> {
                          seen.add("b");
                          new Thread(next::proceed).start();
                        }))) {
      String session = server.openPolling();
      try (RawConnection connection = server.connect()) {
        RawConnection.Answer post = connection.post(session, "4x").answer();
        assertEquals("ok", post.body());
        assertEquals("1", post.header("X-A"));
        assertEquals("1", connection.get("/socket.io/?EIO=4").answer().header("X-A"));
        RawConnection.Answer upgrade =
            connection
                .get(session.replace("polling", "websocket"), RawWebSocket.UPGRADE)
                .answer(false);
        assertEquals(101, upgrade.status());
        assertEquals("1", upgrade.header("X-A"));
      }
      assertEquals(
          List.of("a GET", "b", "a POST", "b", "a GET", "b", "a GET", "b"), List.copyOf(seen));
    }
  }

  @Test
  void aMiddlewareMayAnswerInPlaceOfTheEngine() {
    try (EchoServer server =
        http(
            http ->
                http.use(
                    (request, next) -> {
                      request.headers().set("WWW-Authenticate", "Bearer");
                      request.respond(401, "text/plain", "who are you?".getBytes(UTF_8));
                      next.proceed();
                    }))) {
      RawConnection.Answer plain = get(server, EchoServer.POLLING);
      assertEquals(401, plain.status());
      assertEquals("who are you?", plain.body());
      assertEquals("Bearer", plain.header("WWW-Authenticate"));
      RawConnection.Answer upgrade = get(server, EchoServer.WEBSOCKET, RawWebSocket.UPGRADE);
      assertEquals(401, upgrade.status());
      assertEquals("close", upgrade.header("Connection"));
      assertEquals(0, server.server.sessionCount());
    }
  }

  @Test
  void aMiddlewareThatFailsOrThrowsRefusesWithCode3() {
    try (EchoServer server =
        http(
            http ->
                http.use(
                    (request, next) -> {
                      if (request.request().parameter("throw") != null) {
                        throw new IllegalStateException("bug");
                      }
                      next.fail();
                    }))) {
      RawConnection.Answer answer = get(server, EchoServer.POLLING);
      assertEquals("{\"code\":3,\"message\":\"Bad request\"}", answer.body());
      assertEquals(Map.of("name", "MIDDLEWARE_FAILURE"), error().context());
      answer = get(server, EchoServer.POLLING + "&throw=1");
      assertEquals("{\"code\":3,\"message\":\"Bad request\"}", answer.body());
    }
  }

  // Cookie

  @Test
  void theCookieIsOnThePollingHandshakeAlone() {
    try (EchoServer server = http(http -> http.cookie(SessionCookie.defaults()))) {
      RawConnection.Answer answer = get(server, EchoServer.POLLING);
      String sid = EchoServer.next(server.opened).id();
      assertEquals("io=" + sid + "; Path=/; HttpOnly; SameSite=Lax", answer.header("Set-Cookie"));
      String session = EchoServer.POLLING + "&sid=" + sid;
      try (RawConnection connection = server.connect()) {
        assertNull(connection.post(session, "4x").answer().header("Set-Cookie"));
        assertNull(connection.get(session).answer().header("Set-Cookie"));
        assertNull(
            connection
                .get(EchoServer.WEBSOCKET, RawWebSocket.UPGRADE)
                .answer(false)
                .header("Set-Cookie"));
      }
    }
  }

  // Ids

  @Test
  void idsMayBeChosenByTheApplicationLaterToo() {
    try (EchoServer server =
        http(
            http ->
                http.sessionIds(
                    request -> CompletableFuture.supplyAsync(() -> request.parameter("id"))))) {
      assertTrue(
          get(server, EchoServer.POLLING + "&id=my-own_id").body().contains("\"my-own_id\""));
      try (RawConnection connection = server.connect()) {
        RawWebSocket socket =
            RawWebSocket.open(connection, EchoServer.WEBSOCKET + "&id=another").begun();
        assertEquals("4x", socket.send("4x").receiveText());
        assertEquals("my-own_id", EchoServer.next(server.opened).id());
        assertEquals("another", EchoServer.next(server.opened).id());
      }
    }
  }

  @Test
  void anIdThatIsMissingMalformedOrInUseRefusesWithCode3() {
    try (EchoServer server =
        http(
            http ->
                http.sessionIds(
                    request ->
                        request.parameter("id") == null
                            ? CompletableFuture.failedFuture(new IllegalStateException("none left"))
                            : CompletableFuture.completedFuture(request.parameter("id"))))) {
      assertEquals(200, get(server, EchoServer.POLLING + "&id=one").status());
      for (String bad : List.of("", "&id=one", "&id=a%20b", "&id=" + "x".repeat(65))) {
        assertEquals("3", code(get(server, EchoServer.POLLING + bad)), bad);
        assertEquals(Map.of("name", "ID_GENERATION_ERROR"), error().context());
      }
      assertEquals(200, get(server, EchoServer.POLLING + "&id=" + "x".repeat(64)).status());
      assertEquals(400, get(server, EchoServer.WEBSOCKET, RawWebSocket.UPGRADE).status());
    }
  }

  // Small ones

  @Test
  void theInitialPacketFollowsTheHandshakeInTheSameAnswer() {
    try (EchoServer server =
        start(
            towpath ->
                towpath.engine(engine -> engine.initialPacket(MessageBatch.text("welcome"))))) {
      String body = get(server, EchoServer.POLLING).body();
      assertTrue(body.startsWith("0{") && body.endsWith("}\u001e4welcome"), body);
      try (RawWebSocket socket = server.openWebSocket()) {
        assertEquals("4welcome", socket.receiveText());
      }
    }
  }

  @Test
  void withoutTheTrailingSlashEverythingThatBeginsWithThePathIsTheEngines() {
    try (EchoServer server = start(towpath -> towpath.path("/live/").addTrailingSlash(false))) {
      assertEquals(200, get(server, "/live?EIO=4&transport=polling").status());
      assertEquals(200, get(server, "/live/?EIO=4&transport=polling").status());
      assertEquals(404, get(server, "/liv?EIO=4&transport=polling").status());
    }
    try (EchoServer server = start(towpath -> towpath.path("/live"))) {
      assertEquals(404, get(server, "/live?EIO=4&transport=polling").status());
      assertEquals(200, get(server, "/live/?EIO=4&transport=polling").status());
    }
  }

  @Test
  void withoutUpgradesTheHandshakeOffersNone() {
    try (EchoServer server =
        start(towpath -> towpath.engine(engine -> engine.allowUpgrades(false)))) {
      assertTrue(get(server, EchoServer.POLLING).body().contains("\"upgrades\":[]"));
    }
  }

  @Test
  void compressionOfPollsIsAnOption() {
    String big = "4" + "x".repeat(2000);
    for (boolean compress : List.of(true, false)) {
      try (EchoServer server =
              start(towpath -> towpath.polling(polling -> polling.httpCompression(compress)));
          RawConnection connection = server.connect()) {
        String session = server.openPolling();
        connection.post(session, big).answer();
        RawConnection.Answer answer = connection.get(session, "Accept-Encoding: gzip").answer();
        assertEquals(compress ? "gzip" : null, answer.header("Content-Encoding"));
      }
    }
  }

  @Test
  void oldInternetExplorersAreToldToLeaveTheirFilterOff() {
    try (EchoServer server = start(towpath -> towpath)) {
      for (String agent : List.of("Mozilla/4.0 (compatible;MSIE 8.0)", "Trident/7.0; rv:11.0")) {
        assertEquals(
            "0",
            get(server, EchoServer.POLLING, "User-Agent: " + agent).header("X-XSS-Protection"));
      }
      assertNull(
          get(server, EchoServer.POLLING, "User-Agent: Mozilla/5.0").header("X-XSS-Protection"));
    }
  }
}

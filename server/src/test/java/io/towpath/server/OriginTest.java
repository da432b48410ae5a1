package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pages are let in: the same answer on polling and on WebSocket, for every policy. */
class OriginTest {
  private @Nullable EchoServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private EchoServer serve(CorsPolicy policy) {
    EchoServer started = EchoServer.start(null, builder -> builder.cors(policy));
    server = started;
    return started;
  }

  private RawConnection.Answer send(
      CorsPolicy policy, String method, String target, String... headers) {
    EchoServer running = server != null ? server : serve(policy);
    try (RawConnection connection = running.connect()) {
      connection.request(method, target, headers);
      return connection.answer();
    }
  }

  private static String[] upgrade(String... more) {
    List<String> headers = new ArrayList<>(List.of(RawWebSocket.UPGRADE));
    headers.addAll(List.of(more));
    return headers.toArray(new String[0]);
  }

  /** Asserts the same verdict on both transports. */
  private void assertVerdict(boolean admitted, CorsPolicy policy, String... headers) {
    assertEquals(
        admitted ? 200 : 403, send(policy, "GET", EchoServer.POLLING, headers).status(), "polling");
    assertEquals(
        admitted ? 101 : 400,
        send(policy, "GET", EchoServer.WEBSOCKET, upgrade(headers)).status(),
        "WebSocket");
  }

  @ParameterizedTest
  @CsvSource({
    "http://site.example, site.example",
    "http://site.example, site.example:80",
    "http://site.example:80, site.example",
    "https://site.example, site.example",
    "https://site.example, site.example:443",
    "http://site.example:8080, site.example:8080",
    "HTTP://Site.Example, site.example",
    "http://127.0.0.1:8080, 127.0.0.1:8080",
    "http://[::1]:8080, [::1]:8080"
  })
  void withoutAnyRuleAPageOfTheSameHostAndPortIsLetIn(String origin, String host) {
    assertVerdict(true, CorsPolicy.sameOrigin(), "Host: " + host, "Origin: " + origin);
  }

  @ParameterizedTest
  @CsvSource({
    "http://evil.example, site.example",
    "http://site.example.evil.example, site.example",
    "http://sub.site.example, site.example",
    "http://site.example:8081, site.example:8080",
    "https://site.example:8443, site.example",
    "http://site.example, site.example:443",
    "http://user@site.example, site.example",
    "site.example, site.example",
    "null, site.example"
  })
  void withoutAnyRuleEveryOtherPageIsRefused(String origin, String host) {
    assertVerdict(false, CorsPolicy.sameOrigin(), "Host: " + host, "Origin: " + origin);
  }

  @Test
  void aClientThatIsNoBrowserNamesNoOriginAndIsLetIn() {
    assertVerdict(true, CorsPolicy.sameOrigin());
  }

  @Test
  void namedOriginsAreLetInBesidesTheOwnAndNobodyElse() {
    CorsPolicy policy = CorsPolicy.origins(List.of("https://friend.example"));
    assertVerdict(true, policy, "Origin: https://friend.example");
    assertVerdict(true, policy, "Origin: http://localhost");
    assertVerdict(false, policy, "Origin: http://friend.example");
    assertVerdict(false, policy, "Origin: https://friend.example:8443");
    assertVerdict(false, policy, "Origin: https://evil.example");
  }

  @Test
  void aRuleOfTheApplicationDecides() {
    CorsPolicy policy = CorsPolicy.matching(origin -> origin.endsWith(".friend.example"));
    assertVerdict(true, policy, "Origin: https://a.friend.example");
    assertVerdict(false, policy, "Origin: https://a.foe.example");
  }

  @Test
  void everybodyIsLetInWhenThatIsWanted() {
    assertVerdict(true, CorsPolicy.everybody(), "Origin: https://any.example");
    assertVerdict(true, CorsPolicy.everybody(), "Origin: null");
  }

  @Test
  void requestsOfASessionAreJudgedLikeItsFirst() {
    EchoServer running = serve(CorsPolicy.sameOrigin());
    String poll = running.openPolling();
    RawConnection.Answer answer =
        send(
            CorsPolicy.sameOrigin(),
            "POST",
            poll,
            "Content-Length: 0",
            "Origin: https://evil.example");
    assertEquals(403, answer.status());
    try (RawConnection connection = running.connect()) {
      assertEquals("ok", connection.post(poll, "4alive").answer().body());
    }
  }

  @Test
  void whoeverIsLetInMayReadTheAnswer() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.origins(List.of("https://friend.example")),
            "GET",
            EchoServer.POLLING,
            "Origin: https://friend.example");
    assertEquals("https://friend.example", answer.header("Access-Control-Allow-Origin"));
    assertEquals("Origin", answer.header("Vary"));
    assertNull(answer.header("Access-Control-Allow-Credentials"));
  }

  @Test
  void credentialsAreAllowedWhenThatIsWanted() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.origins(List.of("https://friend.example")).withCredentials(),
            "GET",
            EchoServer.POLLING,
            "Origin: https://friend.example");
    assertEquals("true", answer.header("Access-Control-Allow-Credentials"));
  }

  @Test
  void credentialsForEverybodyAreAMistake() {
    assertThrows(IllegalStateException.class, () -> CorsPolicy.everybody().withCredentials());
  }

  @Test
  void everybodyIsToldWithAnAsterisk() {
    RawConnection.Answer answer =
        send(CorsPolicy.everybody(), "GET", EchoServer.POLLING, "Origin: https://any.example");
    assertEquals("*", answer.header("Access-Control-Allow-Origin"));
    assertNull(answer.header("Vary"));
  }

  @Test
  void errorRepliesCarryTheHeadersToo() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.everybody(),
            "GET",
            EchoServer.POLLING + "&sid=gone",
            "Origin: https://any.example");
    assertEquals(400, answer.status());
    assertEquals("*", answer.header("Access-Control-Allow-Origin"));
  }

  @Test
  void the101CarriesTheHeadersToo() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.origins(List.of("https://friend.example")),
            "GET",
            EchoServer.WEBSOCKET,
            upgrade("Origin: https://friend.example"));
    assertEquals(101, answer.status());
    assertEquals("https://friend.example", answer.header("Access-Control-Allow-Origin"));
  }

  @Test
  void aRefusedOriginMayNotReadTheRefusal() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.origins(List.of("https://friend.example")),
            "GET",
            EchoServer.POLLING,
            "Origin: https://evil.example");
    assertEquals(403, answer.status());
    assertNull(answer.header("Access-Control-Allow-Origin"));
    assertEquals("Origin", answer.header("Vary"));
  }

  @Test
  void aPreflightOfWhomIsLetInIs204WithWhatItMayDo() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.origins(List.of("https://friend.example")).withCredentials(),
            "OPTIONS",
            EchoServer.POLLING,
            "Origin: https://friend.example",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: x-token");
    assertEquals(204, answer.status());
    assertEquals("https://friend.example", answer.header("Access-Control-Allow-Origin"));
    assertEquals("true", answer.header("Access-Control-Allow-Credentials"));
    assertEquals("GET,HEAD,PUT,PATCH,POST,DELETE", answer.header("Access-Control-Allow-Methods"));
    assertEquals("x-token", answer.header("Access-Control-Allow-Headers"));
    assertEquals("Origin, Access-Control-Request-Headers", answer.header("Vary"));
  }

  @Test
  void aPreflightOfAStrangerIsRefused() {
    RawConnection.Answer answer =
        send(
            CorsPolicy.sameOrigin(),
            "OPTIONS",
            EchoServer.POLLING,
            "Origin: https://evil.example",
            "Access-Control-Request-Method: POST");
    assertEquals(403, answer.status());
    assertNull(answer.header("Access-Control-Allow-Methods"));
  }
}

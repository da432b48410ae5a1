package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The headers of every answer under a {@link CorsPolicy}, as the {@code cors} package sets them.
 */
class CorsPolicyHeadersTest {
  private static final String PAGE = "https://page.example";
  private static final String ORIGIN = "Origin: " + PAGE;

  private static EchoServer start(CorsPolicy policy) {
    return EchoServer.start(null, builder -> builder.cors(policy));
  }

  private static RawConnection.Answer get(EchoServer server, String target, String... headers) {
    try (RawConnection connection = server.connect()) {
      return connection.get(target, headers).answer();
    }
  }

  private static RawConnection.Answer preflight(EchoServer server, String... headers) {
    try (RawConnection connection = server.connect()) {
      return connection.request("OPTIONS", EchoServer.POLLING, headers).answer();
    }
  }

  @Test
  void everybodyIsAnAsteriskWithoutVary() {
    try (EchoServer server = start(CorsPolicy.everybody())) {
      RawConnection.Answer answer = get(server, EchoServer.POLLING, ORIGIN);
      assertEquals("*", answer.header("Access-Control-Allow-Origin"));
      assertNull(answer.header("Vary"));
    }
  }

  @Test
  void oneOriginIsNamedWhoeverAsksAndLetInAlone() {
    try (EchoServer server = start(CorsPolicy.origin(PAGE))) {
      RawConnection.Answer unasked = get(server, EchoServer.POLLING);
      assertEquals(PAGE, unasked.header("Access-Control-Allow-Origin"));
      assertEquals("Origin", unasked.header("Vary"));
      assertEquals(200, get(server, EchoServer.POLLING, ORIGIN).status());
      assertEquals(403, get(server, EchoServer.POLLING, "Origin: https://evil.example").status());
    }
  }

  @Test
  void aPatternHasToMatchTheWholeOrigin() {
    try (EchoServer server =
        start(CorsPolicy.matching(Pattern.compile("https://[a-z]+\\.example")))) {
      RawConnection.Answer answer = get(server, EchoServer.POLLING, ORIGIN);
      assertEquals(PAGE, answer.header("Access-Control-Allow-Origin"));
      assertEquals("Origin", answer.header("Vary"));
      RawConnection.Answer evil =
          get(server, EchoServer.POLLING, "Origin: https://page.example.evil.net");
      assertEquals(403, evil.status());
      assertNull(evil.header("Access-Control-Allow-Origin"));
      assertEquals("Origin", evil.header("Vary"));
    }
  }

  @Test
  void credentialsAndExposedHeadersAreOnAnswersErrorsThe101AndTheClientsFiles() {
    CorsPolicy policy =
        CorsPolicy.origins(List.of(PAGE)).withCredentials().exposing("X-One", "X-Two");
    try (EchoServer server = start(policy);
        RawConnection connection = server.connect()) {
      for (RawConnection.Answer answer :
          List.of(
              get(server, EchoServer.POLLING, ORIGIN),
              get(server, "/socket.io/?EIO=4", ORIGIN),
              get(server, "/socket.io/towpath.js", ORIGIN),
              connection
                  .get(
                      EchoServer.WEBSOCKET,
                      ORIGIN,
                      RawWebSocket.UPGRADE[0],
                      RawWebSocket.UPGRADE[1],
                      RawWebSocket.UPGRADE[2],
                      RawWebSocket.UPGRADE[3])
                  .answer(false))) {
        assertEquals(PAGE, answer.header("Access-Control-Allow-Origin"), answer.toString());
        assertEquals("true", answer.header("Access-Control-Allow-Credentials"));
        assertEquals("X-One,X-Two", answer.header("Access-Control-Expose-Headers"));
      }
    }
  }

  @Test
  void credentialsForEverybodyAreRefused() {
    assertThrows(IllegalStateException.class, () -> CorsPolicy.everybody().withCredentials());
  }

  @Test
  void aPreflightAllowsThePackagesMethodsAndTheHeadersThatItAsksFor() {
    try (EchoServer server = start(CorsPolicy.origins(List.of(PAGE)))) {
      RawConnection.Answer answer =
          preflight(server, ORIGIN, "Access-Control-Request-Headers: x-a, x-b");
      assertEquals(204, answer.status());
      assertEquals("GET,HEAD,PUT,PATCH,POST,DELETE", answer.header("Access-Control-Allow-Methods"));
      assertEquals("x-a, x-b", answer.header("Access-Control-Allow-Headers"));
      assertEquals("Origin, Access-Control-Request-Headers", answer.header("Vary"));
      assertNull(answer.header("Access-Control-Max-Age"));
    }
  }

  @Test
  void aPreflightSaysWhatThePolicySays() {
    CorsPolicy policy =
        CorsPolicy.everybody()
            .methods("GET", "POST")
            .allowedHeaders("x-a")
            .maxAge(Duration.ofMinutes(10))
            .optionsSuccessStatus(200);
    try (EchoServer server = start(policy)) {
      RawConnection.Answer answer =
          preflight(server, ORIGIN, "Access-Control-Request-Headers: x-other");
      assertEquals(200, answer.status());
      assertEquals("0", answer.header("Content-Length"));
      assertEquals("GET,POST", answer.header("Access-Control-Allow-Methods"));
      assertEquals("x-a", answer.header("Access-Control-Allow-Headers"));
      assertEquals("600", answer.header("Access-Control-Max-Age"));
    }
  }

  @Test
  void withPreflightContinueAPreflightIsARequestAsAnyOther() {
    try (EchoServer server = start(CorsPolicy.everybody().preflightContinue())) {
      RawConnection.Answer answer = preflight(server, ORIGIN);
      assertEquals("{\"code\":2,\"message\":\"Bad handshake method\"}", answer.body());
      assertEquals("*", answer.header("Access-Control-Allow-Origin"));
    }
  }

  @Test
  void withoutCorsAPreflightIsARequestAsAnyOther() {
    try (EchoServer server = start(CorsPolicy.sameOrigin())) {
      RawConnection.Answer answer = preflight(server, "Host: page.example", ORIGIN);
      assertEquals(400, answer.status());
      assertEquals("{\"code\":2,\"message\":\"Bad handshake method\"}", answer.body());
    }
  }

  @Test
  void thePolicyMayDependOnTheRequest() {
    try (EchoServer server =
        EchoServer.start(
            null,
            builder ->
                builder.towpath(
                    towpath ->
                        towpath.cors(
                            request ->
                                request.parameter("open") != null
                                    ? CorsPolicy.everybody()
                                    : CorsPolicy.sameOrigin())))) {
      assertEquals(200, get(server, EchoServer.POLLING + "&open=1", ORIGIN).status());
      assertEquals(403, get(server, EchoServer.POLLING, ORIGIN).status());
    }
  }
}

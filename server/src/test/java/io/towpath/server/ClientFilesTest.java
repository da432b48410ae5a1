package io.towpath.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The browser client as the server hands it out. */
class ClientFilesTest {
  private static TowpathServer server;

  @BeforeAll
  static void start() {
    server =
        TowpathServer.builder()
            .port(0)
            .cors(CorsPolicy.origins(List.of("https://friend.example")))
            .build()
            .start();
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  private static RawConnection.Answer request(String method, String file, String... headers) {
    try (RawConnection connection = RawConnection.to(server.address(), null)) {
      return connection
          .request(method, "/socket.io/" + file, headers)
          .answer(!method.equals("HEAD"));
    }
  }

  private static String bundle(String file) throws Exception {
    try (InputStream in = ClientFilesTest.class.getResourceAsStream("/io/towpath/client/" + file)) {
      assertNotNull(in, file);
      return new String(in.readAllBytes(), ISO_8859_1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "towpath.js",
        "towpath.min.js",
        "towpath.esm.js",
        "towpath.esm.min.js",
        "towpath.cjs",
        "towpath.resumable.js",
        "towpath.resumable.min.js",
        "towpath.resumable.esm.js",
        "towpath.resumable.esm.min.js",
        "towpath.resumable.cjs"
      })
  void everyBundleIsServedAsScriptAndItsMapAsJson(String file) throws Exception {
    RawConnection.Answer script = request("GET", file);
    assertEquals(200, script.status());
    assertEquals("text/javascript; charset=utf-8", script.header("Content-Type"));
    assertEquals("nosniff", script.header("X-Content-Type-Options"));
    assertEquals("public, max-age=0", script.header("Cache-Control"));
    assertEquals(bundle(file), script.body());
    RawConnection.Answer map = request("GET", file + ".map");
    assertEquals("application/json; charset=utf-8", map.header("Content-Type"));
    assertEquals(bundle(file + ".map"), map.body());
  }

  @ParameterizedTest
  @CsvSource({
    "socket.io.js, towpath.js",
    "socket.io.min.js, towpath.min.js",
    "socket.io.esm.min.js, towpath.esm.min.js"
  })
  void theReferencesNamesLeadToOurBundles(String alias, String file) throws Exception {
    assertEquals(bundle(file), request("GET", alias).body());
  }

  @Test
  void aBundleThatTheClientHasIs304WithoutABody() {
    String tag = String.valueOf(request("GET", "towpath.js").header("ETag"));
    assertTrue(tag.matches("\"[0-9a-f]{32}\""), tag);
    for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag)) {
      RawConnection.Answer answer = request("GET", "towpath.js", "If-None-Match: " + known);
      assertEquals(304, answer.status(), known);
      assertEquals(tag, answer.header("ETag"));
      assertEquals("", answer.body());
    }
    assertEquals(200, request("GET", "towpath.js", "If-None-Match: \"other\"").status());
  }

  @Test
  void differentBundlesHaveDifferentTags() {
    assertNotEquals(
        request("GET", "towpath.js").header("ETag"),
        request("GET", "towpath.min.js").header("ETag"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate, gzip, br", "GZIP", "gzip;q=0.5"})
  void whoAcceptsGzipGetsIt(String encodings) throws Exception {
    RawConnection.Answer answer = request("GET", "towpath.js", "Accept-Encoding: " + encodings);
    assertEquals("gzip", answer.header("Content-Encoding"));
    assertTrue(String.valueOf(answer.header("Vary")).contains("Accept-Encoding"));
    byte[] body = answer.body().getBytes(ISO_8859_1);
    assertEquals(
        bundle("towpath.js"),
        new String(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes(), ISO_8859_1));
    assertNotEquals(request("GET", "towpath.js").header("ETag"), answer.header("ETag"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "br", "gzip;q=0", "gzip; q=0.0", "x"})
  void whoDoesNotAcceptGzipGetsItPlain(String encodings) throws Exception {
    RawConnection.Answer answer = request("GET", "towpath.js", "Accept-Encoding: " + encodings);
    assertNull(answer.header("Content-Encoding"));
    assertEquals(bundle("towpath.js"), answer.body());
  }

  @Test
  void aHeadHasTheHeadersOfTheGetAndNoBody() {
    RawConnection.Answer get = request("GET", "towpath.js");
    try (RawConnection connection = RawConnection.to(server.address(), null)) {
      RawConnection.Answer head = connection.request("HEAD", "/socket.io/towpath.js").answer(false);
      assertEquals(get.header("Content-Length"), head.header("Content-Length"));
      assertEquals(get.header("ETag"), head.header("ETag"));
      assertEquals(200, connection.get("/socket.io/towpath.js").answer().status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void anotherMethodIs405(String method) {
    RawConnection.Answer answer = request(method, "towpath.js");
    assertEquals(405, answer.status());
    assertEquals("GET, HEAD", answer.header("Allow"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"towpath.d.ts", "nothing.js", "../client/towpath.js", "towpath.js/", "TOWPATH.JS"})
  void anyOtherNameBelongsToTheEngine(String file) {
    assertEquals("{\"code\":0,\"message\":\"Transport unknown\"}", request("GET", file).body());
  }

  @Test
  void anOriginThatIsLetInMayReadTheBundlesAndCachesAreTold() {
    RawConnection.Answer friend =
        request("GET", "towpath.esm.js", "Origin: https://friend.example");
    assertEquals("https://friend.example", friend.header("Access-Control-Allow-Origin"));
    RawConnection.Answer stranger =
        request("GET", "towpath.esm.js", "Origin: https://stranger.example");
    assertEquals(200, stranger.status());
    assertNull(stranger.header("Access-Control-Allow-Origin"));
    assertEquals("Origin, Accept-Encoding", stranger.header("Vary"));
  }

  @Test
  void theBundlesMayBeLeftOut() {
    try (TowpathServer without =
            TowpathServer.builder()
                .port(0)
                .drain(Duration.ZERO)
                .towpath(towpath -> towpath.serveClient(false))
                .build()
                .start();
        RawConnection connection = RawConnection.to(without.address(), null)) {
      assertEquals(400, connection.get("/socket.io/towpath.js").answer().status());
    }
  }
}

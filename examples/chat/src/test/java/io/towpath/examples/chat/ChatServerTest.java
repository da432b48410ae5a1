package io.towpath.examples.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.server.TowpathServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatServerTest {
  private static final TowpathServer SERVER = ChatServer.on(0);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    SERVER.start();
  }

  @AfterAll
  static void stop() {
    SERVER.stop();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://localhost:" + SERVER.address().getPort() + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  @Test
  void thePageAndAllThatItNamesAreServed() throws Exception {
    HttpResponse<String> page = get("/");
    assertEquals(200, page.statusCode());
    assertEquals("text/html; charset=utf-8", page.headers().firstValue("Content-Type").get());
    Matcher named = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page.body());
    int count = 0;
    while (named.find()) {
      String path = named.group(1).startsWith("/") ? named.group(1) : "/" + named.group(1);
      assertEquals(200, get(path).statusCode(), path);
      count++;
    }
    assertTrue(count >= 4, "style sheet, script, icon and client");
  }

  @Test
  void theScriptsThatScriptsImportAreServed() throws Exception {
    Matcher imported = Pattern.compile("from \"\\./([^\"]+)\"").matcher(get("/chat.js").body());
    int count = 0;
    while (imported.find()) {
      HttpResponse<String> script = get("/" + imported.group(1));
      assertEquals(200, script.statusCode(), imported.group(1));
      assertEquals(
          "text/javascript; charset=utf-8", script.headers().firstValue("Content-Type").get());
      count++;
    }
    assertEquals(4, count);
  }

  @Test
  void thePageMayLoadNothingFromElsewhereAndRunNothingInline() throws Exception {
    String policy = get("/").headers().firstValue("Content-Security-Policy").get();
    assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
    assertTrue(!policy.contains("unsafe"), policy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ChatServer.class", "/index.html/", "/../pom.xml", "/nothing"})
  void nothingElseIsServed(String path) throws Exception {
    assertEquals(404, get(path).statusCode());
  }

  @Test
  void thePortIsAPropertyAndTheNextOneIsThere() {
    assertEquals(8080, ChatServer.port(null));
    assertEquals(8080, ChatServer.port(""));
    assertEquals(1, ChatServer.port("1"));
    assertEquals(65_534, ChatServer.port("65534"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65535", "-1", "http", "123456"})
  void aPortThatCannotBeIsSaidInOneLine(String property) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> ChatServer.port(property)).getMessage();
    assertEquals("The port must be a number from 1 to 65534, not '" + property + "'", message);
  }

  @Test
  void aBusyPortIsOneClearLineAndExitCode1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      assertOneLine(taken.getLocalPort(), "" + taken.getLocalPort());
    }
  }

  @Test
  void aBusyPortForTheProxyIsOneClearLineAndExitCode1() throws Exception {
    try (ServerSocket taken = takePortAfterAFreeOne()) {
      assertOneLine(taken.getLocalPort() - 1, "" + taken.getLocalPort());
    }
  }

  private static ServerSocket takePortAfterAFreeOne() throws IOException {
    for (int attempt = 0; attempt < 100; attempt++) {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
        return new ServerSocket(free.getLocalPort() + 1, 1, InetAddress.getByName("localhost"));
      } catch (IOException busy) {
        // Another program has that port: the next pair will do.
      }
    }
    throw new IOException("no pair of ports found");
  }

  private static void assertOneLine(int port, String named) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dport=" + port,
            "-cp",
            System.getProperty("java.class.path"),
            ChatServer.class.getName());
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertEquals(1, process.exitValue(), output);
    assertEquals(1, output.lines().count(), output);
    assertTrue(output.contains(named) && output.contains("-Dport="), output);
  }
}

package io.towpath.server;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The sample of {@code docs/resumable-sessions.md}, said to the server line by line. */
class ResumableSampleTest {
  private static final Pattern REQUEST =
      Pattern.compile("(GET|POST) +(transport=\\S+)(?: +(\\S+))? +(\\d{3})(?: +(\\S+))?");
  private static final Pattern SAYS = Pattern.compile("(stream|server|client): (\\S+)");

  private final EchoServer echo = EchoServer.start();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Heard heard = new Heard();
  private String sid = "";
  private @Nullable InputStream stream;
  private @Nullable WebSocket webSocket;

  @AfterEach
  void stop() {
    echo.close();
  }

  private static List<String> sample() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "resumable-sessions.md"));
    String section = page.substring(page.indexOf("\n## A sample\n"));
    return section
        .substring(0, section.indexOf("\n## ", 1))
        .lines()
        .filter(line -> line.startsWith("    "))
        .map(line -> line.strip().replace('␞', '\u001e'))
        .toList();
  }

  @Test
  void everyLineOfTheSampleIsTrue() throws Exception {
    List<String> lines = sample();
    assertTrue(lines.size() > 15, lines::toString);
    for (String line : lines) {
      Matcher request = REQUEST.matcher(line);
      Matcher says = SAYS.matcher(line);
      if (request.matches()) {
        exchange(
            line,
            request.group(1),
            request.group(2),
            request.group(3),
            request.group(4),
            request.group(5));
      } else if (says.matches()) {
        assertEquals(says.group(2), said(says.group(1), says.group(2)), line);
      } else {
        fail("no line of a sample: " + line);
      }
    }
  }

  private String said(String who, String what) throws IOException {
    switch (who) {
      case "client" -> {
        requireNonNull(webSocket).sendText(what, true).join();
        return what;
      }
      case "server" -> {
        return EchoServer.next(heard.events);
      }
      default -> {
        InputStream body = requireNonNull(stream);
        if (what.equals("end")) {
          assertEquals(-1, body.read());
          return what;
        }
        return new String(
            body.readNBytes(what.getBytes(StandardCharsets.UTF_8).length), StandardCharsets.UTF_8);
      }
    }
  }

  private void exchange(
      String line,
      String method,
      String query,
      @Nullable String body,
      String status,
      @Nullable String answer)
      throws Exception {
    String target = "/socket.io/?EIO=4&" + query.replace("sid=…", "sid=" + sid);
    int port = echo.server.address().getPort();
    if (status.equals("101")) {
      URI uri = URI.create("ws://127.0.0.1:" + port + target);
      webSocket = client.newWebSocketBuilder().buildAsync(uri, heard).join();
      return;
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
            .method(
                method,
                body == null && method.equals("GET")
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body == null ? "" : body))
            .build();
    HttpResponse<InputStream> response =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(status, String.valueOf(response.statusCode()), line);
    if (query.startsWith("transport=stream&sid=…&attach")) {
      stream = response.body();
      assertEquals(answer, said("stream", answer == null ? "" : answer), line);
      return;
    }
    String text = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    if (answer != null) {
      String expected = "\\Q" + answer.replace("…", "\\E.*\\Q") + "\\E";
      assertTrue(text.matches(expected), () -> line + " was " + text);
    }
    if (sid.isEmpty()) {
      Matcher opened = Pattern.compile("\"sid\":\"([^\"]+)\"").matcher(text);
      assertTrue(opened.find(), text);
      sid = opened.group(1);
    }
  }

  /** What a WebSocket brings: packets as text, and the code of its close. */
  private static final class Heard implements WebSocket.Listener {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

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
      events.add(String.valueOf(statusCode));
      return null;
    }
  }
}

package io.towpath.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The server and the page of the README do what it says: the one is compiled and run as a program
 * of its own, the other is fetched from it, and its script is run in Node with the client that is
 * built.
 */
class ReadmeTest {
  /** Stands in for the browser: shows what the page appends, and says what stands in its field. */
  private static final String BROWSER =
      """
      const { io: connect } = require(process.argv[2]);
      const elements = {
        form: {},
        input: { value: "from the page" },
        pre: { append: (text) => process.stdout.write(text) },
      };
      globalThis.document = { querySelector: (name) => elements[name] };
      globalThis.io = () => {
        const socket = connect(process.argv[3]);
        socket.on("connect", () => elements.form.onsubmit());
        return socket;
      };
      (0, eval)(require("fs").readFileSync(process.argv[4], "utf8"));
      """;

  private final List<Process> processes = new ArrayList<>();
  private Path folder;
  private String readme;

  @BeforeEach
  void read() throws IOException {
    folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "readme");
    readme = Files.readString(Path.of("..", "README.md"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private String block(String language, String start) {
    Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(readme);
    while (block.find()) {
      if (block.group(1).startsWith(start)) {
        return block.group(1);
      }
    }
    throw new AssertionError("the README has no " + language + " that begins with " + start);
  }

  private void compile(String name, String source) throws IOException {
    Path file = Files.writeString(folder.resolve(name + ".java"), source);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-d", folder.toString(), "-Xlint:all", "-cp", classPath(), "-proc:none"),
                null,
                compiler.getStandardFileManager(null, null, UTF_8).getJavaFileObjects(file))
            .call();
    assertTrue(compiled, messages.toString());
  }

  private static String classPath() {
    String separator = System.getProperty("path.separator");
    String relative =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(relative.split(Pattern.quote(separator), -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(separator));
  }

  private Process start(ProcessBuilder builder) throws IOException {
    Process process =
        builder
            .directory(folder.toFile())
            .redirectError(folder.resolve("errors.txt").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private String line(BufferedReader output) throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new AssertionError("it ended: " + Files.readString(folder.resolve("errors.txt")));
    }
    return line;
  }

  @Test
  void theServerHasFifteenLinesAndThePageTen() {
    assertEquals(15, block("java", "import").lines().count());
    assertEquals(10, block("html", "<!doctype").lines().count());
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void theServerAndThePageTalkToEachOther() throws Exception {
    String program = block("java", "import");
    String page = block("html", "<!doctype");
    compile(
        "Hello",
        program
            .replace(".port(8080)", ".port(0)")
            .replace("server.start();", "System.out.println(server.start().address().getPort());"));
    Files.createDirectories(folder.resolve("web"));
    Files.writeString(folder.resolve("web/index.html"), page);
    Process java =
        start(
            new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                folder.toAbsolutePath() + System.getProperty("path.separator") + classPath(),
                "Hello"));
    InetSocketAddress address =
        new InetSocketAddress("localhost", Integer.parseInt(line(java.inputReader())));

    try (RawConnection connection = RawConnection.to(address, null)) {
      assertEquals(page, connection.get("/").answer().body());
      Matcher script = Pattern.compile("<script src=\"([^\"]+)\">").matcher(page);
      assertTrue(script.find());
      RawConnection.Answer client = connection.get(script.group(1)).answer();
      assertEquals(200, client.status());
      assertEquals("text/javascript; charset=utf-8", client.header("Content-Type"));
    }

    try (RawWebSocket other =
        RawWebSocket.open(RawConnection.to(address, null), EchoServer.WEBSOCKET).begun()) {
      other.send("40").receiveText();
      Matcher script = Pattern.compile("(?s)<script>(.*?)</script>").matcher(page);
      assertTrue(script.find());
      Files.writeString(folder.resolve("page.js"), script.group(1));
      Files.writeString(folder.resolve("browser.cjs"), BROWSER);
      Process node =
          start(
              new ProcessBuilder(
                  "node",
                  "browser.cjs",
                  Path.of("..", "client-js", "dist", "towpath.cjs").toAbsolutePath().toString(),
                  "http://localhost:" + address.getPort(),
                  "page.js"));
      BufferedReader shown = node.inputReader();
      assertEquals("passed on", line(shown));
      assertEquals("42[\"said\",\"from the page\"]", other.receiveText());
      other.send("42[\"say\",\"from the test\"]");
      assertEquals("from the test", line(shown));
    }
  }

  @Test
  void theShorterPiecesOfJavaCompile() throws IOException {
    compile(
        "Pieces",
        """
        import io.towpath.server.*;
        import io.undertow.Undertow;
        import io.undertow.server.HttpHandler;
        import javax.net.ssl.SSLContext;

        class Pieces {
          static void mounted(HttpHandler application) {
        %s
          }

          static void secure(SSLContext sslContext) {
        %s
            server.start();
          }
        }
        """
            .formatted(block("java", "TowpathHandler"), block("java", "TowpathServer")));
  }
}

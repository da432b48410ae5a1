package io.towpath.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.websocket.Opcode;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every example of {@code docs/server.md} compiles, and does on the wire what stands under it: all
 * that is said to come comes, in that order.
 */
class ServerGuideTest {
  private static final Pattern SECTION = Pattern.compile("(?ms)^## (.+?)$\\n(.*?)(?=^## |\\z)");
  private static final Pattern BLOCK = Pattern.compile("(?s)```(java|text)\\n(.*?)```");

  private static final Pattern NAME = Pattern.compile("«(\\w+)»");
  private static final Pattern PART = Pattern.compile("…|«(\\w+)»");

  private record Example(String title, String source, List<String> wire) {}

  private static List<Example> examples() throws IOException {
    List<Example> examples = new ArrayList<>();
    Matcher section = SECTION.matcher(Files.readString(Path.of("..", "docs", "server.md")));
    while (section.find()) {
      String source = "";
      List<String> wire = List.of();
      Matcher block = BLOCK.matcher(section.group(2));
      while (block.find()) {
        if (block.group(1).equals("java")) {
          source += block.group(2);
        } else {
          wire = block.group(2).lines().toList();
        }
      }
      assertFalse(source.isEmpty(), section.group(1) + " has no example");
      examples.add(new Example(section.group(1), source, wire));
    }
    assertTrue(examples.size() > 10, examples::toString);
    return examples;
  }

  @TestFactory
  Stream<DynamicTest> everyExampleDoesWhatStandsUnderIt() throws IOException {
    List<Example> examples = examples();
    Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "guide");
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      files.add(
          Files.writeString(
              folder.resolve("Example" + i + ".java"), source(i, examples.get(i).source())));
    }
    compile(folder, files);
    URLClassLoader classes =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, ServerGuideTest.class.getClassLoader());
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      Example example = examples.get(i);
      String name = "Example" + i;
      tests.add(
          DynamicTest.dynamicTest(
              example.title(), () -> play(classes.loadClass(name), example.wire())));
    }
    return tests.stream();
  }

  /** An example works on a server that is given, or makes its own. */
  private static String source(int number, String example) {
    boolean makes = example.startsWith("TowpathServer server = ");
    return """
        import io.towpath.server.TowpathServer;
        import io.towpath.socket.*;
        import java.time.Duration;
        import java.util.*;
        import java.util.concurrent.*;
        import java.util.regex.Pattern;

        public class Example%d {
          public static TowpathServer run() {
            %s
        %s
            return server;
          }
        }
        """
        .formatted(
            number,
            makes ? "" : "TowpathServer server = TowpathServer.builder().port(0).build();",
            makes
                ? example.replace("TowpathServer.builder()", "TowpathServer.builder().port(0)")
                : example);
  }

  private static void compile(Path folder, List<Path> files) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-d", folder.toString(), "-cp", classPath, "-proc:none"),
                null,
                compiler
                    .getStandardFileManager(null, null, UTF_8)
                    .getJavaFileObjectsFromPaths(files))
            .call();
    assertTrue(compiled, messages.toString());
  }

  private static void play(Class<?> example, List<String> wire) throws Exception {
    try (TowpathServer server = (TowpathServer) example.getMethod("run").invoke(null)) {
      Semaphore left = new Semaphore(0);
      server.onConnection(socket -> socket.onDisconnect(reason -> left.release()));
      server.start();
      Map<String, String> known = new HashMap<>();
      RawWebSocket client = connect(server);
      try {
        for (String line : wire) {
          if (line.startsWith("---")) {
            client.close();
            assertTrue(left.tryAcquire(10, TimeUnit.SECONDS), "nobody has noticed");
            client = connect(server);
          } else if (line.startsWith("> ")) {
            send(client, fill(line.substring(2), known));
          } else {
            expect(line.substring(2), received(client), known);
          }
        }
      } finally {
        client.close();
      }
    }
  }

  private static RawWebSocket connect(TowpathServer server) {
    return RawWebSocket.open(RawConnection.to(server.address(), null), EchoServer.WEBSOCKET)
        .begun();
  }

  private static void send(RawWebSocket client, String packet) {
    if (packet.startsWith("0x")) {
      client.send(Opcode.BINARY, HexFormat.of().parseHex(packet.substring(2)));
    } else {
      client.send(packet);
    }
  }

  private static String received(RawWebSocket client) {
    RawWebSocket.Frame frame = client.receive();
    return frame.opcode() == 1 ? frame.text() : "0x" + HexFormat.of().formatHex(frame.payload());
  }

  private static String fill(String packet, Map<String, String> known) {
    return NAME.matcher(packet)
        .replaceAll(name -> Matcher.quoteReplacement(known.getOrDefault(name.group(1), "?")));
  }

  /** Compares a packet with what stands there, and learns what it did not know. */
  private static void expect(String wanted, String received, Map<String, String> known) {
    StringBuilder regex = new StringBuilder();
    List<String> learnt = new ArrayList<>();
    Matcher part = PART.matcher(wanted);
    int at = 0;
    while (part.find()) {
      regex.append(Pattern.quote(wanted.substring(at, part.start())));
      at = part.end();
      String name = part.group(1);
      if (name == null) {
        regex.append(".*");
      } else if (known.containsKey(name)) {
        regex.append(Pattern.quote(known.get(name)));
      } else {
        learnt.add(name);
        regex.append("(.+?)");
      }
    }
    regex.append(Pattern.quote(wanted.substring(at)));
    Matcher match = Pattern.compile(regex.toString()).matcher(received);
    assertTrue(match.matches(), "wanted " + wanted + ", got " + received);
    for (int i = 0; i < learnt.size(); i++) {
      known.put(learnt.get(i), match.group(i + 1));
    }
  }
}

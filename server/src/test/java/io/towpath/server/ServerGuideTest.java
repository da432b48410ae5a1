package io.towpath.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
              folder.resolve("Example" + i + ".java"),
              """
              import io.towpath.server.TowpathServer;
              import io.towpath.socket.*;
              import java.time.Duration;
              import java.util.*;
              import java.util.concurrent.*;
              import java.util.regex.Pattern;

              public class Example%d {
                public static void run(TowpathServer server) {
              %s
                }
              }
              """
                  .formatted(i, examples.get(i).source())));
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
    try (TowpathServer server = TowpathServer.builder().port(0).build()) {
      example.getMethod("run", TowpathServer.class).invoke(null, server);
      server.start();
      try (RawWebSocket client =
          RawWebSocket.open(RawConnection.to(server.address(), null), EchoServer.WEBSOCKET)
              .begun()) {
        for (String line : wire) {
          String packet = line.substring(2);
          if (line.startsWith("> ")) {
            client.send(packet);
          } else {
            String regex = Pattern.quote(packet).replace("…", "\\E.*\\Q");
            String received = client.receiveText();
            assertTrue(received.matches(regex), "wanted " + packet + ", got " + received);
          }
        }
      }
    }
  }
}

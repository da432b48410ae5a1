package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps {@code docs/features.md} honest: what it names exists. */
class FeaturesTest {
  private static final Pattern ROW =
      Pattern.compile("\\| (\\d+) \\| (.+?) \\| (yes|no|later) \\| (.*) ?\\|");
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)(?:\\.(\\w+))?`");

  /** Whether a row has to be decided; the others may still say later. */
  private static boolean isDecided(int row) {
    return row <= 96 || row >= 105;
  }

  private record Row(int number, String here, String shownBy) {}

  private static Path root() {
    Path module = Path.of("").toAbsolutePath();
    return Files.exists(module.resolve("docs/features.md")) ? module : module.resolve("..");
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(root().resolve("docs/features.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.add(new Row(Integer.parseInt(row.group(1)), row.group(3), row.group(4)));
      }
    }
    return rows;
  }

  /** The sources of all test classes by their simple names. */
  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new HashMap<>();
    try (Stream<Path> files = Files.walk(root(), 12)) {
      for (Path file : files.filter(FeaturesTest::isTestSource).toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        tests.merge(name, Files.readString(file), String::concat);
      }
    }
    return tests;
  }

  private static boolean isTestSource(Path file) {
    String path = file.toString().replace('\\', '/');
    return path.endsWith(".java")
        && !path.contains("/node_modules/")
        && (path.contains("/src/test/") || path.contains("/testkit/src/"));
  }

  @Test
  void theTableHasAll110RowsInOrder() throws IOException {
    assertEquals(
        IntStream.rangeClosed(1, 110).boxed().toList(), rows().stream().map(Row::number).toList());
  }

  @Test
  void theRowsOfTheEngineAndOfTheEventsAreDecided() throws IOException {
    for (Row row : rows()) {
      if (isDecided(row.number)) {
        assertFalse(row.here.equals("later"), "row " + row.number);
        assertFalse(row.shownBy.isBlank(), "row " + row.number);
      }
    }
  }

  @Test
  void everyTestThatARowNamesExists() throws IOException {
    Map<String, String> tests = tests();
    for (Row row : rows()) {
      Matcher named = NAMED.matcher(row.shownBy);
      int count = 0;
      while (row.here.equals("yes") && named.find()) {
        count++;
        String where = "row " + row.number + ": " + named.group();
        String source = tests.get(named.group(1));
        assertNotNull(source, where);
        assertTrue(source.contains("class " + named.group(1)), where);
        if (named.group(2) != null) {
          Pattern method = Pattern.compile("(void|List<DynamicTest>) " + named.group(2) + "\\(");
          assertTrue(method.matcher(source).find(), where);
        }
      }
      assertTrue(
          count > 0 || !row.here.equals("yes") || !isDecided(row.number), "row " + row.number);
    }
  }
}

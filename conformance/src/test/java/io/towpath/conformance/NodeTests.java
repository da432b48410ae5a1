package io.towpath.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs a script of {@code conformance/node} whose tests are written for {@code node:test}, and
 * makes a JUnit test of every line of its report (TAP, version 13). A test that the script skips
 * counts as failed, and so does a script that ends badly or reports nothing. Scripts of {@code
 * conformance/python} write the same report.
 */
final class NodeTests {
  /** The folder of the scripts. */
  static final Path FOLDER = Path.of("node").toAbsolutePath();

  private static final Pattern RESULT = Pattern.compile("(not )?ok \\d+ - (.*?)( # .*)?");
  private static final Pattern SKIPPED =
      Pattern.compile(".* # (SKIP|TODO)\\b.*", Pattern.CASE_INSENSITIVE);

  private NodeTests() {}

  /**
   * Runs a script to its end.
   *
   * @param script the name of its file
   * @param environment variables that it reads besides those of this process
   * @param limit how long it may take altogether; after that it is killed
   * @return its results, one test each
   */
  static List<DynamicTest> run(String script, Map<String, String> environment, Duration limit) {
    ProcessBuilder builder = new ProcessBuilder("node", "--test-reporter=tap", script);
    builder.directory(FOLDER.toFile());
    return run(builder, script, environment, limit);
  }

  /**
   * Runs a script of {@code conformance/python}, which writes such a report itself, with the Python
   * that Debian's packages are installed for.
   */
  static List<DynamicTest> runPython(
      String script, Map<String, String> environment, Duration limit) {
    ProcessBuilder builder = new ProcessBuilder("/usr/bin/python3", script);
    builder.directory(Path.of("python").toFile());
    return run(builder, script, environment, limit);
  }

  /**
   * Runs a script in which Node has a WebSocket of its own, as it has without being told from
   * version 22 on. That waits without end for the answer to its Close frame, so a connection that a
   * test silenced would keep the script alive when all its tests are done.
   */
  static List<DynamicTest> runWithOwnWebSocket(
      String script, Map<String, String> environment, Duration limit) {
    ProcessBuilder builder =
        new ProcessBuilder(
            "node", "--experimental-websocket", "--test-force-exit", "--test-reporter=tap", script);
    builder.directory(FOLDER.toFile());
    return run(builder, script, environment, limit);
  }

  private static List<DynamicTest> run(
      ProcessBuilder builder, String script, Map<String, String> environment, Duration limit) {
    builder.redirectErrorStream(true).environment().putAll(environment);
    List<String> report = new ArrayList<>();
    int exit;
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      Thread reader = new Thread(() -> read(process, report), "report of " + script);
      reader.start();
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        kill(process);
      }
      reader.join();
      exit = ended ? process.exitValue() : -1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + script + " ran", e);
    }
    return tests(script, report, exit);
  }

  /** Kills a process and what it has started, for example a browser. */
  static void kill(Process process) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private static void read(Process process, List<String> report) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      lines.lines().forEach(report::add);
    } catch (IOException | UncheckedIOException killed) {
      report.add("# the report ends here: " + killed.getMessage());
    }
  }

  /**
   * Makes tests of a report.
   *
   * @param exit the exit code of the script, or -1 if it was killed because its time was up
   */
  static List<DynamicTest> tests(String script, List<String> report, int exit) {
    List<DynamicTest> tests = new ArrayList<>();
    boolean failed = false;
    for (int i = 0; i < report.size(); i++) {
      Matcher result = RESULT.matcher(report.get(i));
      if (!result.matches()) {
        continue;
      }
      boolean skipped = SKIPPED.matcher(report.get(i)).matches();
      boolean ok = result.group(1) == null && !skipped;
      failed |= !ok;
      String output = ok ? "" : details(report, i);
      tests.add(dynamicTest(result.group(2), () -> requireOk(ok, output)));
    }
    String end = exit == -1 ? "was killed: its time was up" : "ended with exit code " + exit;
    // node:test says 1 when a test has failed; alone it says that something else went wrong.
    boolean endedWell = exit == 0 || (failed && exit == 1);
    boolean reported = !tests.isEmpty();
    String whole = script + " " + end + "\n" + String.join("\n", report);
    tests.add(
        dynamicTest(
            script + " ends well and reports something",
            () -> requireOk(endedWell && reported, whole)));
    return tests;
  }

  private static void requireOk(boolean ok, String output) {
    if (!ok) {
      throw new AssertionError(output);
    }
  }

  /** Returns the line of a result with the block that follows it, and the comments before it. */
  private static String details(List<String> report, int at) {
    int from = at;
    while (from > 0 && report.get(from - 1).startsWith("#")) {
      from--;
    }
    int to = at + 1;
    while (to < report.size() && report.get(to).startsWith("  ")) {
      to++;
    }
    return String.join("\n", report.subList(from, to));
  }

  /** Returns the path of a file of the client's bundles. */
  static File client(String name) {
    return Path.of("..", "client-js", "dist", name).toAbsolutePath().normalize().toFile();
  }
}

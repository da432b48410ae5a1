package io.towpath.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;

class NodeTestsTest {
  private static final String LAST = "some.mjs ends well and reports something";

  /** Runs the tests that were made of a report, and returns the names of those that fail. */
  private static List<String> failures(int exit, String report) {
    List<String> failures = new ArrayList<>();
    for (DynamicTest test : NodeTests.tests("some.mjs", report.lines().toList(), exit)) {
      try {
        test.getExecutable().execute();
      } catch (Throwable failure) {
        failures.add(test.getDisplayName());
      }
    }
    return failures;
  }

  @Test
  void everyLineOfTheReportIsATest() {
    List<String> names =
        NodeTests.tests("some.mjs", List.of("TAP version 13", "ok 1 - one", "ok 2 - two"), 0)
            .stream()
            .map(DynamicTest::getDisplayName)
            .toList();
    assertEquals(List.of("one", "two", LAST), names);
  }

  @Test
  void aReportWithoutFailuresPasses() {
    assertEquals(List.of(), failures(0, "TAP version 13\nok 1 - one\n  ---\n  ...\n1..1"));
  }

  @Test
  void aFailureIsAFailureWithItsOutput() {
    String report =
        """
        # Subtest: one
        not ok 1 - one
          ---
          error: 'it is broken'
          ...
        ok 2 - two
        """;
    assertEquals(List.of("one"), failures(1, report));
    DynamicTest one = NodeTests.tests("some.mjs", report.lines().toList(), 1).get(0);
    AssertionError failure =
        assertThrows(AssertionError.class, () -> one.getExecutable().execute());
    assertTrue(failure.toString().contains("it is broken"));
    assertFalse(failure.toString().contains("two"));
  }

  @Test
  void whatIsSkippedOrPutOffHasFailed() {
    assertEquals(List.of("one"), failures(0, "ok 1 - one # SKIP no time"));
    assertEquals(List.of("one"), failures(0, "ok 1 - one # TODO"));
  }

  @Test
  void aScriptThatBreaksOffFails() {
    assertEquals(List.of(LAST), failures(1, "ok 1 - one"));
    assertEquals(List.of(LAST), failures(13, "ok 1 - one"));
    assertEquals(List.of("one", LAST), failures(-1, "not ok 1 - one"));
  }

  @Test
  void aScriptThatReportsNothingFails() {
    assertEquals(List.of(LAST), failures(0, ""));
    assertEquals(List.of(LAST), failures(0, "1..0"));
  }
}

package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.HostileProxy.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProxyArgumentsTest {
  private static ProxyArguments parse(String line) {
    return ProxyArguments.parse(List.of(line.split(" ")));
  }

  @Test
  void everyOptionIsTaken() {
    ProxyArguments arguments =
        parse("--listen 8081 --target server.example:8080 --mode cut --after 350");
    assertEquals(8081, arguments.listen());
    assertEquals("server.example:8080", arguments.targetText());
    assertEquals(Mode.CUT, arguments.mode());
    assertEquals(Duration.ofMillis(350), arguments.after());
    assertEquals("cut after 350 ms", arguments.modeText());
  }

  @Test
  void withoutAModeEverythingPasses() {
    ProxyArguments arguments = parse("--target ::1:8080 --listen 0");
    assertEquals(Mode.PASS, arguments.mode());
    assertEquals("::1", arguments.target().getHostString());
    assertEquals(Duration.ofMillis(200), arguments.after());
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyModeHasItsNameAndItsLineOfHelp(Mode mode) {
    String name = mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    assertEquals(mode, parse("--listen 1 --target a:1 --mode " + name).mode());
    assertTrue(ProxyArguments.USAGE.contains(" " + name), name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen 1                            | --target is missing",
        "--target a:1                          | --listen is missing",
        "--listen 1 --target a:1 --listen 2    | --listen is given twice",
        "--listen 1 --target a:1 --mode        | --mode needs a value",
        "--listen 1 --target a:1 --speed 9     | Unknown option: --speed",
        "--listen 1 --target a:1 --mode slow   | Unknown mode: slow",
        "--listen x --target a:1               | --listen must be a number from 0 to 65535, not 'x'",
        "--listen 65536 --target a:1           | --listen must be a number from 0 to 65535, not '65536'",
        "--listen 1 --target a                 | --target must be HOST:PORT, not 'a'",
        "--listen 1 --target a:x               | --target port must be a number from 0 to 65535, not 'x'",
      })
  void aWrongCommandLineIsOneLineThatSaysWhy(String line, String message) {
    assertEquals(
        message, assertThrows(IllegalArgumentException.class, () -> parse(line)).getMessage());
  }
}

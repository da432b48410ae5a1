package io.towpath.testkit;

import io.towpath.testkit.HostileProxy.Mode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The command line of {@link HostileProxy}. */
record ProxyArguments(int listen, InetSocketAddress target, Mode mode, Duration after) {
  static final String USAGE =
      """
      Usage: HostileProxy --listen PORT --target HOST:PORT [--mode MODE] [--after MILLISECONDS]
        --listen  port on the loopback interface; 0 lets the system choose
        --target  the HTTP server behind the proxy
        --mode    pass (default): everything passes
                  reject: a WebSocket handshake is answered with 403
                  hang:   a WebSocket handshake is never answered
                  mute:   the 101 passes, later bytes vanish both ways
                  cut:    the 101 passes, the connection is reset after the time given by --after
                  buffer: as reject, and a streamed response is held back until it ends
                  trickle: everything passes, 20 bytes every 10 ms
                  idle-cut: a connection is reset when nothing has moved for the time
                  drop-response: every third response is read and never passed on
                  duplicate-request: every POST arrives twice
                  flap:   all connections are reset every time
                  blackout: nothing passes on any connection, and nobody learns of an end
        --after   for modes cut, idle-cut and flap, 200 by default""";

  private static final Set<String> OPTIONS = Set.of("--listen", "--target", "--mode", "--after");

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException with a line for the user that says what is wrong
   */
  static ProxyArguments parse(List<String> args) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < args.size(); i += 2) {
      String option = args.get(i);
      if (!OPTIONS.contains(option)) {
        throw new IllegalArgumentException("Unknown option: " + option);
      }
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(option + " needs a value");
      }
      if (values.put(option, args.get(i + 1)) != null) {
        throw new IllegalArgumentException(option + " is given twice");
      }
    }
    for (String needed : List.of("--listen", "--target")) {
      if (!values.containsKey(needed)) {
        throw new IllegalArgumentException(needed + " is missing");
      }
    }
    return new ProxyArguments(
        number("--listen", values.getOrDefault("--listen", ""), 65_535),
        target(values.getOrDefault("--target", "")),
        mode(values.getOrDefault("--mode", "pass")),
        Duration.ofMillis(number("--after", values.getOrDefault("--after", "200"), 86_400_000)));
  }

  private static int number(String option, String text, int max) {
    if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) > max) {
      throw new IllegalArgumentException(
          "%s must be a number from 0 to %d, not '%s'".formatted(option, max, text));
    }
    return Integer.parseInt(text);
  }

  private static InetSocketAddress target(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("--target must be HOST:PORT, not '" + text + "'");
    }
    int port = number("--target port", text.substring(colon + 1), 65_535);
    return InetSocketAddress.createUnresolved(text.substring(0, colon), port);
  }

  private static Mode mode(String text) {
    for (Mode mode : Mode.values()) {
      if (word(mode).equals(text)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("Unknown mode: " + text);
  }

  HostileProxy.Builder proxy() {
    return HostileProxy.to(target).port(listen).mode(mode).cutAfter(after);
  }

  String targetText() {
    return target.getHostString() + ":" + target.getPort();
  }

  String modeText() {
    return switch (mode) {
      case CUT, IDLE_CUT, FLAP -> word(mode) + " after " + after.toMillis() + " ms";
      default -> word(mode);
    };
  }

  private static String word(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

package io.towpath.benchmarks;

/** The benchmarks' commands: {@code java -jar benchmarks.jar COMMAND}. */
public final class Main {
  private static final String USAGE =
      """
      Usage: java -jar benchmarks.jar COMMAND
        serve [--port N] [--inline]   the server that is measured; prints "ready" when it listens
      The port is 3000 unless --port says otherwise; 0 takes any free one, which is printed.""";

  private Main() {}

  /** Runs the program. */
  public static void main(String[] arguments) {
    String command = arguments.length > 0 ? arguments[0] : "";
    if (!command.equals("serve")) {
      fail(command.isEmpty() ? "a command is missing" : "unknown command: " + command);
    }
    int port = 3000;
    boolean inline = false;
    for (int i = 1; i < arguments.length; i++) {
      if (arguments[i].equals("--inline")) {
        inline = true;
      } else if (arguments[i].equals("--port") && i + 1 < arguments.length) {
        port = port(arguments[++i]);
      } else {
        fail("unknown argument: " + arguments[i]);
      }
    }
    int bound = MeasuredServer.start(port, inline).address().getPort();
    if (port == 0) {
      System.out.println("port " + bound);
    }
    System.out.println("ready");
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException noNumber) {
      // Said below.
    }
    fail("not a port: " + text);
    throw new AssertionError();
  }

  private static void fail(String message) {
    System.err.println(message);
    System.err.println(USAGE);
    System.exit(2);
  }
}

package io.towpath.conformance;

import java.net.BindException;

/**
 * Starts a server under test and serves until it is killed: {@code java -jar conformance.jar MODE
 * --port N}. Prints {@code ready} when it listens.
 */
public final class Main {
  private static final String USAGE =
      """
      Usage: java -jar conformance.jar MODE [--port N] [--eio3]
        websocket-echo   a bare RFC 6455 echo on every path
        suites           what the official Engine.IO and Socket.IO suites expect
      The port is 3000 unless --port says otherwise; 0 takes any free one, which is printed.
      With --eio3 the suites' server speaks revision 3 of Engine.IO too.""";

  private Main() {}

  /** Runs the program. */
  public static void main(String[] arguments) {
    // Undertow logs through JBoss Logging, which would not find SLF4J by itself.
    System.setProperty("org.jboss.logging.provider", "slf4j");
    int port = 3000;
    boolean eio3 = false;
    String mode = arguments.length > 0 ? arguments[0] : "";
    for (int i = 1; i < arguments.length; i++) {
      if (arguments[i].equals("--port") && i + 1 < arguments.length) {
        port = port(arguments[++i]);
      } else if (arguments[i].equals("--eio3")) {
        eio3 = true;
      } else {
        fail("unknown argument: " + arguments[i]);
      }
    }
    int bound;
    try {
      switch (mode) {
        case "websocket-echo" -> bound = new WebSocketEcho(port).start();
        case "suites" -> bound = new SuiteServer(port, eio3).start();
        default -> {
          fail(mode.isEmpty() ? "a mode is missing" : "unknown mode: " + mode);
          return;
        }
      }
    } catch (RuntimeException failed) {
      if (!(failed.getCause() instanceof BindException)) {
        throw failed;
      }
      System.err.println("port " + port + " is not free: " + failed.getCause().getMessage());
      System.exit(1);
      return;
    }
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

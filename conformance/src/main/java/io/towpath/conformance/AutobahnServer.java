package io.towpath.conformance;

/** The server that the Autobahn suite of the build starts: its one argument is the port. */
public final class AutobahnServer {
  private AutobahnServer() {}

  /** Runs the echo until the JVM ends. */
  public static void main(String[] arguments) {
    new WebSocketEcho(Integer.parseInt(arguments[0])).start();
  }
}

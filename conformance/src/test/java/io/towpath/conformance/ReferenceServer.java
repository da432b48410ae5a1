package io.towpath.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** The npm {@code socket.io} server, in a process of its own. */
final class ReferenceServer implements PeerServer {
  private final Process process;
  private final int[] ports = new int[3];

  private ReferenceServer(Process process, String ready) {
    this.process = process;
    String[] words = ready.split(" ", -1);
    for (int i = 0; i < ports.length; i++) {
      ports[i] = Integer.parseInt(words[i + 1]);
    }
  }

  static ReferenceServer start() {
    return start(new String[0]);
  }

  /** Starts a server that speaks revision 3 of Engine.IO too, for clients of Socket.IO 2. */
  static ReferenceServer startWithEio3() {
    return start("--eio3");
  }

  /** Starts a server with what its script knows. */
  static ReferenceServer start(String... arguments) {
    List<String> command = new ArrayList<>(List.of("node", "reference-server.mjs"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(NodeTests.FOLDER.toFile()).redirectErrorStream(true);
    try {
      Process process = builder.start();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
      String line = lines.readLine();
      if (line == null || !line.startsWith("ready ")) {
        NodeTests.kill(process);
        throw new IllegalStateException("reference-server.mjs did not start: " + line);
      }
      return new ReferenceServer(process, line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int port() {
    return ports[0];
  }

  @Override
  public int impatientPort() {
    return ports[1];
  }

  @Override
  public int controlPort() {
    return ports[2];
  }

  @Override
  public void close() {
    NodeTests.kill(process);
  }
}

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Says in one line which tool the build lacks and how to install it, before anything else runs.
 *
 * <p>Arguments: tool names, separated by commas. The path of a browser may also be given by the environment variable
 * CHROMIUM or FIREFOX.
 *
 * <p>{@code python3-socketio} is the client that Debian packages for its own Python, with what it needs for both
 * transports; another Python may stand before that one in PATH, so it is called by its place.
 */
class RequireTools {
  private static final String PYTHON_CLIENT = "python3-socketio";
  private static final String DEBIANS_PYTHON = "/usr/bin/python3";

  private static final Map<String, List<String>> PROGRAMS =
      Map.of(
          "node", List.of("node"),
          "npm", List.of("npm"),
          "chromium", List.of("chromium", "chromium-browser"),
          "firefox", List.of("firefox-esr", "firefox"),
          PYTHON_CLIENT, List.of());
  private static final Map<String, String> INSTALL =
      Map.of(
          "node", "install Node.js 20 or later",
          "npm", "install the npm that comes with Node.js 20 or later",
          "chromium", "apt-get update && apt-get install -y --no-install-recommends chromium",
          "firefox", "apt-get update && apt-get install -y --no-install-recommends firefox-esr",
          PYTHON_CLIENT,
              "apt-get update && apt-get install -y --no-install-recommends"
                  + " python3-socketio python3-requests python3-websocket");

  public static void main(String[] args) throws Exception {
    for (String tool : args[0].split(",")) {
      if (!PROGRAMS.containsKey(tool)) {
        fail("RequireTools does not know the tool '" + tool + "'");
      }
      if (!found(tool)) {
        fail("Missing: " + tool + ". To install it: " + INSTALL.get(tool));
      }
      if (tool.equals("node")) {
        Process node = new ProcessBuilder("node", "--version").start();
        String version = new String(node.getInputStream().readAllBytes()).trim();
        node.waitFor(10, TimeUnit.SECONDS);
        if (Integer.parseInt(version.replaceFirst("^v", "").split("\\.")[0]) < 20) {
          fail("Node.js " + version + " is too old. To go on: " + INSTALL.get("node"));
        }
      }
    }
  }

  private static boolean found(String tool) throws Exception {
    if (tool.equals(PYTHON_CLIENT)) {
      return hasPythonClient();
    }
    String named = System.getenv(tool.toUpperCase(java.util.Locale.ROOT));
    if (named != null) {
      return Files.isExecutable(Path.of(named));
    }
    for (String folder : System.getenv("PATH").split(":")) {
      for (String program : PROGRAMS.get(tool)) {
        if (Files.isExecutable(Path.of(folder, program))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean hasPythonClient() throws Exception {
    if (!Files.isExecutable(Path.of(DEBIANS_PYTHON))) {
      return false;
    }
    Process python =
        new ProcessBuilder(DEBIANS_PYTHON, "-c", "import socketio, requests, websocket")
            .redirectErrorStream(true)
            .start();
    python.getInputStream().readAllBytes();
    return python.waitFor() == 0;
  }

  private static void fail(String line) {
    System.err.println(line);
    System.exit(1);
  }
}

package io.towpath.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The reference server of npm, which is installed into its folder beside the sources. */
final class NodePeer {
  private final Path folder;
  private final @Nullable String missing;

  private NodePeer(Path folder, @Nullable String missing) {
    this.folder = folder;
    this.missing = missing;
  }

  /** Finds the folder beside the one that the jar was built into, and installs what it names. */
  static NodePeer beside(Path jar) {
    Path folder = jar.toAbsolutePath().resolveSibling("../node").normalize();
    if (!Files.exists(folder.resolve("package.json"))) {
      return new NodePeer(folder, "its folder is not there: the jar runs outside its build");
    }
    if (!Files.isDirectory(folder.resolve("node_modules/socket.io-client")) && !install(folder)) {
      return new NodePeer(folder, "npm is missing or \"npm ci\" failed in benchmarks/node");
    }
    return new NodePeer(folder, null);
  }

  private static boolean install(Path folder) {
    try {
      Process process =
          new ProcessBuilder("npm", "ci")
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException noNpm) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Returns the folder with its programs.
   *
   * @throws LoadFailure if they cannot run
   */
  Path folder() {
    if (missing != null) {
      throw new LoadFailure(missing);
    }
    return folder;
  }

  /** Returns why it cannot be measured, or null. */
  @Nullable String missing() {
    return missing;
  }

  List<String> command() {
    return List.of("node", "--expose-gc", folder.resolve("server.js").toString());
  }
}

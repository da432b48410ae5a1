import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs one fuzz target for a given time, if this module has it: {@code java Fuzz.java MODULE TARGET
 * SECONDS CLASSPATH}. What it finds, and the inputs that it keeps, lie in {@code target/fuzz}.
 */
public final class Fuzz {
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path module = Path.of(arguments[0]);
    String target = arguments[1];
    Path sources = module.resolve("src/test/java");
    if (!Files.isDirectory(sources)) {
      return;
    }
    List<String> classes;
    try (Stream<Path> files = Files.walk(sources)) {
      classes =
          files
              .filter(file -> file.getFileName().toString().equals(target + ".java"))
              .map(file -> sources.relativize(file).toString())
              .map(file -> file.replace(File.separatorChar, '.').replaceAll("\\.java$", ""))
              .toList();
    }
    if (classes.isEmpty()) {
      return;
    }
    Path folder = Files.createDirectories(module.resolve("target/fuzz").resolve(target));
    Process jazzer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                arguments[3],
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + classes.get(0),
                "--instrumentation_includes=io.towpath.**",
                "-max_total_time=" + arguments[2])
            .directory(folder.toFile())
            .inheritIO()
            .start();
    System.exit(jazzer.waitFor());
  }
}

package io.towpath.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What a measured server does for the comparison that started it: the line "heap" on standard input
 * is answered with the bytes that live objects hold, and the end of the input ends the process, so
 * that it never outlives its parent.
 */
final class Supervision {
  private Supervision() {}

  static void start() {
    Thread thread = new Thread(Supervision::run, "supervision");
    thread.setDaemon(true);
    thread.start();
  }

  private static void run() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.equals("heap")) {
          System.out.println("heap " + liveBytes());
        }
      }
    } catch (IOException | JMException failed) {
      System.err.println("supervision failed: " + failed.getMessage());
    }
    Runtime.getRuntime().halt(0);
  }

  /** Returns the last total of a class histogram, which the VM takes after a full collection. */
  private static long liveBytes() throws JMException {
    long bytes = 0;
    // The second one sees what references of the first have let go.
    for (int i = 0; i < 2; i++) {
      String histogram =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
      String total = histogram.substring(histogram.lastIndexOf("Total")).trim();
      bytes = Long.parseLong(total.split("\\s+", -1)[2]);
    }
    return bytes;
  }
}

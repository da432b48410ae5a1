package io.towpath.benchmarks;

import java.util.List;
import java.util.function.Function;

/**
 * What the command line says.
 *
 * @param port where the server listens
 * @param inline whether our server's handlers run on the I/O threads
 * @param deflate whether our server compresses messages
 * @param supervised whether a comparison has started this server
 * @param pid the process whose CPU time counts; 0 for none
 * @param only names of loads; empty for all
 * @param servers names of servers; empty for all
 * @param seconds of CPU time for one measurement
 * @param rounds how often each is repeated
 * @param warmUp seconds of CPU time for which each server is loaded before it is measured
 * @param svg where a curve is written; empty for nowhere
 */
record Options(
    int port,
    boolean inline,
    boolean deflate,
    boolean supervised,
    long pid,
    List<String> only,
    List<String> servers,
    int seconds,
    int rounds,
    int warmUp,
    String svg) {

  /**
   * Reads the arguments after the command.
   *
   * @throws IllegalArgumentException if one is wrong
   */
  static Options of(String[] arguments) {
    int port = 3000;
    boolean inline = false;
    boolean deflate = false;
    boolean supervised = false;
    long pid = 0;
    List<String> only = List.of();
    List<String> servers = List.of();
    int seconds = arguments.length > 0 && arguments[0].equals("stalled") ? 60 : 2;
    int rounds = 5;
    int warmUp = 8;
    String svg = "";
    for (int i = 1; i < arguments.length; i++) {
      String name = arguments[i];
      if (name.equals("--inline")) {
        inline = true;
        continue;
      }
      if (name.equals("--deflate")) {
        deflate = true;
        continue;
      }
      if (name.equals("--supervised")) {
        supervised = true;
        continue;
      }
      if (++i == arguments.length) {
        throw new IllegalArgumentException("unknown argument, or one without its value: " + name);
      }
      String value = arguments[i];
      switch (name) {
        case "--port" -> port = number(name, value, 0, 65_535);
        case "--pid" -> pid = number(name, value, 1, Integer.MAX_VALUE);
        case "--only" -> only = List.of(value.split(",", -1));
        case "--servers" -> servers = List.of(value.split(",", -1));
        case "--seconds" -> seconds = number(name, value, 1, 600);
        case "--rounds" -> rounds = number(name, value, 1, 100);
        case "--warm-up" -> warmUp = number(name, value, 0, 600);
        case "--svg" -> svg = value;
        default -> throw new IllegalArgumentException("unknown argument: " + name);
      }
    }
    return new Options(
        port, inline, deflate, supervised, pid, only, servers, seconds, rounds, warmUp, svg);
  }

  /** Returns these options for other servers. */
  Options withServers(List<String> others) {
    return new Options(
        port, inline, deflate, supervised, pid, only, others, seconds, rounds, warmUp, svg);
  }

  /** Returns what was asked for by the beginning of its name; everything if nothing was. */
  <T> List<T> select(List<T> all, Function<T, String> name) {
    return only.isEmpty()
        ? all
        : all.stream()
            .filter(each -> only.stream().anyMatch(name.apply(each)::startsWith))
            .toList();
  }

  private static int number(String name, String text, int least, int most) {
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException noNumber) {
      // Said below.
    }
    throw new IllegalArgumentException(
        name + " takes a number from " + least + " to " + most + ": " + text);
  }
}

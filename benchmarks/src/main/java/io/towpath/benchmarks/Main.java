package io.towpath.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** The benchmarks' commands: {@code java -jar benchmarks.jar COMMAND}. */
public final class Main {
  private static final String USAGE =
      """
      Usage: java -jar benchmarks.jar COMMAND
        serve [--port N] [--inline] [--deflate]  the server that is measured; prints "ready" when it listens
        netty [--port N]              the same application on netty-socketio
        load --port N [--pid P] [--only LOAD] [--seconds S]
                                      one load against any of them
        compare [--only LOAD,...] [--servers NAME,...] [--seconds S] [--rounds R] [--warm-up S]
                                      all servers and all loads, interleaved; prints a table
        jmh [JMH'S OWN ARGUMENTS]     codecs and a session's way in and out, without a network
        silence [--only CLIENT,...]   how long a connection that died without a word goes unnoticed
        stalled [--only POLICY,...] [--seconds S]
                                      a thousand readers that stop reading, under each policy
        crowd [--servers NAME,...] [--svg FILE]
                                      15,000 connections to a heap of 72 MiB; heap for each as a curve
        growth [--servers NAME,...] [--seconds S] [--rounds R] [--svg FILE]
                                      cost of an event with 10 to 10,000 connections, as a curve
        loss [--only SET-UP,...]      what is lost when every connection is cut every two seconds
        fallback [--only CLIENT,...]  how clients come through where WebSocket does not
      The port is 3000 unless --port says otherwise; 0 takes any free one, which is printed.""";

  private Main() {}

  /** Runs the program. */
  public static void main(String[] arguments) {
    // Undertow logs through JBoss Logging, which would not find SLF4J by itself.
    System.setProperty("org.jboss.logging.provider", "slf4j");
    if (arguments.length > 0 && arguments[0].equals("jmh")) {
      jmh(Arrays.copyOfRange(arguments, 1, arguments.length));
      return;
    }
    try {
      Options options = Options.of(arguments);
      switch (arguments.length == 0 ? "" : arguments[0]) {
        case "serve" -> serve(options);
        case "netty" -> netty(options);
        case "load" -> load(options);
        case "compare" -> {
          if (!new Compare(options, Measurement.named(options.only())).run()) {
            System.exit(1);
          }
        }
        case "growth" -> {
          if (!new Growth(options).run()) {
            System.exit(1);
          }
        }
        case "loss" -> {
          if (!new Loss(options).run()) {
            System.exit(1);
          }
        }
        case "fallback" -> {
          if (!new Fallback(options).run()) {
            System.exit(1);
          }
        }
        case "silence" -> {
          if (!new Silence(options).run()) {
            System.exit(1);
          }
        }
        case "crowd" -> {
          if (!new Crowd(options).run()) {
            System.exit(1);
          }
        }
        case "stalled" -> {
          if (!new Stalled(options).run()) {
            System.exit(1);
          }
        }
        case "stalled-server" -> {
          StalledServer.start(options);
          ready(options);
        }
        case "" -> fail("a command is missing");
        default -> fail("unknown command: " + arguments[0]);
      }
    } catch (IllegalArgumentException wrong) {
      fail(String.valueOf(wrong.getMessage()));
    } catch (LoadFailure failure) {
      System.err.println("failed: " + failure.getMessage());
      System.exit(1);
    }
  }

  private static void jmh(String[] arguments) {
    try {
      org.openjdk.jmh.Main.main(arguments);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void serve(Options options) {
    int bound =
        MeasuredServer.start(options.port(), options.inline(), options.deflate())
            .address()
            .getPort();
    if (options.port() == 0) {
      System.out.println("port " + bound);
    }
    ready(options);
  }

  private static void netty(Options options) {
    NettySocketIoServer.start(options.port());
    ready(options);
  }

  private static void ready(Options options) {
    System.out.println("ready");
    if (options.supervised()) {
      Supervision.start();
    }
  }

  private static void load(Options options) {
    Measurement measurement = Measurement.named(options.only()).get(0);
    System.out.println(measurement.once(options.port(), options.pid(), options.seconds()));
  }

  private static void fail(String message) {
    System.err.println(message);
    System.err.println(USAGE);
    System.exit(2);
  }
}

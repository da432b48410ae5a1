package io.towpath.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A port on which a script may ask the test for something. Each request has its own thread. */
final class ControlPort implements AutoCloseable {
  /** Answers a request in words; it may block. */
  interface Answer {
    String to(String argument) throws Exception;
  }

  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "control");
            thread.setDaemon(true);
            return thread;
          });

  ControlPort() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.start();
  }

  /** Answers requests for a path; their query is {@code name=argument}, or there is none. */
  ControlPort on(String path, Answer answer) {
    server.createContext(path, exchange -> answer(exchange, answer));
    return this;
  }

  private static void answer(HttpExchange exchange, Answer answer) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    String text;
    int status = 200;
    try {
      text = answer.to(query == null ? "" : query.substring(query.indexOf('=') + 1));
    } catch (Exception e) {
      text = e.toString();
      status = 500;
    }
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}

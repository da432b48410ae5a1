package io.towpath.examples.chat;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Serves the files of the page from memory, and nothing else. The page may load scripts, styles and
 * pictures of its own only.
 */
final class PageFiles implements HttpHandler {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
          // Not every browser counts ws: as 'self'.
          + " connect-src 'self' ws: wss:;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  private static final HttpString CONTENT_SECURITY_POLICY =
      new HttpString("Content-Security-Policy");
  private static final HttpString CONTENT_TYPE_OPTIONS = new HttpString("X-Content-Type-Options");

  private record PageFile(String type, byte[] content) {}

  private final Map<String, PageFile> files =
      Map.of(
          "/", read("index.html", "text/html"),
          "/chat.css", read("chat.css", "text/css"),
          "/chat.js", read("chat.js", "text/javascript"),
          "/images.js", read("images.js", "text/javascript"),
          "/messages.js", read("messages.js", "text/javascript"),
          "/network.js", read("network.js", "text/javascript"),
          "/transports.js", read("transports.js", "text/javascript"),
          "/icon.svg", read("icon.svg", "image/svg+xml"));

  private static PageFile read(String name, String type) {
    try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the page's file " + name + " is missing");
      }
      return new PageFile(type + "; charset=utf-8", in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    PageFile file = files.get(exchange.getRequestPath());
    boolean read =
        exchange.getRequestMethod().equals(Methods.GET)
            || exchange.getRequestMethod().equals(Methods.HEAD);
    if (file == null || !read) {
      exchange.setStatusCode(file == null ? 404 : 405);
      exchange.endExchange();
      return;
    }
    exchange
        .getResponseHeaders()
        .put(Headers.CONTENT_TYPE, file.type())
        .put(Headers.CACHE_CONTROL, "no-cache")
        .put(CONTENT_SECURITY_POLICY, POLICY)
        .put(CONTENT_TYPE_OPTIONS, "nosniff");
    exchange.getResponseSender().send(ByteBuffer.wrap(file.content()));
  }
}

package io.towpath.server;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.ETag;
import io.undertow.util.ETagUtils;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The bundles of the browser client, served from memory: with an ETag of their content, and
 * compressed once. The names that the reference's server uses lead to ours, so that a page moves
 * over without a change. Immutable; any thread.
 */
final class ClientFiles {
  private static final String FOLDER = "/io/towpath/client/";
  private static final HttpString NOSNIFF = new HttpString("X-Content-Type-Options");

  /** Names under the path, and the files that they lead to. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    for (String kind : new String[] {"towpath.", "towpath.resumable."}) {
      for (String form : new String[] {"js", "min.js", "esm.js", "esm.min.js", "cjs"}) {
        String file = kind + form;
        NAMES.put(file, file);
        NAMES.put(file + ".map", file + ".map");
      }
    }
    NAMES.put("socket.io.js", "towpath.js");
    NAMES.put("socket.io.min.js", "towpath.min.js");
    NAMES.put("socket.io.esm.min.js", "towpath.esm.min.js");
  }

  private record Bundle(String type, byte[] plain, byte[] gzip, String tag) {}

  private final Map<String, Bundle> bundles = new LinkedHashMap<>();

  ClientFiles() {
    for (Map.Entry<String, String> name : NAMES.entrySet()) {
      byte @Nullable [] content = read(name.getValue());
      if (content != null) {
        String type =
            name.getValue().endsWith(".map")
                ? "application/json; charset=utf-8"
                : "text/javascript; charset=utf-8";
        bundles.put(name.getKey(), new Bundle(type, content, gzip(content), tag(content)));
      }
    }
  }

  /** Returns whether there is a file of that name. */
  boolean has(String name) {
    return bundles.containsKey(name);
  }

  /** Answers a GET or HEAD; the answer to anything else is 405. */
  void serve(String name, HttpServerExchange exchange) {
    Bundle bundle = bundles.get(name);
    String method = exchange.getRequestMethod().toString();
    if (bundle == null || !(method.equals("GET") || method.equals("HEAD"))) {
      exchange.setStatusCode(bundle == null ? 404 : 405);
      if (bundle != null) {
        exchange.getResponseHeaders().put(Headers.ALLOW, "GET, HEAD");
      }
      exchange.endExchange();
      return;
    }
    boolean gzip = accepts(exchange.getRequestHeaders().getFirst(Headers.ACCEPT_ENCODING));
    ETag tag = new ETag(false, gzip ? bundle.tag + "-gz" : bundle.tag);
    exchange.getResponseHeaders().put(Headers.ETAG, tag.toString());
    exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "public, max-age=0");
    exchange.getResponseHeaders().add(Headers.VARY, "Accept-Encoding");
    if (!ETagUtils.handleIfNoneMatch(exchange, tag, true)) {
      exchange.setStatusCode(304);
      exchange.endExchange();
      return;
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, bundle.type);
    exchange.getResponseHeaders().put(NOSNIFF, "nosniff");
    byte[] body = gzip ? bundle.gzip : bundle.plain;
    if (gzip) {
      exchange.getResponseHeaders().put(Headers.CONTENT_ENCODING, "gzip");
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_LENGTH, body.length);
    if (method.equals("HEAD")) {
      exchange.endExchange();
    } else {
      exchange.getResponseSender().send(ByteBuffer.wrap(body));
    }
  }

  private static boolean accepts(@Nullable String encodings) {
    if (encodings == null) {
      return false;
    }
    for (String encoding : encodings.toLowerCase(Locale.ROOT).split(",", -1)) {
      String trimmed = encoding.strip();
      if (trimmed.equals("gzip")
          || trimmed.startsWith("gzip;") && !trimmed.matches(".*q=0(\\.0*)?")) {
        return true;
      }
    }
    return false;
  }

  private static byte @Nullable [] read(String file) {
    try (InputStream in = ClientFiles.class.getResourceAsStream(FOLDER + file)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toByteArray();
  }

  private static String tag(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}

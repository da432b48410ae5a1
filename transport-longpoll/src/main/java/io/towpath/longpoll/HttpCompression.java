package io.towpath.longpoll;

import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Content codings of an answer: whether its body is compressed, and how. Pure; any thread. Source:
 * RFC 9110, sections 8.4 and 12.5.3; the choice is the reference's.
 */
final class HttpCompression {
  /** A content coding and its name on the wire. */
  enum Coding {
    GZIP("gzip"),
    /** The zlib format of RFC 1950, as RFC 9110 says; not bare deflate data. */
    DEFLATE("deflate");

    private final String wire;

    Coding(String wire) {
      this.wire = wire;
    }

    /** Returns the name on the wire. */
    String wire() {
      return wire;
    }
  }

  private HttpCompression() {}

  /**
   * Returns the answer that carries a batch, compressed if one of the messages in it may be, which
   * is the reference's rule, and if the options and the client want it.
   */
  static PollResponse compress(
      PollResponse response,
      List<? extends Outgoing> batch,
      PollExchange exchange,
      PollingOptions options) {
    return options.httpCompression() && isCompressible(batch)
        ? compress(response, exchange.header("Accept-Encoding"), options.compressionThreshold())
        : response;
  }

  private static boolean isCompressible(List<? extends Outgoing> batch) {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.get(i) instanceof MessageBatch message && message.isCompressible()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns an answer as it is, or with its body compressed and a {@code Content-Encoding}.
   *
   * @param acceptEncoding the client's {@code Accept-Encoding}, or null
   * @param threshold the smallest body in bytes that is worth it. A body that does not become
   *     smaller is left as it is
   */
  static PollResponse compress(
      PollResponse response, @Nullable String acceptEncoding, int threshold) {
    long length = response.length();
    if (length < threshold) {
      return response;
    }
    Coding coding = choose(acceptEncoding);
    if (coding == null) {
      return response;
    }
    byte[] compressed = compress(response.body(), coding);
    if (compressed.length >= length) {
      return response;
    }
    Map<String, String> headers = new LinkedHashMap<>(response.headers());
    headers.put("Content-Encoding", coding.wire());
    return new PollResponse(response.status(), headers, List.of(compressed));
  }

  /**
   * Returns the coding that the client likes best, or null if it accepts none or prefers none. The
   * highest weight wins; at equal weights a coding that is named wins against the asterisk, and the
   * one named first against the other. What is malformed is ignored.
   */
  static @Nullable Coding choose(@Nullable String acceptEncoding) {
    if (acceptEncoding == null) {
      return null;
    }
    int gzip = -1;
    int deflate = -1;
    int identity = -1;
    int any = -1;
    boolean deflateFirst = false;
    for (int start = 0; start <= acceptEncoding.length(); ) {
      int comma = acceptEncoding.indexOf(',', start);
      int end = comma < 0 ? acceptEncoding.length() : comma;
      String element = acceptEncoding.substring(start, end);
      start = end + 1;
      int semicolon = element.indexOf(';');
      String name = (semicolon < 0 ? element : element.substring(0, semicolon)).trim();
      int weight = semicolon < 0 ? 1000 : weight(element.substring(semicolon + 1));
      switch (name.toLowerCase(Locale.ROOT)) {
        case "gzip":
          gzip = weight;
          break;
        case "deflate":
          deflateFirst = gzip < 0;
          deflate = weight;
          break;
        case "identity":
          identity = weight;
          break;
        case "*":
          any = weight;
          break;
        default:
      }
    }
    boolean deflateNamed = deflate >= 0 && gzip < 0;
    gzip = gzip < 0 ? any : gzip;
    deflate = deflate < 0 ? any : deflate;
    boolean preferDeflate = deflate > gzip || deflate == gzip && (deflateFirst || deflateNamed);
    int best = Math.max(gzip, deflate);
    if (best <= 0 || identity > best) {
      return null;
    }
    return preferDeflate ? Coding.DEFLATE : Coding.GZIP;
  }

  /** Returns a weight in thousandths; -1 if it is malformed. */
  private static int weight(String parameter) {
    String text = parameter.trim();
    if (text.length() < 3 || text.length() > 7 || !text.regionMatches(true, 0, "q=", 0, 2)) {
      return -1;
    }
    int whole = text.charAt(2) - '0';
    if (whole != 0 && whole != 1 || text.length() > 3 && text.charAt(3) != '.') {
      return -1;
    }
    int thousandths = whole * 1000;
    int unit = 100;
    for (int i = 4; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      thousandths += digit * unit;
      unit /= 10;
    }
    return thousandths <= 1000 ? thousandths : -1;
  }

  private static byte[] compress(List<byte[]> pieces, Coding coding) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    // A deflater holds memory that the collector does not see, so it is ended here and not later.
    Deflater deflater = coding == Coding.DEFLATE ? new Deflater() : null;
    try (OutputStream out =
        deflater == null
            ? new GZIPOutputStream(compressed)
            : new DeflaterOutputStream(compressed, deflater)) {
      for (byte[] piece : pieces) {
        out.write(piece);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      if (deflater != null) {
        deflater.end();
      }
    }
    return compressed.toByteArray();
  }
}

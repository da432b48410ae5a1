package io.towpath.testkit;

import io.towpath.testkit.HttpHead.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One direction of an HTTP/1 connection: finds the bounds of messages and passes their bytes on
 * unchanged. Output is flushed whenever the input has nothing more at hand, so nothing is held
 * back.
 *
 * <p>Confined to the thread that pumps this direction.
 */
final class HttpRelay {
  /** Bytes of one head, of one chunk line, or of one trailer; more is malformed. */
  static final int MAX_HEAD = 64 * 1024;

  private static final int BUFFER = 16 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private OutputStream out = OutputStream.nullOutputStream();

  HttpRelay(InputStream in) {
    this.in = in;
  }

  /** Returns the stream that bytes go to. */
  OutputStream out() {
    return out;
  }

  /** Names the stream that bytes go to from now on. */
  void to(OutputStream next) {
    out = next;
  }

  /** Waits until there is at least one byte to read. Returns false at the end of the stream. */
  boolean fill() throws IOException {
    if (position < limit) {
      return true;
    }
    out.flush();
    position = 0;
    limit = Math.max(0, in.read(buffer, 0, BUFFER));
    return limit > 0;
  }

  /** Reads the next head without passing it on; null if the stream ends before its last line. */
  @Nullable HttpHead readHead() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream(512);
    boolean started = false;
    while (true) {
      byte[] line = readLine(MAX_HEAD - head.size());
      if (line == null) {
        return null;
      }
      head.writeBytes(line);
      boolean empty = line.length <= 2 && (line[0] == '\r' || line[0] == '\n');
      // Empty lines before the start line are allowed (RFC 9112 section 2.2).
      if (empty && started) {
        return HttpHead.parse(head.toByteArray());
      }
      started |= !empty;
    }
  }

  void writeHead(HttpHead head) throws IOException {
    out.write(head.bytes());
  }

  /** Passes on the body that follows a head. Returns false if the stream ended before the body. */
  boolean copyBody(Body body, HttpHead head) throws IOException {
    switch (body) {
      case NONE:
        return true;
      case LENGTH:
        return copy(head.contentLength());
      case CHUNKED:
        return copyChunks();
      case UNTIL_CLOSE:
        copyRest();
        return false;
    }
    throw new AssertionError(body);
  }

  /** Passes on whatever comes until the stream ends. */
  void copyRest() throws IOException {
    while (fill()) {
      copyBuffered();
    }
  }

  /** Passes on what has been read already. */
  void copyBuffered() throws IOException {
    out.write(buffer, position, limit - position);
    position = limit;
  }

  void flush() throws IOException {
    out.flush();
  }

  /** Forgets what has been read already. */
  void dropBuffered() {
    position = limit;
  }

  private boolean copy(long length) throws IOException {
    long left = length;
    while (left > 0 && fill()) {
      int count = (int) Math.min(left, limit - position);
      out.write(buffer, position, count);
      position += count;
      left -= count;
    }
    return left == 0;
  }

  private boolean copyChunks() throws IOException {
    while (true) {
      byte[] line = readLine(MAX_HEAD);
      if (line == null) {
        return false;
      }
      out.write(line);
      long size = chunkSize(line);
      if (size == 0) {
        return copyTrailers();
      }
      if (!copy(size)) {
        return false;
      }
      byte[] end = readLine(2);
      if (end == null) {
        return false;
      }
      out.write(end);
    }
  }

  private static long chunkSize(byte[] line) throws MalformedHttpException {
    String size = new String(line, StandardCharsets.ISO_8859_1).split("[;\\s]", 2)[0];
    if (!size.matches("[0-9A-Fa-f]{1,15}")) {
      throw new MalformedHttpException("a chunk without a size");
    }
    return Long.parseLong(size, 16);
  }

  private boolean copyTrailers() throws IOException {
    int left = MAX_HEAD;
    while (true) {
      byte[] line = readLine(left);
      if (line == null) {
        return false;
      }
      out.write(line);
      left -= line.length;
      if (line[0] == '\n' || (line[0] == '\r' && line.length == 2)) {
        return true;
      }
    }
  }

  /** Reads up to and with the next line feed; null if the stream ends first. */
  private byte @Nullable [] readLine(int max) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    while (fill()) {
      byte next = buffer[position++];
      line.write(next);
      if (next == '\n') {
        return line.toByteArray();
      }
      if (line.size() >= max) {
        throw new MalformedHttpException("a line or head of more than " + max + " bytes");
      }
    }
    return null;
  }
}

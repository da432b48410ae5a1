package io.towpath.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the server under test of which the test decides every byte, plain or TLS. Waits
 * at most ten seconds for anything. Confined to the test's thread.
 */
final class RawConnection implements AutoCloseable {
  private final Socket tcp;
  private final Socket socket;
  private final InputStream in;

  /** An HTTP answer; header names in lower case, several lines of one joined by a comma. */
  record Answer(int status, Map<String, String> headers, String body) {
    @Nullable String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  private RawConnection(Socket tcp, Socket socket) throws IOException {
    this.tcp = tcp;
    this.socket = socket;
    socket.setSoTimeout(10_000);
    in = socket.getInputStream();
  }

  static RawConnection to(InetSocketAddress address, @Nullable SSLContext tls) {
    return to(address, tls, 0);
  }

  /** Connects with a receive buffer of that size; 0 for the system's own. */
  static RawConnection to(InetSocketAddress address, @Nullable SSLContext tls, int receiveBuffer) {
    try {
      Socket tcp = new Socket();
      if (receiveBuffer > 0) {
        tcp.setReceiveBufferSize(receiveBuffer);
      }
      tcp.connect(new InetSocketAddress("localhost", address.getPort()), 10_000);
      tcp.setTcpNoDelay(true);
      Socket socket =
          tls == null
              ? tcp
              : tls.getSocketFactory().createSocket(tcp, "localhost", address.getPort(), true);
      return new RawConnection(tcp, socket);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @CanIgnoreReturnValue
  RawConnection send(String text) {
    return send(text.getBytes(ISO_8859_1));
  }

  @CanIgnoreReturnValue
  RawConnection send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Sends a request without a body. */
  @CanIgnoreReturnValue
  RawConnection request(String method, String target, String... headers) {
    return send(head(method, target, headers));
  }

  @CanIgnoreReturnValue
  RawConnection get(String target, String... headers) {
    return request("GET", target, headers);
  }

  @CanIgnoreReturnValue
  RawConnection post(String target, String body) {
    return send(head("POST", target, "Content-Length: " + body.length()) + body);
  }

  static String head(String method, String target, String... headers) {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    boolean named = false;
    for (String header : headers) {
      head.append(header).append("\r\n");
      named |= header.startsWith("Host:");
    }
    return head + (named ? "\r\n" : "Host: localhost\r\n\r\n");
  }

  /** Reads one answer to a request that was no HEAD. */
  Answer answer() {
    return answer(true);
  }

  Answer answer(boolean withBody) {
    try {
      String[] lines = readHead().split("\r\n", -1);
      int status = Integer.parseInt(lines[0].split(" ", 3)[1]);
      Map<String, String> headers = new LinkedHashMap<>();
      for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
        int colon = lines[i].indexOf(':');
        headers.merge(
            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
            lines[i].substring(colon + 1).strip(),
            (one, two) -> one + ", " + two);
      }
      return new Answer(status, headers, withBody ? body(status, headers) : "");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private String body(int status, Map<String, String> headers) throws IOException {
    String length = headers.get("content-length");
    if (length != null) {
      return new String(in.readNBytes(Integer.parseInt(length)), ISO_8859_1);
    }
    if (!"chunked".equals(headers.get("transfer-encoding"))) {
      if (status >= 200 && status != 204 && status != 304) {
        throw new AssertionError("a body without an end: " + headers);
      }
      return "";
    }
    StringBuilder body = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(readLine(), 16);
      body.append(new String(in.readNBytes(size), ISO_8859_1));
      readLine();
      if (size == 0) {
        return body.toString();
      }
    }
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.indexOf("\r\n") < 0) {
      line.append((char) readByte());
    }
    return line.substring(0, line.length() - 2);
  }

  private String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) readByte());
    }
    return head.toString();
  }

  private int readByte() throws IOException {
    int next = in.read();
    if (next < 0) {
      throw new IOException("the server has closed the connection");
    }
    return next;
  }

  /** Reads exactly so many bytes, fewer at the end. */
  byte[] read(int count) {
    try {
      return in.readNBytes(count);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Waits for the end, orderly or by a reset; what comes before it is dropped. */
  void awaitEnd() {
    try {
      in.transferTo(new ByteArrayOutputStream());
    } catch (SocketTimeoutException open) {
      throw new AssertionError("still open after ten seconds", open);
    } catch (IOException reset) {
      // Also an end.
    }
  }

  /** Cuts the connection with a TCP reset. */
  void reset() {
    try {
      tcp.setSoLinger(true, 0);
      tcp.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}

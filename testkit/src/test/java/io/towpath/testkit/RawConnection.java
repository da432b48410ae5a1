package io.towpath.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** A TCP connection of which a test decides every byte. Waits at most ten seconds for anything. */
final class RawConnection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
  }

  static RawConnection to(InetSocketAddress address) throws IOException {
    return new RawConnection(new Socket(address.getAddress(), address.getPort()));
  }

  RawConnection send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return this;
  }

  /** Reads exactly as many characters as the text has, so that the result can be compared to it. */
  String readAsMuchAs(String text) throws IOException {
    return new String(in.readNBytes(text.length()), ISO_8859_1);
  }

  /** Reads up to and with the empty line. */
  String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended after: " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** Waits for the end, orderly or by a reset, and returns what came before it. */
  String readToEnd() throws IOException {
    StringBuilder rest = new StringBuilder();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        rest.append((char) next);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("still open after ten seconds; read: " + rest, e);
    } catch (IOException reset) {
      // An end all the same.
    }
    return rest.toString();
  }

  /** Waits for the end and says whether it was a reset (RST) rather than an orderly one (FIN). */
  boolean endsByReset() {
    try {
      in.transferTo(OutputStream.nullOutputStream());
      return false;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("still open after ten seconds", e);
    } catch (IOException reset) {
      return true;
    }
  }

  /** Says whether anything, be it the end, comes within a time; loses one byte if so. */
  boolean hasInputWithin(int millis) throws IOException {
    socket.setSoTimeout(Math.max(1, millis));
    try {
      in.read();
      return true;
    } catch (SocketTimeoutException nothing) {
      return false;
    } finally {
      socket.setSoTimeout(10_000);
    }
  }

  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

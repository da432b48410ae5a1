package io.towpath.testkit;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes on what it gets and keeps a copy, up to a bound. For one thread. */
final class TeeOutputStream extends FilterOutputStream {
  private static final int MOST = 4 << 20;

  private final ByteArrayOutputStream copy = new ByteArrayOutputStream();

  TeeOutputStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    if (copy.size() <= MOST) {
      copy.write(bytes, offset, length);
    }
  }

  /** Returns the copy; empty if there was too much of it. */
  byte[] copy() {
    return copy.size() > MOST ? new byte[0] : copy.toByteArray();
  }
}

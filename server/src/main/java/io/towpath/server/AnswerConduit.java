package io.towpath.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;

/**
 * The output of a network connection while HTTP has it; can hold back the answer to an upgrade, so
 * that what follows it leaves in the same write. As confined as what it stands before.
 */
final class AnswerConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {
  /** Null unless the answer is held back, which is as small as HTTP's headers are. */
  private @Nullable ByteArrayOutputStream held;

  AnswerConduit(StreamSinkConduit network) {
    super(network);
  }

  StreamSinkConduit network() {
    return next;
  }

  void hold() {
    held = new ByteArrayOutputStream(256);
  }

  /** Holds back nothing more; returns what was held, or null for nothing. */
  byte @Nullable [] take() {
    ByteArrayOutputStream taken = held;
    held = null;
    return taken == null || taken.size() == 0 ? null : taken.toByteArray();
  }

  private static int keep(ByteArrayOutputStream to, ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    to.write(bytes, 0, bytes.length);
    return bytes.length;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    ByteArrayOutputStream to = held;
    return to == null ? next.write(from) : keep(to, from);
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    ByteArrayOutputStream to = held;
    if (to == null) {
      return next.write(from, offset, length);
    }
    long count = 0;
    for (int i = offset; i < offset + length; i++) {
      count += keep(to, from[i]);
    }
    return count;
  }

  @Override
  public int writeFinal(ByteBuffer from) throws IOException {
    return held == null ? next.writeFinal(from) : Conduits.writeFinalBasic(this, from);
  }

  @Override
  public long writeFinal(ByteBuffer[] from, int offset, int length) throws IOException {
    return held == null
        ? next.writeFinal(from, offset, length)
        : Conduits.writeFinalBasic(this, from, offset, length);
  }

  @Override
  public long transferFrom(FileChannel from, long position, long count) throws IOException {
    return held == null
        ? next.transferFrom(from, position, count)
        : from.transferTo(position, count, new ConduitWritableByteChannel(this));
  }

  @Override
  public long transferFrom(StreamSourceChannel from, long count, ByteBuffer through)
      throws IOException {
    return held == null
        ? next.transferFrom(from, count, through)
        : Conduits.transfer(from, count, through, this);
  }
}

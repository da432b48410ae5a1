package io.towpath.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The one exit of a connection: takes messages and control frames from any thread and writes them
 * with one thread at a time. Pings and pongs overtake messages; the Close frame comes last, and
 * nothing is taken after it.
 *
 * <p>Whoever calls {@link #flush} while the exit is free becomes the writer and stays it until
 * everything is written, also what others queue meanwhile; the others do not wait. When the network
 * takes no more, the exit is <em>stuck</em> and the link's thread goes on when it can. Everything
 * that waits is put into one buffer and leaves in one write; the buffer is held only while there is
 * something in it. The lock is never held while writing.
 */
final class FrameWriter {
  /** What the connection is told. Called by the thread that writes, with no lock held. */
  interface Events {
    /** The network takes no more for now. */
    void onStuck();

    /** A stuck exit has got rid of some bytes, and is still stuck. */
    void onProgress();

    /** An exit that was stuck has written everything; the writer still owns it. */
    void onUnstuck();

    /** Follows {@link #onUnstuck} when the exit is free: what is sent now leaves at once. */
    void onWrittenOut();

    /** A message has been compressed. */
    void onCompressed();

    /** The Close frame has been handed to the network. */
    void onCloseWritten();
  }

  /** Who owns the fields of the frame under way. */
  private enum Exit {
    /** Nobody, and there is no frame under way. */
    FREE,
    /** The thread that is writing. */
    WRITING,
    /** The link's next {@code onWritable}. */
    STUCK
  }

  /** A ping or pong that waits. */
  private record Control(Opcode opcode, byte[] payload) {}

  private static final byte[] NO_BYTES = {};

  private final ByteLink link;
  private final FrameEncoder encoder;

  /** Null if messages are never compressed. */
  private final @Nullable PerMessageDeflate deflate;

  private final int maxPendingControls;
  private final Events events;

  @GuardedBy("this")
  private Exit exit = Exit.FREE;

  @GuardedBy("this")
  private final FrameQueue messages = new FrameQueue();

  /** Null until the first ping or pong. */
  @GuardedBy("this")
  private @Nullable ArrayDeque<Control> controls;

  /** The payload of the Close frame; null until one is queued, and again when it is taken. */
  @GuardedBy("this")
  private byte @Nullable [] close;

  /** Nothing is queued any more: a Close frame has been, or the connection is lost. */
  @GuardedBy("this")
  private boolean closed;

  /** What leaves before the first frame; null if nothing does, or when it is taken. */
  @GuardedBy("this")
  private byte @Nullable [] preamble;

  /** Set once, when the connection is lost; whatever is left need not be written. */
  private volatile boolean discarded;

  /** Whether the exit is stuck; written by its owner, read by any thread as a hint. */
  private volatile boolean stuck;

  // Owned by the thread that has the exit.

  /** The output; null while there is nothing to write. */
  private @Nullable ByteBuffer out;

  /** The payload of the frame under way, of which {@link #left} bytes from {@link #at} wait. */
  private byte[] payload = NO_BYTES;

  private int at;
  private int left;

  /** Whether the message that was taken may be compressed. */
  private boolean compressible;

  /** Whether what was taken is no frame and has no header. */
  private boolean bare;

  /** Whether the Close frame has been put into the output. */
  private boolean closeInOutput;

  /** Whether {@link Events#onWrittenOut} is due. */
  private boolean wasStuck;

  FrameWriter(
      ByteLink link,
      FrameEncoder encoder,
      @Nullable PerMessageDeflate deflate,
      int maxPendingControls,
      Events events) {
    this.link = link;
    this.encoder = encoder;
    this.deflate = deflate;
    this.maxPendingControls = maxPendingControls;
    this.events = events;
  }

  /** Returns whether bytes wait for the network. A hint; any thread. */
  boolean isStuck() {
    return stuck;
  }

  /** Queues a message; {@link #flush} writes it. Dropped after the Close frame. */
  void message(Opcode opcode, byte[] bytes, int offset, int length) {
    message(opcode, bytes, offset, length, true);
  }

  /** Queues a message that is compressed only if that is allowed. */
  void message(Opcode opcode, byte[] bytes, int offset, int length, boolean mayCompress) {
    synchronized (this) {
      if (!closed) {
        messages.add(opcode, bytes, offset, length, mayCompress);
      }
    }
  }

  /**
   * Queues a ping or pong; {@link #flush} writes it. Dropped after the Close frame. If too many
   * wait, what waits is flushed, and if it cannot be, the oldest is dropped.
   */
  void control(Opcode opcode, byte[] bytes) {
    if (controlsAreFull()) {
      flush();
    }
    synchronized (this) {
      if (closed) {
        return;
      }
      if (controls == null) {
        controls = new ArrayDeque<>(2);
      }
      if (controls.size() >= maxPendingControls) {
        controls.poll();
      }
      controls.add(new Control(opcode, bytes));
    }
  }

  private boolean controlsAreFull() {
    synchronized (this) {
      return controls != null && controls.size() >= maxPendingControls;
    }
  }

  /**
   * Queues bytes that leave before all frames, together with the first of them; {@link #flush}
   * writes them. Once, before anything else.
   */
  void preamble(byte[] bytes) {
    synchronized (this) {
      if (!closed) {
        preamble = bytes;
      }
    }
  }

  /** Queues the Close frame, after which nothing is taken; {@link #flush} writes it. Once. */
  void close(byte[] bytes) {
    synchronized (this) {
      if (!closed) {
        closed = true;
        close = bytes;
      }
    }
  }

  /** Writes what waits, unless another thread is doing so or the exit is stuck. Any thread. */
  void flush() {
    synchronized (this) {
      if (exit != Exit.FREE || !hasFrame()) {
        return;
      }
      exit = Exit.WRITING;
    }
    write();
  }

  /** The network takes bytes again; the link's thread. */
  void onWritable() {
    synchronized (this) {
      if (exit != Exit.STUCK) {
        return;
      }
      exit = Exit.WRITING;
    }
    ByteBuffer buffer = out;
    if (buffer != null) {
      int before = buffer.remaining();
      if (!link.write(buffer)) {
        if (buffer.remaining() < before) {
          events.onProgress();
        }
        waitForNetwork();
        return;
      }
      written(buffer);
    }
    write();
  }

  /** The connection is lost: drops everything that waits. Any thread. */
  void discard() {
    synchronized (this) {
      discarded = true;
      closed = true;
      preamble = null;
      close = null;
      controls = null;
      messages.clear();
      if (exit != Exit.STUCK) {
        // Free, or a writer is at it and will see that there is nothing left.
        return;
      }
      exit = Exit.WRITING;
    }
    dropRest();
  }

  /** Writes until nothing waits or the network takes no more. The caller owns the exit. */
  private void write() {
    while (fill()) {
      ByteBuffer buffer = out;
      if (buffer == null) {
        throw new AssertionError("nothing to write");
      }
      buffer.flip();
      if (!link.write(buffer)) {
        if (!stuck) {
          stuck = true;
          events.onStuck();
        } else {
          events.onProgress();
        }
        waitForNetwork();
        return;
      }
      written(buffer);
    }
    if (wasStuck) {
      wasStuck = false;
      events.onWrittenOut();
    }
  }

  /** Gives the exit to the link's next {@code onWritable}, in this order: it may come at once. */
  private void waitForNetwork() {
    boolean waits;
    synchronized (this) {
      waits = !discarded;
      if (waits) {
        exit = Exit.STUCK;
      }
    }
    if (waits) {
      link.awaitWritable();
    } else {
      dropRest();
    }
  }

  private void written(ByteBuffer buffer) {
    buffer.clear();
    if (closeInOutput && left == 0) {
      closeInOutput = false;
      events.onCloseWritten();
    }
  }

  /**
   * Puts frames into the output, as many as there is room for.
   *
   * @return true if the output has something to write; false if there was nothing: the exit is
   *     given back, and so is the buffer
   */
  private boolean fill() {
    while (true) {
      if (discarded) {
        dropRest();
        return false;
      }
      if (left > 0 && !payloadFits()) {
        return true;
      }
      ByteBuffer buffer = out;
      if (buffer != null && buffer.remaining() < FrameEncoder.MAX_HEADER_BYTES) {
        return true;
      }
      boolean empty = buffer == null || buffer.position() == 0;
      Opcode opcode = nextFrame(buffer == null);
      if (opcode != null) {
        if (buffer == null) {
          buffer = link.acquire();
          out = buffer;
        }
        if (bare) {
          bare = false;
          continue;
        }
        boolean compressed = !opcode.isControl() && compress();
        encoder.header(opcode, true, compressed, left, buffer);
        closeInOutput |= opcode == Opcode.CLOSE;
      } else if (!empty) {
        return true;
      } else if (buffer == null) {
        return false;
      } else {
        recycle(buffer);
        if (stuck) {
          stuck = false;
          wasStuck = true;
          events.onUnstuck();
        }
      }
    }
  }

  /** Compresses the message that was taken, if that is wanted and worth it. */
  private boolean compress() {
    if (deflate == null || !compressible) {
      return false;
    }
    byte[] compressed = deflate.compress(payload, at, left);
    if (compressed == null) {
      return false;
    }
    under(compressed, 0, compressed.length);
    events.onCompressed();
    return true;
  }

  private boolean payloadFits() {
    ByteBuffer buffer = out;
    if (buffer == null) {
      throw new AssertionError("payload without a header");
    }
    int chunk = encoder.payload(payload, at, left, buffer);
    at += chunk;
    left -= chunk;
    if (left > 0) {
      return false;
    }
    payload = NO_BYTES;
    return true;
  }

  /**
   * Takes the next frame that may be written: control frames first, the Close frame last; before
   * all of them the preamble, which is {@link #bare}.
   *
   * @param giveBack whether to give the exit back if there is none
   */
  private @Nullable Opcode nextFrame(boolean giveBack) {
    synchronized (this) {
      if (preamble != null) {
        under(preamble, 0, preamble.length);
        preamble = null;
        bare = true;
        return Opcode.BINARY;
      }
      Control control = controls == null ? null : controls.poll();
      if (control != null) {
        under(control.payload, 0, control.payload.length);
        return control.opcode;
      }
      if (!messages.isEmpty()) {
        Opcode opcode = messages.opcode();
        int offset = messages.offset();
        int length = messages.length();
        compressible = messages.compressible();
        under(messages.remove(), offset, length);
        return opcode;
      }
      if (close != null) {
        under(close, 0, close.length);
        close = null;
        return Opcode.CLOSE;
      }
      if (giveBack) {
        exit = Exit.FREE;
      }
      return null;
    }
  }

  private void under(byte[] bytes, int offset, int length) {
    payload = bytes;
    at = offset;
    left = length;
  }

  @GuardedBy("this")
  private boolean hasFrame() {
    return !messages.isEmpty()
        || close != null
        || (controls != null && !controls.isEmpty())
        || preamble != null;
  }

  /** Gives the exit back after the connection is lost; the caller owns it. */
  private void dropRest() {
    left = 0;
    payload = NO_BYTES;
    ByteBuffer buffer = out;
    if (buffer != null) {
      recycle(buffer);
    }
    stuck = false;
    wasStuck = false;
    synchronized (this) {
      exit = Exit.FREE;
    }
  }

  private void recycle(ByteBuffer buffer) {
    out = null;
    link.recycle(buffer);
  }
}

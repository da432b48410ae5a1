package io.towpath.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Compresses and decompresses the messages of one connection, RFC 7692 section 7.2.
 *
 * <p><b>Out.</b> The JDK's deflater always uses the largest window. A smaller one is obeyed by
 * cutting the message into blocks of half of it, each compressed with the bytes before it, at most
 * the other half, as its dictionary: no reference can then reach further back than the window.
 *
 * <p><b>In.</b> Every message is inflated by a fresh inflater, which is given what the peer may
 * refer to as its dictionary. So nothing of one message but those bytes can reach into the next, a
 * stream that ends itself in mid-message (section 7.2.3.4) goes on with the next block, and an idle
 * connection owns no inflater. The output goes into the caller's array, as far as there is room;
 * the caller decides whether there may be more.
 *
 * <p>{@link #compress} is called by one thread at a time, the inflating methods by one thread at a
 * time; {@link #release} by any.
 */
final class PerMessageDeflate {
  /** How many deflaters, and how many inflaters, are kept for the whole process. */
  static final int POOLED = 2 * Runtime.getRuntime().availableProcessors();

  private static final ArrayBlockingQueue<Deflater> DEFLATERS = new ArrayBlockingQueue<>(POOLED);
  private static final ArrayBlockingQueue<Inflater> INFLATERS = new ArrayBlockingQueue<>(POOLED);

  /** What a sender cuts off the end of a message; section 7.2.1. */
  private static final int TAIL_BYTES = 4;

  /**
   * What was cut off, and a final empty block: only if the message ends where a block does, the
   * stream is then finished.
   */
  private static final byte[] TAIL = {0, 0, -1, -1, 1, 0, 0, -1, -1};

  /** The compressed form of an empty message; section 7.2.3.6. */
  private static final byte[] EMPTY = {0};

  private static final int LARGEST_WINDOW = 1 << DeflateParameters.MAX_WINDOW_BITS;
  private static final byte[] NO_BYTES = {};
  private static final ByteBuffer NO_INPUT = ByteBuffer.wrap(NO_BYTES);

  private final int threshold;
  private final boolean outTakeover;
  private final int outWindow;
  private final boolean inTakeover;
  private final int inWindow;

  private final Object outLock = new Object();
  private final Object inLock = new Object();

  /** Kept between messages only with context takeover; null until the first, and when released. */
  @GuardedBy("outLock")
  private @Nullable Deflater ownDeflater;

  @GuardedBy("outLock")
  private boolean outReleased;

  /** The inflater of the message under way; null between messages. */
  @GuardedBy("inLock")
  private @Nullable Inflater inflater;

  /** Bytes of the message under way that are not inflated yet. */
  @GuardedBy("inLock")
  private ByteBuffer input = NO_INPUT;

  @GuardedBy("inLock")
  private boolean inReleased;

  /** What the peer's next message may refer to; empty without context takeover. */
  @GuardedBy("inLock")
  private byte[] history = NO_BYTES;

  /**
   * Creates the codec of a connection.
   *
   * @param role which end this is
   */
  PerMessageDeflate(Role role, DeflateParameters parameters, int threshold) {
    Role peer = role == Role.SERVER ? Role.CLIENT : Role.SERVER;
    this.threshold = threshold;
    this.outTakeover = parameters.takeover(role);
    this.outWindow = parameters.window(role);
    this.inTakeover = parameters.takeover(peer);
    this.inWindow = parameters.window(peer);
  }

  // Out.

  /**
   * Compresses a message.
   *
   * @return the payload of its frame, or null if it is better sent as it is
   */
  byte @Nullable [] compress(byte[] bytes, int offset, int length) {
    if (length < threshold) {
      return null;
    }
    if (length == 0) {
      return EMPTY;
    }
    synchronized (outLock) {
      if (outReleased) {
        return null;
      }
      // A smaller window is obeyed block by block, which leaves no context to keep.
      boolean keep = outTakeover && outWindow == LARGEST_WINDOW;
      Deflater deflater = ownDeflater != null ? ownDeflater : takeDeflater();
      Output output = new Output(length);
      if (outWindow == LARGEST_WINDOW) {
        output.append(deflater, bytes, offset, length);
      } else {
        inBlocks(deflater, output, bytes, offset, length);
      }
      if (keep) {
        ownDeflater = deflater;
      } else {
        giveBack(deflater);
      }
      int size = output.size - TAIL_BYTES;
      // With takeover the peer must see the message, because later ones may refer to it.
      return size < length || keep ? Arrays.copyOf(output.bytes, size) : null;
    }
  }

  private void inBlocks(Deflater deflater, Output output, byte[] bytes, int offset, int length) {
    int half = outWindow / 2;
    for (int done = 0; done < length; done += half) {
      deflater.reset();
      int before = Math.min(done, half);
      if (before > 0) {
        deflater.setDictionary(bytes, offset + done - before, before);
      }
      output.append(deflater, bytes, offset + done, Math.min(half, length - done));
    }
  }

  /** A compressed message that grows. */
  private static final class Output {
    byte[] bytes;
    int size;

    Output(int length) {
      bytes = new byte[Math.max(64, length / 2)];
    }

    /** Appends the compressed form of a block, which ends with 00 00 ff ff. */
    void append(Deflater deflater, byte[] from, int offset, int length) {
      deflater.setInput(from, offset, length);
      while (true) {
        if (size == bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.addExact(size, size / 2));
        }
        int room = bytes.length - size;
        int count = deflater.deflate(bytes, size, room, Deflater.SYNC_FLUSH);
        size += count;
        if (count < room) {
          return;
        }
      }
    }
  }

  /** Gives up the compressor that was kept for later messages; they start without a context. */
  void releaseIdle() {
    synchronized (outLock) {
      if (ownDeflater != null) {
        giveBack(ownDeflater);
        ownDeflater = null;
      }
    }
  }

  /** Returns whether a compressor is kept between messages; see {@link #releaseIdle}. */
  boolean keepsDeflater() {
    synchronized (outLock) {
      return ownDeflater != null;
    }
  }

  // In.

  /**
   * Takes compressed bytes of the message under way and inflates as much as there is room for. If
   * that fills the room, call it again without bytes until it does not.
   *
   * @param bytes the next bytes; they must stay until all of them are inflated. Null for none.
   * @param message what has been inflated of this message is in its first {@code size} bytes
   * @param room how many bytes may be added, at least 1
   * @return how many bytes were added
   * @throws ProtocolViolation if the bytes are no deflate stream
   */
  int inflate(@Nullable ByteBuffer bytes, byte[] message, int size, int room) {
    synchronized (inLock) {
      if (inReleased) {
        return 0;
      }
      if (bytes != null) {
        input = bytes;
      }
      Inflater current = inflater;
      if (current == null) {
        current = takeInflater();
        inflater = current;
        begin(current, history);
      } else if (bytes != null && !current.finished()) {
        current.setInput(bytes);
      }
      try {
        return inflate(current, message, size, room);
      } catch (DataFormatException malformed) {
        throw corrupt();
      }
    }
  }

  @GuardedBy("inLock")
  private int inflate(Inflater current, byte[] message, int size, int room)
      throws DataFormatException {
    int added = 0;
    while (added < room) {
      if (current.finished()) {
        if (!input.hasRemaining()) {
          break;
        }
        // Section 7.2.3.4: a final block ends neither the message nor what others may refer to.
        current.reset();
        begin(current, lastBytes(message, size + added, LARGEST_WINDOW));
      }
      int count = current.inflate(message, size + added, room - added);
      added += count;
      if (count == 0 && !current.finished()) {
        if (!current.needsInput()) {
          throw corrupt();
        }
        break;
      }
    }
    return added;
  }

  /** Starts a stream that may refer to the dictionary, with the input that there is. */
  @GuardedBy("inLock")
  private void begin(Inflater current, byte[] dictionary) {
    if (dictionary.length > 0) {
      current.setDictionary(dictionary);
    }
    current.setInput(input);
  }

  /**
   * Returns what completes the message under way, whose payload has all been inflated: to be
   * inflated as if it had come too. Empty if the stream has ended itself.
   */
  ByteBuffer tail() {
    synchronized (inLock) {
      boolean complete = inflater != null && inflater.finished() && !input.hasRemaining();
      return ByteBuffer.wrap(complete ? NO_BYTES : TAIL);
    }
  }

  /**
   * Ends the message under way, after its tail.
   *
   * @param message the whole message is in its first {@code size} bytes
   * @throws ProtocolViolation if it does not end where a block ends
   */
  void end(byte[] message, int size) {
    synchronized (inLock) {
      Inflater current = inflater;
      if (inReleased || current == null) {
        return;
      }
      if (!current.finished() || input.hasRemaining()) {
        throw corrupt();
      }
      if (inTakeover) {
        history = lastBytes(message, size, inWindow);
      }
      input = NO_INPUT;
      inflater = null;
      giveBack(current);
    }
  }

  /** Returns the last bytes of what later bytes may refer to: history and then this message. */
  @GuardedBy("inLock")
  private byte[] lastBytes(byte[] message, int size, int most) {
    if (size >= most || history.length == 0) {
      int from = Math.max(0, size - most);
      return Arrays.copyOfRange(message, from, size);
    }
    int kept = Math.min(history.length, most - size);
    byte[] last = new byte[kept + size];
    System.arraycopy(history, history.length - kept, last, 0, kept);
    System.arraycopy(message, 0, last, kept, size);
    return last;
  }

  /** Gives everything back; nothing is compressed or inflated any more. Any thread. */
  void release() {
    releaseIdle();
    synchronized (outLock) {
      outReleased = true;
    }
    synchronized (inLock) {
      inReleased = true;
      history = NO_BYTES;
      input = NO_INPUT;
      if (inflater != null) {
        inflater.end();
        inflater = null;
      }
    }
  }

  private static Deflater takeDeflater() {
    Deflater pooled = DEFLATERS.poll();
    return pooled != null ? pooled : new Deflater(Deflater.DEFAULT_COMPRESSION, true);
  }

  private static Inflater takeInflater() {
    Inflater pooled = INFLATERS.poll();
    return pooled != null ? pooled : new Inflater(true);
  }

  private static void giveBack(Deflater deflater) {
    deflater.reset();
    if (!DEFLATERS.offer(deflater)) {
      deflater.end();
    }
  }

  private static void giveBack(Inflater inflater) {
    inflater.reset();
    if (!INFLATERS.offer(inflater)) {
      inflater.end();
    }
  }

  private static ProtocolViolation corrupt() {
    return new ProtocolViolation(CloseCode.INVALID_PAYLOAD, "compressed message is corrupt");
  }
}

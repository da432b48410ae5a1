package io.towpath.websocket;

import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One network connection as a connection's codec sees it: bytes in, bytes out, suspend, half-close,
 * abort. {@code server} implements it on XNIO, the testkit in memory.
 *
 * <p><b>Cost.</b> An idle link owns no buffer: bytes that arrive are lent for one call, and an
 * output buffer is acquired when there is something to write and recycled when it is gone. What is
 * queued is put into one buffer and leaves in one {@link #write}. No object is made per message.
 *
 * <p><b>Threads.</b> All {@link Events} of a link come on one thread at a time, and never from
 * within a call of this interface. {@link #write}, {@link #awaitWritable} and {@link
 * #shutdownWrites} are called by any thread, one at a time (the connection sees to that);
 * everything else by any thread at any time. No call blocks or throws because of the network; a
 * write on a link that is broken takes the bytes and drops them, and {@link Events#onFailed} tells
 * of it.
 *
 * <p>{@code toString} names the peer, for log lines.
 */
public interface ByteLink {
  /** Every output buffer has room for at least this many bytes. */
  int MIN_BUFFER_BYTES = 64;

  /**
   * Connects this link to its connection and begins to read; called once, before anything else.
   * Bytes that had arrived before are read first.
   */
  void start(Events events);

  /**
   * Returns the thread that {@link Events} come on, if it runs other things too; null if not.
   * Always the same. What one of its tasks executes waits until it has looked for events.
   */
  default @Nullable Executor ioThread() {
    return null;
  }

  /**
   * Lends an output buffer: empty, big-endian, usually direct and of 16 KiB. It belongs to the
   * caller until {@link #recycle}.
   */
  ByteBuffer acquire();

  /**
   * Writes as much as the network takes at once. The buffer stays the caller's.
   *
   * @param bytes from its position to its limit; the position moves past what has been taken
   * @return whether everything has been taken; if not, call {@link #awaitWritable} and try the rest
   *     when told to
   */
  boolean write(ByteBuffer bytes);

  /** Asks for one {@link Events#onWritable} as soon as the network takes bytes again. */
  void awaitWritable();

  /** Takes an output buffer back, whatever is left in it. */
  void recycle(ByteBuffer buffer);

  /**
   * Stops reading; bytes stay in the network and slow the peer down. A link that can notice the end
   * or the loss of the connection without reading still tells of it.
   */
  void suspendReads();

  /** Reads again. */
  void resumeReads();

  /** Sends the peer an end-of-stream after what was written. Reading goes on. */
  void shutdownWrites();

  /**
   * Ends the connection after a last word on both sides, if that is possible at once: everything
   * has been written, and nothing more has come or may come.
   *
   * @return whether it has been ended, and {@link Events} are told nothing more; if not, {@link
   *     #shutdownWrites} is the way
   */
  default boolean finish() {
    return false;
  }

  /**
   * Closes the connection in both directions at once. No event follows, except those that are on
   * their way. May be called again.
   */
  void abort();

  /** What a link tells its connection. */
  interface Events {
    /**
     * Bytes have arrived.
     *
     * @param bytes direct or heap, never read-only, big-endian; valid during the call, during which
     *     the receiver may change what is between position and limit. It takes all of it.
     */
    void onReadable(ByteBuffer bytes);

    /** What had arrived together has been delivered; follows one or more {@link #onReadable}. */
    void onReadEnd();

    /** The network takes bytes again; answers one {@link ByteLink#awaitWritable}. */
    void onWritable();

    /** The peer has sent its end-of-stream; nothing more will arrive. At most once. */
    void onEnd();

    /**
     * The connection is lost; no other event follows.
     *
     * @param description what happened, in plain words
     */
    void onFailed(String description);
  }
}

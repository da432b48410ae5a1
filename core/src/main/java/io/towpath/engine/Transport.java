package io.towpath.engine;

import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What carries a session's packets: one WebSocket, or the polls of one session. A transport knows
 * packets and nothing of events; its session knows packets and nothing of frames, bodies or
 * sockets.
 *
 * <p><b>The contract</b>, which {@code TransportContract} in the testkit checks for every
 * transport:
 *
 * <ol>
 *   <li>The session calls {@link #start} once, before anything else. Nothing goes upward before it.
 *   <li>{@link Events#onPacket} is called for each packet, in the order of the wire, never by two
 *       threads at once and never with a lock of the transport held. After a run of packets that
 *       arrived together the transport calls {@link Events#onBurstEnd} once; the session may wait
 *       for it before it writes.
 *   <li>{@link #send} is called by one thread at a time and only while {@link #isWritable}. It
 *       takes the whole list, in order, and never blocks. The list belongs to the caller again when
 *       it returns.
 *   <li>A transport that is not writable calls {@link Events#onWritable} when it is again; it may
 *       do so from within {@code send}. A poll is writable while a GET is parked; a WebSocket while
 *       no write is stuck.
 *   <li>Bytes that are no packet end the transport with {@link CloseReason#PARSE_ERROR}; packets
 *       before them are delivered.
 *   <li>{@link Events#onClosed} is called exactly once, whatever happens, and nothing is called
 *       after it.
 *   <li>{@link #close} and {@link #release} may be called by any thread, at any time, again and
 *       again; only the first counts.
 * </ol>
 *
 * <p>A transport applies its own bounds (message size, body size, write deadline) and never lets an
 * exception pass upward.
 */
public interface Transport {
  /** Returns which kind of transport this is. */
  TransportName name();

  /**
   * Returns the thread that this transport's network calls come on, for what many sessions are to
   * write; null if a session is best written by whoever has something for it. Always the same.
   *
   * <p>What one of its tasks executes has to wait until the thread has looked at its connections.
   */
  default @Nullable Executor ioThread() {
    return null;
  }

  /** Connects this transport to its session; called once. */
  void start(Events events);

  /**
   * Returns whether {@link #send} may be called now. A hint when read without the session's
   * knowledge; any thread.
   */
  boolean isWritable();

  /** Writes packets and messages in order; see rules 3 and 4. */
  void send(List<? extends Outgoing> batch);

  /**
   * Ends the session as this transport says it: a Close frame on WebSocket, packet {@code 1} on a
   * parked GET or on the next one. Then reports {@link Events#onClosed} with {@link
   * CloseReason#FORCED_CLOSE}, unless something else was first. A poll without a parked GET waits
   * for one at most as long as its options say.
   */
  void close();

  /**
   * Lets go of this transport because its session goes on elsewhere, or has been ended by the peer:
   * a parked GET is answered {@code 6}, a WebSocket gets a Close frame. Never says {@code 1}.
   */
  void release();

  /**
   * Lets go of this transport of a resumable session, which may live on; in the words of {@link
   * Dismissal}. A WebSocket gets a Close frame with the code, behind the packet {@code 1} if the
   * session is over; a parked GET is answered {@code 6}, or {@code 1} if it is; a stream ends.
   */
  default void dismiss(Dismissal why) {
    release();
  }

  /**
   * Stops or resumes taking packets from the peer, because the session is behind in handing them
   * on. Packets that have already been read may still arrive.
   */
  void setReceiving(boolean receiving);

  /** What a transport tells its session. */
  interface Events {
    /** A packet has arrived. */
    void onPacket(EnginePacket packet);

    /** What arrived together has been delivered; now is a good time to write. */
    void onBurstEnd();

    /** The transport is writable again. */
    void onWritable();

    /**
     * The transport is not writable any more, because the peer has given up a request that could be
     * answered; it may come back. Only polls of resumable sessions tell this.
     */
    default void onIdle() {}

    /**
     * The transport has ended.
     *
     * @param description details for logs, in plain words, or null
     */
    void onClosed(CloseReason reason, @Nullable String description);
  }
}

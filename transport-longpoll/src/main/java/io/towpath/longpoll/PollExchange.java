package io.towpath.longpoll;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request of a polling session, and its answer: all that this transport knows of an HTTP
 * server. A server implements it; {@code MemoryPollExchange} in the testkit does so without one.
 *
 * <p>Whoever brings an exchange to {@link PollingTransport#onRequest} leaves it to the transport,
 * which ends it exactly once, with {@link #respond} or {@link #destroy}, now or later, from any
 * thread. Only {@code respond}, {@code destroy} and {@link #onAbort} may meet on different threads;
 * the first of them to take effect wins, and the others then do nothing. No method blocks, and none
 * throws when the client has gone.
 */
public interface PollExchange {
  /** Returns the method in capitals, for example {@code GET}. */
  String method();

  /**
   * Returns the first value of a request header as it was sent, or null if there is none.
   *
   * @param name the name; its case does not matter
   */
  @Nullable String header(String name);

  /**
   * Reads the whole request body and then calls back once: on this thread before the method
   * returns, or later on another one. Called at most once.
   *
   * @param limit the largest body in bytes; a body of exactly that many is read. More is noticed
   *     while reading, or before it if the client announces the length, and never kept in memory
   */
  void receive(int limit, Body body);

  /** Sends the answer. The arrays in it stay shared and are not to be changed. */
  void respond(PollResponse response);

  /**
   * Begins an answer of status 200 whose body is written little by little; in place of {@link
   * #respond}. Called at most once, when there is no request body to read.
   *
   * @param headers besides what the server adds to every answer; the length is not known
   * @param events hears of the answer's fate from now on; may be called before this returns
   */
  Stream stream(Map<String, String> headers, StreamEvents events);

  /** Cuts the connection (HTTP/2: the stream) without an answer. */
  void destroy();

  /**
   * Asks to be told when the client goes away before the answer, within a few milliseconds of it.
   * Called at most once, and only when there is no body left to read. If the client has gone
   * already, the action runs at once; after the answer it never runs.
   *
   * @param action runs at most once, on any thread
   */
  void onAbort(Runnable action);

  /**
   * The body of an answer that goes on. {@link #write} is called by one thread at a time; all else
   * by any thread at any time. No method blocks, and none throws when the client has gone.
   */
  interface Stream {
    /** Returns whether nothing that was written waits for the network. */
    boolean isWritable();

    /** Writes pieces at once, without waiting for more. The arrays are not to be changed. */
    void write(List<byte[]> pieces);

    /** Ends the body after what was written; {@link StreamEvents#onClosed} may not follow. */
    void end();

    /** Cuts the connection. */
    void destroy();
  }

  /** What the body of an answer tells; any thread, one call at a time. */
  interface StreamEvents {
    /** The network has taken some of what waits, but not all. */
    void onProgress();

    /** The network has taken all that waited. */
    void onWritable();

    /** The client has gone, or the connection is lost. */
    void onClosed();
  }

  /** How the reading of a request body ended; exactly one of the methods is called. */
  interface Body {
    /** The body is here. The array is handed over. */
    void complete(byte[] bytes);

    /** The body is larger than the limit. The rest need not be read. */
    void tooLarge();

    /** The client went away before the end of the body; there is nobody to answer. */
    void aborted();
  }
}

package io.towpath.longpoll;

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

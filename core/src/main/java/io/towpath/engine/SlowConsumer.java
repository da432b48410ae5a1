package io.towpath.engine;

/**
 * What happens when more bytes wait for a peer than may, because it reads more slowly than it is
 * sent to, or not at all. Whatever is chosen: volatile messages are not queued in the first place,
 * answers and what belongs to connecting are never dropped, and a peer whose network takes nothing
 * at all for the transport's write timeout is cut.
 */
public enum SlowConsumer {
  /** Ends the session, as a peer that has gone would end it. The default. */
  DISCONNECT,

  /**
   * Drops the oldest events that wait, each as a whole with its attachments, but none that asks for
   * an answer. The session ends only if what may not be dropped passes the bound.
   */
  DROP_OLDEST,

  /**
   * Replaces an event that waits by a newer one that was sent with the same key, which takes its
   * place at the end of the queue; also below the bound, so that a slow peer gets the latest values
   * and no history. Without a key it is {@link #DISCONNECT}.
   */
  CONFLATE,

  /**
   * Lets the sending thread wait until there is room, or the session has ended. Never on threads
   * that others depend on, as {@link Scheduler#mayWait} says: there it is {@link #DISCONNECT}. A
   * broadcast waits for its slowest receiver.
   */
  BLOCK
}

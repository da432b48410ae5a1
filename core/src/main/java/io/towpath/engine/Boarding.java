package io.towpath.engine;

/** Whether a request belongs to a transport of a resumable session, and to which. Immutable. */
public sealed interface Boarding permits Boarding.Aboard, Boarding.Refused {
  /**
   * The request belongs to a transport.
   *
   * @param transport the one that carries the session
   */
  record Aboard(Transport transport) implements Boarding {}

  /**
   * The request is refused, and nothing of it counts.
   *
   * @param why what the client is told
   */
  record Refused(Dismissal why) implements Boarding {}
}

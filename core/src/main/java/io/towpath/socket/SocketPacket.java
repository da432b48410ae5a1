package io.towpath.socket;

/**
 * One Socket.IO v5 packet. What it carries is not parsed yet, except that it has the right outer
 * form.
 */
public sealed interface SocketPacket {
  /** No ack is asked for. */
  long NO_ID = -1;

  /** Returns the namespace, {@code /} first. */
  String namespace();

  /**
   * Type 0: a client asks to join a namespace.
   *
   * @param auth a JSON object, or empty
   */
  record Connect(String namespace, Payload auth) implements SocketPacket {}

  /** Type 1: a client leaves a namespace. */
  record Disconnect(String namespace) implements SocketPacket {}

  /**
   * Types 2 and 5: an event.
   *
   * @param id the number to answer under, or {@link #NO_ID}
   * @param payload a JSON array: the name and the arguments
   */
  record Event(String namespace, long id, Payload payload) implements SocketPacket {}

  /**
   * Types 3 and 6: the answer to an event.
   *
   * @param id the number of the event
   * @param payload a JSON array: the arguments
   */
  record Ack(String namespace, long id, Payload payload) implements SocketPacket {}

  /** Type 4: a server refuses a namespace; an error when a client sends it. */
  record ConnectError(String namespace, Payload payload) implements SocketPacket {}
}

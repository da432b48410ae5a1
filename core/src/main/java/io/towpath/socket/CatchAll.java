package io.towpath.socket;

/** Sees every event of a socket. What it throws is reported and drops an event that came in. */
@FunctionalInterface
public interface CatchAll {
  /** Sees an event. */
  void on(String event, Arguments arguments) throws Exception;

  /** Sees every event that comes in, with its ack, which it may answer. */
  @FunctionalInterface
  interface WithAck {
    /** Sees an event. */
    void on(String event, Arguments arguments, Ack ack) throws Exception;
  }
}

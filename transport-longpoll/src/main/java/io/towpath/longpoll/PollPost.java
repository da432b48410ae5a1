package io.towpath.longpoll;

/**
 * One POST of a classic session, from its arrival to its answer. How far it has come is confined to
 * whoever holds its transport's lock.
 */
final class PollPost implements PollExchange.Body {
  /** How far a POST has come. */
  enum Phase {
    /** The body is on its way. */
    READING,
    /** Its packets are being handed up. */
    DELIVERING,
    /** Its packets have been handed up; the answer waits until the session receives again. */
    HELD
  }

  private final PollingTransport transport;
  private final PollExchange exchange;
  private Phase phase = Phase.READING;

  PollPost(PollingTransport transport, PollExchange exchange) {
    this.transport = transport;
    this.exchange = exchange;
  }

  /** Returns the request. */
  PollExchange exchange() {
    return exchange;
  }

  /** Its packets are about to be handed up. */
  void deliver() {
    phase = Phase.DELIVERING;
  }

  /** Its packets have been handed up, and its answer waits. */
  void hold() {
    phase = Phase.HELD;
  }

  /** Returns whether nothing but its answer is left. */
  boolean isHeld() {
    return phase == Phase.HELD;
  }

  /** Returns whether the thread that hands up its packets answers it. */
  boolean isDelivering() {
    return phase == Phase.DELIVERING;
  }

  // The exchange, on its threads.

  @Override
  public void complete(byte[] bytes) {
    transport.onBody(this, bytes);
  }

  @Override
  public void tooLarge() {
    transport.onTooLarge(this);
  }

  @Override
  public void aborted() {
    transport.onAbort(exchange);
  }
}

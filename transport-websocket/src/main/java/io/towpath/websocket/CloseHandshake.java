package io.towpath.websocket;

/**
 * The closing handshake of one connection, RFC 6455 sections 5.5.1 and 7.1: which Close frames have
 * gone which way, and when this side may end the connection beneath. Each method is one event; its
 * result says what the caller must do now. Does no I/O and has no clock. Confined to whoever holds
 * the connection's lock.
 *
 * <pre>
 *   OPEN --begin--&gt; CLOSE_SENT --receive--&gt; CLOSED
 *   OPEN --receive--&gt; CLOSE_RECEIVED --written--&gt; CLOSED
 * </pre>
 */
final class CloseHandshake {
  /** How far it has come. A Close frame counts as sent when nothing can come before it any more. */
  enum State {
    /** No Close frame either way. */
    OPEN,
    /** Ours is on its way; the peer's has not come. */
    CLOSE_SENT,
    /** The peer's has come; our answer is not written yet. */
    CLOSE_RECEIVED,
    /** Both, or the connection is lost. */
    CLOSED
  }

  private State state = State.OPEN;

  /** What the peer's Close frame said; LOST until one has come. */
  private CloseStatus received = CloseStatus.LOST;

  /** Whether our Close frame has been handed to the network. */
  private boolean written;

  /** Whether nothing is waited for any more after our Close frame. */
  private boolean mayEnd;

  /** Returns how far it has come. */
  State state() {
    return state;
  }

  /** Returns what the peer's Close frame said, or {@link CloseStatus#LOST}. */
  CloseStatus received() {
    return received;
  }

  /**
   * This side wants to close.
   *
   * @return whether a Close frame must be sent now; false if one is, or will be, on its way
   */
  boolean begin() {
    if (state != State.OPEN) {
      return false;
    }
    state = State.CLOSE_SENT;
    return true;
  }

  /**
   * The peer's Close frame has come.
   *
   * @return whether it must be answered with one
   * @throws IllegalStateException if one has come before; nothing may be read after it
   */
  boolean receive(CloseStatus status) {
    switch (state) {
      case OPEN -> {
        received = status;
        state = State.CLOSE_RECEIVED;
        return true;
      }
      case CLOSE_SENT -> {
        received = status;
        state = State.CLOSED;
        return false;
      }
      case CLOSE_RECEIVED, CLOSED ->
          throw new IllegalStateException("Close frame in state " + state);
    }
    throw new AssertionError(state);
  }

  /**
   * Our Close frame has been handed to the network.
   *
   * @return whether this side must end the connection now
   */
  boolean written() {
    written = true;
    if (state == State.CLOSE_RECEIVED) {
      state = State.CLOSED;
    }
    return mayEnd;
  }

  /**
   * Once our Close frame has left, this side waits for nothing: it ends connections (section
   * 7.1.1), or the peer broke a rule (section 7.1.7).
   *
   * @return whether it must end the connection now; if not, {@link #written} will say so, or has
   *     been asked before
   */
  boolean mayEnd() {
    boolean now = written && !mayEnd;
    mayEnd = true;
    return now;
  }

  /** The connection is gone; nothing more will come or go. */
  void lost() {
    state = State.CLOSED;
  }
}

package io.towpath.engine;

/**
 * Why a resumable session refuses a transport, or lets go of one, and how that is said: as the code
 * of a Close frame, or as the status of an HTTP answer.
 */
public enum Dismissal {
  /** Another transport carries the session now. */
  REPLACED(4000, 409),
  /** The session is unknown here, or over: there is nothing to come back to. */
  SESSION_OVER(4001, 400),
  /** The offer is not open (any more), or its transport is dead here: offer another one. */
  OFFER_GONE(4002, 410),
  /** Numbers that are none, or acknowledge what was never sent. */
  BAD_NUMBERS(4008, 400),
  /** More offers in a minute than a session may make. */
  TOO_MANY_OFFERS(4008, 429),
  /** A newer transport has been offered or confirmed. */
  STALE(4009, 409);

  private final int closeCode;
  private final int status;

  Dismissal(int closeCode, int status) {
    this.closeCode = closeCode;
    this.status = status;
  }

  /** Returns the code of the Close frame. */
  public int closeCode() {
    return closeCode;
  }

  /** Returns the status of the HTTP answer. */
  public int status() {
    return status;
  }
}

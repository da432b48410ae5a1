package io.towpath.websocket;

/**
 * The status codes of the Close frame that this library uses or reports, and the rule which codes
 * may travel. RFC 6455 section 7.4 and the IANA registry "WebSocket Close Code Number".
 */
public enum CloseCode {
  /** The purpose of the connection has been fulfilled. */
  NORMAL(1000),
  /** The server goes down, or the page is left. */
  GOING_AWAY(1001),
  /** The peer broke the protocol. */
  PROTOCOL_ERROR(1002),
  /** The peer sent a kind of data that is not accepted here. */
  UNSUPPORTED_DATA(1003),
  /** Never sent: the peer's Close frame had no code. */
  NO_STATUS(1005),
  /** Never sent: the connection was lost without a Close frame. */
  ABNORMAL(1006),
  /** Text that is not UTF-8. */
  INVALID_PAYLOAD(1007),
  /** The peer broke a rule of the application. */
  POLICY_VIOLATION(1008),
  /** A message, or a frame, is too big for this end. */
  TOO_BIG(1009),
  /** The server did not accept an extension that the client cannot do without. */
  MANDATORY_EXTENSION(1010),
  /** The server met a condition that it did not expect. */
  INTERNAL_ERROR(1011),
  /** The server restarts; come again. */
  SERVICE_RESTART(1012),
  /** The server is overloaded; come again later. */
  TRY_AGAIN_LATER(1013),
  /** A gateway got a bad answer from the server behind it. */
  BAD_GATEWAY(1014),
  /** Never sent: the TLS handshake failed. */
  TLS_HANDSHAKE(1015);

  private final int code;

  CloseCode(int code) {
    this.code = code;
  }

  /** Returns the number of this code. */
  public int code() {
    return code;
  }

  /**
   * Returns whether a code may stand in a Close frame: the registered codes 1000 to 1003 and 1007
   * to 1014, and everything that libraries, frameworks (3000 to 3999) and applications (4000 to
   * 4999) may use. 1004 is reserved; 1005, 1006 and 1015 only ever describe what happened. Total:
   * any int may be asked.
   */
  public static boolean mayTravel(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }
}

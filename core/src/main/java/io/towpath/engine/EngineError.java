package io.towpath.engine;

/**
 * The error replies of Engine.IO to a request that is refused, with the reference's codes and
 * messages.
 */
public enum EngineError {
  /** The transport is unknown or not allowed here. */
  UNKNOWN_TRANSPORT(0, 400, "Transport unknown"),
  /** No session has that id. */
  UNKNOWN_SID(1, 400, "Session ID unknown"),
  /** A session is opened with GET only. */
  BAD_HANDSHAKE_METHOD(2, 400, "Bad handshake method"),
  /** The request does not fit its session, or its transport. */
  BAD_REQUEST(3, 400, "Bad request"),
  /** The application, or the Origin rule, says no. */
  FORBIDDEN(4, 403, "Forbidden"),
  /** {@code EIO} is not a revision that is spoken here. */
  UNSUPPORTED_PROTOCOL(5, 400, "Unsupported protocol version"),
  /** The bound on sessions is reached; not in the reference, which has no such bound. */
  TOO_MANY_SESSIONS(3, 503, "Too many sessions");

  private final int code;
  private final int status;
  private final String message;

  EngineError(int code, int status, String message) {
    this.code = code;
    this.status = status;
    this.message = message;
  }

  /** Returns the code in the JSON body. */
  public int code() {
    return code;
  }

  /** Returns the HTTP status. */
  public int status() {
    return status;
  }

  /** Returns the message in the JSON body, and the whole body where an upgrade is refused. */
  public String message() {
    return message;
  }

  /** Returns the JSON body of a refused plain request. */
  public String json() {
    return json(message);
  }

  /** Returns the JSON body with a message of the application's in place of the usual one. */
  public String json(String otherMessage) {
    StringBuilder body = new StringBuilder("{\"code\":").append(code).append(",\"message\":\"");
    for (int i = 0; i < otherMessage.length(); i++) {
      char c = otherMessage.charAt(i);
      if (c == '"' || c == '\\') {
        body.append('\\').append(c);
      } else if (c < 0x20) {
        body.append(String.format("\\u%04x", (int) c));
      } else {
        body.append(c);
      }
    }
    return body.append("\"}").toString();
  }
}

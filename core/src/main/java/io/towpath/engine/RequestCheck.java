package io.towpath.engine;

/**
 * Decides what an HTTP request to the engine's path is allowed to do, in the reference's order of
 * checks. Pure but for the look-up of the session; any thread.
 *
 * <p>Source: the reference server's {@code verify}; safer in two points: a bad {@code EIO} is
 * refused before the upgrade, and ids are looked up only if they are well-formed.
 */
public final class RequestCheck {
  private RequestCheck() {}

  /** What a request may do. */
  public sealed interface Verdict permits Refused, Opens, Continues {}

  /**
   * The request is refused.
   *
   * @param error the reply
   * @param detail what was wrong, for logs; contains nothing that the client sent
   */
  public record Refused(EngineError error, String detail) implements Verdict {}

  /**
   * The request opens a session.
   *
   * @param transport the transport that it asks for
   */
  public record Opens(TransportName transport) implements Verdict {}

  /**
   * The request belongs to a session: a poll of it, or, if it is an upgrade, a second transport for
   * it.
   *
   * @param session the session
   * @param transport the transport that the request names
   */
  public record Continues(EngineSession session, TransportName transport) implements Verdict {}

  /**
   * Checks a request.
   *
   * @param upgrade whether it asks for an upgrade to WebSocket
   */
  public static Verdict check(HandshakeRequest request, boolean upgrade, EngineSessions sessions) {
    TransportName transport = TransportName.of(request.parameter("transport"));
    if (transport == null || !sessions.options().transports().contains(transport)) {
      return new Refused(
          EngineError.UNKNOWN_TRANSPORT, "transport missing, unknown or not allowed");
    }
    String sid = request.parameter("sid");
    if (sid != null) {
      EngineSession session = sessions.find(sid);
      if (session == null) {
        return new Refused(EngineError.UNKNOWN_SID, "no such session");
      }
      if (!upgrade && session.transport() != transport) {
        return new Refused(EngineError.BAD_REQUEST, "another transport carries the session");
      }
      if (!"4".equals(request.parameter("EIO"))) {
        return new Refused(EngineError.BAD_REQUEST, "EIO is not the session's");
      }
      return new Continues(session, transport);
    }
    if (!request.method().equals("GET")) {
      return new Refused(EngineError.BAD_HANDSHAKE_METHOD, "a session is opened with GET");
    }
    if (upgrade != (transport == TransportName.WEBSOCKET)) {
      return new Refused(EngineError.BAD_REQUEST, "transport and upgrade do not go together");
    }
    if (!"4".equals(request.parameter("EIO"))) {
      return new Refused(EngineError.UNSUPPORTED_PROTOCOL, "EIO is not 4");
    }
    return new Opens(transport);
  }
}

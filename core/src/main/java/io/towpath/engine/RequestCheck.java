package io.towpath.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
  public sealed interface Verdict permits Refused, Opens, Continues, Resumes, Dismissed {}

  /**
   * The request is refused.
   *
   * @param error the reply
   * @param context what the application is told; see {@link ConnectionError#context}
   * @param detail what was wrong, for logs; contains nothing that the client sent
   */
  public record Refused(EngineError error, Map<String, String> context, String detail)
      implements Verdict {
    /** Copies the map. */
    public Refused {
      context = Map.copyOf(context);
    }
  }

  /**
   * The request opens a session, if the application lets it and {@link #protocol} does.
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
   * The request belongs to a resumable session. One that offers a transport has to pass the
   * application's admission as one that opens a session.
   *
   * @param session the session
   * @param asked what it says
   */
  public record Resumes(ResumableSession session, ResumeRequest asked) implements Verdict {}

  /**
   * The request offers a WebSocket in vain. A page cannot read a refused handshake: it is completed
   * and the WebSocket then closed with the code.
   *
   * @param why what the client is told
   */
  public record Dismissed(Dismissal why) implements Verdict {}

  /**
   * Checks a request, but for the protocol's revision of one that opens a session.
   *
   * @param upgrade whether it asks for an upgrade to WebSocket
   */
  public static Verdict check(HandshakeRequest request, boolean upgrade, EngineSessions sessions) {
    String named = Objects.requireNonNullElse(request.rawParameter("transport"), "");
    TransportName transport = TransportName.of(named);
    if (transport == null || !sessions.options().transports().contains(transport)) {
      return new Refused(
          EngineError.UNKNOWN_TRANSPORT,
          Map.of("transport", named),
          "transport missing, unknown or not allowed");
    }
    String origin = request.header("origin");
    if (origin != null && !isHeaderText(origin)) {
      return refused("INVALID_ORIGIN", Map.of("origin", origin), "malformed Origin");
    }
    String sid = request.parameter("sid");
    if (transport == TransportName.STREAM && (sid == null || !ResumeRequest.isAsked(request))) {
      return new Refused(
          EngineError.UNKNOWN_TRANSPORT,
          Map.of("transport", named),
          "a stream opens no session and carries no classic one");
    }
    return sid == null
        ? checkOpening(request, upgrade, transport)
        : checkContinuing(request, upgrade, transport, sid, sessions);
  }

  private static Verdict checkContinuing(
      HandshakeRequest request,
      boolean upgrade,
      TransportName transport,
      String sid,
      EngineSessions sessions) {
    EngineSession session = sessions.find(sid);
    if (session instanceof ResumableSession resumable) {
      return checkResuming(request, upgrade, transport, resumable);
    }
    if (session == null && upgrade && request.protocol() == 4 && ResumeRequest.isAsked(request)) {
      return new Dismissed(Dismissal.SESSION_OVER);
    }
    if (session == null) {
      return new Refused(EngineError.UNKNOWN_SID, Map.of("sid", sid), "no such session");
    }
    TransportName carrying = session.transport();
    if (!upgrade && carrying != transport) {
      return refused(
          "TRANSPORT_MISMATCH",
          Map.of("transport", transport.wire(), "previousTransport", carrying.wire()),
          "another transport carries the session");
    }
    if (request.protocol() != session.protocol()) {
      return refused(
          "PROTOCOL_MISMATCH",
          Map.of(
              "protocol",
              Integer.toString(request.protocol()),
              "previousProtocol",
              Integer.toString(session.protocol())),
          "EIO is not the session's");
    }
    return new Continues(session, transport);
  }

  private static Verdict checkResuming(
      HandshakeRequest request,
      boolean upgrade,
      TransportName transport,
      ResumableSession session) {
    if (request.protocol() != session.protocol()) {
      return refused("PROTOCOL_MISMATCH", Map.of(), "EIO is not the session's");
    }
    if (!ResumeRequest.isAsked(request)) {
      return refused("TRANSPORT_MISMATCH", Map.of(), "neither attach nor on");
    }
    if (upgrade != (transport == TransportName.WEBSOCKET)) {
      return refused(
          "TRANSPORT_HANDSHAKE_ERROR", Map.of(), "transport and upgrade do not go together");
    }
    ResumeRequest asked = ResumeRequest.of(request, transport);
    if (upgrade && (asked == null || !asked.offer())) {
      return new Dismissed(Dismissal.BAD_NUMBERS);
    }
    return asked == null
        ? refused("BAD_NUMBERS", Map.of(), "a number of a resumable session is none")
        : new Resumes(session, asked);
  }

  private static Verdict checkOpening(
      HandshakeRequest request, boolean upgrade, TransportName transport) {
    if (!request.method().equals("GET")) {
      return new Refused(
          EngineError.BAD_HANDSHAKE_METHOD,
          Map.of("method", request.method()),
          "a session is opened with GET");
    }
    if (upgrade != (transport == TransportName.WEBSOCKET)) {
      return refused(
          "TRANSPORT_HANDSHAKE_ERROR", Map.of(), "transport and upgrade do not go together");
    }
    return new Opens(transport);
  }

  /**
   * Checks the revision of the protocol of a request that opens a session; the last check, after
   * the application's own. Returns null if it is spoken here.
   */
  public static @Nullable Refused protocol(HandshakeRequest request, EngineOptions options) {
    if (request.protocol() == 4 || options.allowEio3()) {
      return null;
    }
    return new Refused(
        EngineError.UNSUPPORTED_PROTOCOL, Map.of("protocol", "3"), "EIO is not spoken here");
  }

  /** Returns the refusal of a request that does not fit, with one of the reference's names. */
  public static Refused refused(String name, Map<String, String> details, String detail) {
    Map<String, String> context = new LinkedHashMap<>(details);
    context.put("name", name);
    return new Refused(EngineError.BAD_REQUEST, context, detail);
  }

  /** What RFC 9110 section 5.5 allows in a header, with the old range above ASCII. */
  private static boolean isHeaderText(String value) {
    return value.chars().allMatch(c -> c == '\t' || c >= 0x20 && c != 0x7f && c <= 0xff);
  }
}

package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * What a request says about a resumable session: it offers a transport, or it belongs to one.
 * Immutable; any thread.
 *
 * @param offer whether it offers a transport ({@code attach}) or belongs to one ({@code on})
 * @param generation the generation of that transport
 * @param ack the number up to which the client has received everything
 * @param transport the kind of transport
 * @param why the client's reason for an offer: the query parameter {@code why}, lowercase letters
 *     and hyphens, at most {@link #MAX_WHY} of them; {@code attach} if there is none
 */
public record ResumeRequest(
    boolean offer, long generation, long ack, TransportName transport, String why) {
  /** The longest reason, in characters. */
  public static final int MAX_WHY = 32;

  /** What stands for a reason that is missing or malformed. */
  public static final String NO_WHY = "attach";

  /** Returns whether a request carries a parameter of this protocol. */
  public static boolean isAsked(HandshakeRequest request) {
    return request.rawParameter("attach") != null || request.rawParameter("on") != null;
  }

  /**
   * Reads a request; null if a number is none, or one of {@code attach} and {@code on}, and {@code
   * ack}, is missing.
   */
  public static @Nullable ResumeRequest of(HandshakeRequest request, TransportName transport) {
    String attach = request.rawParameter("attach");
    String on = request.rawParameter("on");
    if ((attach == null) == (on == null)) {
      return null;
    }
    long generation = number(attach != null ? attach : on);
    long ack = number(request.rawParameter("ack"));
    if (generation < 0 || ack < 0) {
      return null;
    }
    return new ResumeRequest(
        attach != null, generation, ack, transport, why(request.rawParameter("why")));
  }

  private static long number(@Nullable String digits) {
    if (digits == null) {
      return -1;
    }
    return EnginePacketCodec.number(digits);
  }

  private static String why(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_WHY) {
      return NO_WHY;
    }
    boolean wellFormed = text.chars().allMatch(c -> c >= 'a' && c <= 'z' || c == '-');
    return wellFormed ? text : NO_WHY;
  }
}

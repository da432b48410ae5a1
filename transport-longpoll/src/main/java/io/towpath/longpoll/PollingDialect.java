package io.towpath.longpoll;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.Outgoing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the requests of one session write and read payloads: by the protocol's revision, and by what
 * the client can take. Chosen by the opening request, for the whole session. Immutable; any thread.
 */
public sealed interface PollingDialect permits Revision4, Revision3, Jsonp {
  /** Revision 4, which needs nothing to be known of the client. */
  PollingDialect REVISION_4 = new Revision4();

  /**
   * Returns the dialect of an opening request.
   *
   * @param protocol the revision, 3 or 4
   * @param base64 whether the client cannot take binary
   * @param jsonp the query parameter {@code j}, null if the client does not ask for JSONP or is not
   *     to have it; of its characters only digits count
   */
  static PollingDialect of(int protocol, boolean base64, @Nullable String jsonp) {
    // A script cannot hold binary.
    PollingDialect plain =
        protocol == 3 ? new Revision3(base64 || jsonp != null) : REVISION_4;
    return jsonp == null ? plain : new Jsonp(jsonp, plain);
  }

  /** Returns the answer of status 200 that carries a batch. */
  PollResponse answer(List<? extends Outgoing> batch);

  /**
   * Returns whether a POST of this content type may be read.
   *
   * @param contentType the header as it came, or null
   */
  boolean takes(@Nullable String contentType);

  /**
   * Begins to read the body of a POST.
   *
   * @param body handed over; the packets keep it
   * @param contentType the header as it came, or null
   * @param maxPackets how many packets it may have; one more is a violation
   */
  Packets read(byte[] body, @Nullable String contentType, int maxPackets);

  /**
   * The packets of one body, one at a time and in order. Stops at the first packet that is none:
   * what comes before it has been returned. Also stops after a close packet, whatever follows it.
   * Confined to one thread.
   */
  interface Packets {
    /** Returns the next packet; null after the last good one. */
    @Nullable EnginePacket next();

    /**
     * Returns which rule the body breaks, in words that may be logged and repeat nothing of the
     * body; null if it breaks none so far.
     */
    @Nullable String violation();
  }
}

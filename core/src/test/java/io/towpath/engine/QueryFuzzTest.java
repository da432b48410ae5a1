package io.towpath.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any query is parsed: no refusal is allowed at all there. What is asked for is then allowed or
 * refused with an error of the protocol, and no session is found that is not there.
 */
class QueryFuzzTest {
  private static final EngineSessions NO_SESSIONS =
      new EngineFixture(EngineOptions.defaults()).sessions;

  /** What may be said to a request that names no session of ours. */
  private static final Set<EngineError> ALLOWED =
      EnumSet.of(EngineError.UNKNOWN_TRANSPORT, EngineError.UNKNOWN_SID, EngineError.BAD_REQUEST);

  static Stream<byte[]> seeds() {
    // EIO=4&transport=polling, a=%zz&b=%, &&=&, %e2%82%ac=+, duplicates, and j of JSONP.
    return Stream.of(
            "45494f3d34267472616e73706f72743d706f6c6c696e67",
            "613d257a7a26623d25",
            "26263d26",
            "256532253832256163" + "3d2b",
            "45494f3d332645494f3d34",
            "6a3d33783b26623634",
            // EIO=4&transport=websocket, EIO=4&transport=polling&sid=abc
            "45494f3d34267472616e73706f72743d776562736f636b6574",
            "45494f3d34267472616e73706f72743d706f6c6c696e67267369643d616263",
            // EIO=4&transport=websocket&sid=abc&attach=1&ack=0
            "45494f3d34267472616e73706f72743d776562736f636b6574267369643d616263266174746163683d31"
                + "2661636b3d30")
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyQueryIsParsed(byte[] data) {
    String query = new String(data, ISO_8859_1);
    Map<String, String> parameters = HandshakeRequest.parseQuery(query);
    long parts = query.chars().filter(c -> c == '&').count() + 1;
    assertTrue(parameters.size() <= parts, "more parameters than parts");
    HandshakeRequest request =
        new HandshakeRequest("GET", "/?" + query, parameters, Map.of(), "127.0.0.1", false);
    parameters.forEach((name, value) -> assertEquals(value, request.rawParameter(name)));
    int protocol = request.protocol();
    assertTrue(protocol == 3 || protocol == 4);
    for (boolean upgrade : new boolean[] {false, true}) {
      RequestCheck.Verdict verdict = RequestCheck.check(request, upgrade, NO_SESSIONS);
      if (verdict instanceof RequestCheck.Opens opens) {
        assertEquals(opens.transport().wire(), request.parameter("transport"));
        assertNull(request.parameter("sid"));
      } else if (verdict instanceof RequestCheck.Dismissed dismissed) {
        // An offer of a WebSocket: its page is told after the handshake.
        assertTrue(upgrade && ResumeRequest.isAsked(request));
        assertEquals(Dismissal.SESSION_OVER, dismissed.why());
      } else {
        RequestCheck.Refused refused = assertInstanceOf(RequestCheck.Refused.class, verdict);
        assertTrue(ALLOWED.contains(refused.error()), refused.error().name());
      }
    }
  }
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.towpath.testkit.MemoryTransport;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows of the reference's table of checks, in its order. Reference: 1.3 and 1.4. */
class RequestCheckTest {
  private final EngineFixture engine = new EngineFixture(EngineOptions.defaults());
  private final EngineSession polling = engine.open(MemoryTransport.polling()).session();
  private final EngineSession webSocket = engine.open(MemoryTransport.webSocket()).session();

  /** Says what a request may do in one word. */
  private String verdict(EngineSessions sessions, String method, boolean upgrade, String query) {
    String full = query.replace("$P", polling.id()).replace("$W", webSocket.id());
    RequestCheck.Verdict verdict =
        RequestCheck.check(EngineFixture.request(method, full), upgrade, sessions);
    if (verdict instanceof RequestCheck.Refused refused) {
      return refused.error().name();
    }
    if (verdict instanceof RequestCheck.Opens opens) {
      RequestCheck.Refused late =
          RequestCheck.protocol(EngineFixture.request(method, full), sessions.options());
      if (late != null) {
        return late.error().name();
      }
      return "opens " + opens.transport();
    }
    RequestCheck.Continues continues = (RequestCheck.Continues) verdict;
    String whose = continues.session() == polling ? "polling" : "websocket";
    return "continues " + whose + " on " + continues.transport();
  }

  @ParameterizedTest
  @CsvSource({
    // What may pass.
    "GET, false, EIO=4&transport=polling, opens polling",
    "GET, true, EIO=4&transport=websocket, opens websocket",
    "GET, false, EIO=4&transport=polling&sid=, opens polling",
    "GET, false, EIO=4&transport=polling&sid=$P, continues polling on polling",
    "POST, false, EIO=4&transport=polling&sid=$P, continues polling on polling",
    "PUT, false, EIO=4&transport=polling&sid=$P, continues polling on polling",
    "GET, true, EIO=4&transport=websocket&sid=$P, continues polling on websocket",
    "GET, true, EIO=4&transport=websocket&sid=$W, continues websocket on websocket",
    "GET, true, EIO=4&transport=polling&sid=$P, continues polling on polling",
    // 1: the transport, before anything else.
    "GET, false, EIO=4, UNKNOWN_TRANSPORT",
    "GET, false, EIO=4&transport=, UNKNOWN_TRANSPORT",
    "GET, false, EIO=4&transport=webtransport, UNKNOWN_TRANSPORT",
    "GET, false, EIO=4&transport=Polling, UNKNOWN_TRANSPORT",
    "GET, false, EIO=4&transport=constructor, UNKNOWN_TRANSPORT",
    "PUT, false, EIO=3&transport=x&sid=nobody, UNKNOWN_TRANSPORT",
    // With sid 3: the session exists.
    "GET, false, EIO=4&transport=polling&sid=nobody, UNKNOWN_SID",
    "GET, false, EIO=4&transport=polling&sid=__proto__, UNKNOWN_SID",
    "PUT, false, EIO=3&transport=websocket&sid=nobody, UNKNOWN_SID",
    // 4: its transport is the one named.
    "GET, false, EIO=4&transport=websocket&sid=$P, BAD_REQUEST",
    "GET, false, EIO=4&transport=polling&sid=$W, BAD_REQUEST",
    // 5: its revision is the one named.
    "GET, false, EIO=3&transport=polling&sid=$P, BAD_REQUEST",
    "GET, false, transport=polling&sid=$P, BAD_REQUEST",
    "GET, true, EIO=3&transport=websocket&sid=$P, BAD_REQUEST",
    "GET, false, EIO=4&EIO=3&transport=polling&sid=$P, BAD_REQUEST",
    // Without sid 3: the method.
    "POST, false, EIO=4&transport=polling, BAD_HANDSHAKE_METHOD",
    "OPTIONS, false, EIO=4&transport=polling, BAD_HANDSHAKE_METHOD",
    "POST, false, EIO=3&transport=websocket, BAD_HANDSHAKE_METHOD",
    // 4: WebSocket goes with an upgrade.
    "GET, false, EIO=4&transport=websocket, BAD_REQUEST",
    "GET, true, EIO=4&transport=polling, BAD_REQUEST",
    "GET, false, EIO=3&transport=websocket, BAD_REQUEST",
    // 6: the revision.
    "GET, false, EIO=3&transport=polling, UNSUPPORTED_PROTOCOL",
    "GET, false, EIO=04&transport=polling, UNSUPPORTED_PROTOCOL",
    "GET, false, transport=polling, UNSUPPORTED_PROTOCOL",
    "GET, true, EIO=3&transport=websocket, UNSUPPORTED_PROTOCOL",
    "GET, true, transport=websocket, UNSUPPORTED_PROTOCOL",
  })
  void aRequestIsJudgedByTheFirstRuleThatItBreaks(
      String method, boolean upgrade, String query, String expected) {
    assertEquals(expected, verdict(engine.sessions, method, upgrade, query));
  }

  @Test
  void aTransportThatIsNotAllowedIsUnknown() {
    EngineSessions only =
        new EngineFixture(
                EngineOptions.builder().transports(Set.of(TransportName.WEBSOCKET)).build())
            .sessions;
    assertEquals("UNKNOWN_TRANSPORT", verdict(only, "GET", false, "EIO=4&transport=polling"));
    assertEquals("opens websocket", verdict(only, "GET", true, "EIO=4&transport=websocket"));
  }

  @Test
  void allowUpgradesFalseRefusesNoUpgrade() {
    EngineFixture still = new EngineFixture(EngineOptions.builder().allowUpgrades(false).build());
    EngineSession session = still.open(MemoryTransport.polling()).session();
    RequestCheck.Verdict verdict =
        RequestCheck.check(
            EngineFixture.request("EIO=4&transport=websocket&sid=" + session.id()),
            true,
            still.sessions);
    assertEquals(new RequestCheck.Continues(session, TransportName.WEBSOCKET), verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "UNKNOWN_TRANSPORT, 0, 400, Transport unknown",
    "UNKNOWN_SID, 1, 400, Session ID unknown",
    "BAD_HANDSHAKE_METHOD, 2, 400, Bad handshake method",
    "BAD_REQUEST, 3, 400, Bad request",
    "FORBIDDEN, 4, 403, Forbidden",
    "UNSUPPORTED_PROTOCOL, 5, 400, Unsupported protocol version",
    "TOO_MANY_SESSIONS, 3, 503, Too many sessions",
  })
  void everyRefusalHasTheCodeTheStatusAndTheTextOfTheReference(
      EngineError error, int code, int status, String message) {
    assertEquals(code, error.code());
    assertEquals(status, error.status());
    assertEquals(message, error.message());
    assertEquals("{\"code\":" + code + ",\"message\":\"" + message + "\"}", error.json());
  }
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What requests and packets of resumable sessions are, and that they are nothing elsewhere. */
class ResumableRequestCheckTest {
  private final EngineFixture engine = new EngineFixture(EngineOptions.defaults());
  private final EngineSession classic = engine.open(MemoryTransport.polling()).session();
  private final EngineSession resumable =
      Objects.requireNonNull(
          engine.sessions.open(
              EngineFixture.request("EIO=4&towpath=1"),
              MemoryTransport.webSocket(),
              opened -> new SessionEvents()));

  private String verdict(boolean upgrade, String query) {
    String full = query.replace("$C", classic.id()).replace("$R", resumable.id());
    RequestCheck.Verdict verdict =
        RequestCheck.check(EngineFixture.request("GET", full), upgrade, engine.sessions);
    if (verdict instanceof RequestCheck.Refused refused) {
      return refused.error().name();
    }
    if (verdict instanceof RequestCheck.Dismissed dismissed) {
      return "dismissed " + dismissed.why();
    }
    if (verdict instanceof RequestCheck.Resumes resumes) {
      return (resumes.asked().offer() ? "offers " : "on ") + resumes.asked().transport();
    }
    return verdict instanceof RequestCheck.Opens ? "opens" : "continues";
  }

  @ParameterizedTest
  @CsvSource({
    "true, EIO=4&transport=websocket&sid=$R&attach=1&ack=0, offers websocket",
    "false, EIO=4&transport=stream&sid=$R&attach=1&ack=0, offers stream",
    "false, EIO=4&transport=polling&sid=$R&attach=1&ack=0, offers polling",
    "false, EIO=4&transport=stream&sid=$R&on=1&ack=0, on stream",
    "false, EIO=4&transport=polling&sid=$R&on=1&ack=0, on polling",
    // Neither attach nor on.
    "false, EIO=4&transport=polling&sid=$R, BAD_REQUEST",
    "true, EIO=4&transport=websocket&sid=$R, BAD_REQUEST",
    // Numbers that are none: what completes its handshake is told by a code.
    "false, EIO=4&transport=polling&sid=$R&on=x&ack=0, BAD_REQUEST",
    "false, EIO=4&transport=polling&sid=$R&on=1, BAD_REQUEST",
    "true, EIO=4&transport=websocket&sid=$R&attach=x&ack=0, dismissed BAD_NUMBERS",
    "true, EIO=4&transport=websocket&sid=$R&on=1&ack=0, dismissed BAD_NUMBERS",
    // An upgrade and its transport go together.
    "false, EIO=4&transport=websocket&sid=$R&on=1&ack=0, BAD_REQUEST",
    "true, EIO=4&transport=polling&sid=$R&attach=1&ack=0, BAD_REQUEST",
    // Unknown sessions and wrong revisions.
    "true, EIO=4&transport=websocket&sid=nobody&attach=1&ack=0, dismissed SESSION_OVER",
    "false, EIO=4&transport=stream&sid=nobody&attach=1&ack=0, UNKNOWN_SID",
    "true, EIO=3&transport=websocket&sid=nobody&attach=1&ack=0, UNKNOWN_SID",
    "true, EIO=3&transport=websocket&sid=$R&attach=1&ack=0, BAD_REQUEST",
    // In classic sessions, and at their opening, all this means nothing.
    "false, EIO=4&transport=polling&sid=$C&on=1&ack=0, continues",
    "true, EIO=4&transport=websocket&sid=$C&attach=1&ack=0, continues",
    "false, EIO=4&transport=stream, UNKNOWN_TRANSPORT",
    "false, EIO=4&transport=stream&towpath=1, UNKNOWN_TRANSPORT",
    "false, EIO=4&transport=stream&sid=$C, UNKNOWN_TRANSPORT",
    "false, EIO=4&transport=polling&towpath=1, opens"
  })
  void aRequestMayDoWhatItsSessionAllows(boolean upgrade, String query, String expected) {
    assertEquals(expected, verdict(upgrade, query));
  }

  private static EnginePacket decoded(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return EnginePacketCodec.decodeResumable(bytes, 0, bytes.length);
  }

  @Test
  void packets7And8CarryANumber() {
    assertEquals(new EnginePacket.Received(0), decoded("70"));
    assertEquals(new EnginePacket.Next(9007199254740991L), decoded("89007199254740991"));
    assertEquals(
        "812",
        new String(EnginePacketCodec.encode(new EnginePacket.Next(12)), StandardCharsets.UTF_8));
    assertEquals(
        "70",
        new String(EnginePacketCodec.encode(new EnginePacket.Received(0)), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "7",
    "8",
    "7x",
    "7-1",
    "7+1",
    "71.5",
    "71e3",
    "89007199254740992",
    "700000000000000001"
  })
  void aNumberThatIsNoneIsNoPacket(String packet) {
    assertThrows(PacketException.class, () -> decoded(packet));
  }

  @Test
  void inClassicSessionsTheyAreNoPackets() {
    assertThrows(PacketException.class, () -> EnginePacketCodec.decode("70"));
    assertThrows(PacketException.class, () -> EnginePacketCodec.decode("81"));
  }
}

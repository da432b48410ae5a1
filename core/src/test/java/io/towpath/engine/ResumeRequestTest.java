package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeRequestTest {
  private static @Nullable ResumeRequest parse(String query) {
    return ResumeRequest.of(EngineFixture.request(query), TransportName.STREAM);
  }

  @Test
  void anOfferAndARequestOfATransportAreToldApart() {
    assertEquals(
        new ResumeRequest(true, 3, 17, TransportName.STREAM, "ws-refused"),
        parse("sid=a&attach=3&ack=17&why=ws-refused"));
    assertEquals(
        new ResumeRequest(false, 3, 0, TransportName.STREAM, "attach"), parse("on=3&ack=0"));
  }

  @Test
  void numbersGoUpToTheLargestThatJavaScriptHasExactly() {
    assertEquals(
        9007199254740991L,
        Objects.requireNonNull(parse("on=9007199254740991&ack=9007199254740991")).ack());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "on=1",
        "ack=1",
        "attach=1&on=1&ack=1",
        "on=&ack=1",
        "on=-1&ack=1",
        "on=+1&ack=1",
        "on=1.5&ack=1",
        "on=1e3&ack=1",
        "on=0x1&ack=1",
        "on=1&ack=NaN",
        "on=1&ack=%D9%A1",
        "on=9007199254740992&ack=0",
        "on=00000000000000001&ack=0"
      })
  void anythingElseIsRefused(String query) {
    assertNull(parse(query));
  }

  @Test
  void aReasonOf32LettersAndHyphensIsTaken() {
    String why = "a".repeat(31) + "-";
    assertEquals(why, Objects.requireNonNull(parse("on=1&ack=1&why=" + why)).why());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Mute",
        "mute1",
        "a_b",
        "a b",
        "%0Aforged",
        "aaaaaaaaaabbbbbbbbbbcccccccccc333"
      })
  void aMalformedReasonCountsAsNone(String why) {
    assertEquals("attach", Objects.requireNonNull(parse("on=1&ack=1&why=" + why)).why());
  }

  @Test
  void otherRequestsDoNotAskForAnythingOfThis() {
    assertFalse(ResumeRequest.isAsked(EngineFixture.request("EIO=4&sid=a")));
    assertTrue(ResumeRequest.isAsked(EngineFixture.request("EIO=4&sid=a&on=")));
  }
}

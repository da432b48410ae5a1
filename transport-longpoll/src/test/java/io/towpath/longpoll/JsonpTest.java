package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonpTest {
  private static String script(PollingDialect dialect, String... messages) {
    PollResponse answer =
        dialect.answer(java.util.Arrays.stream(messages).map(MessageBatch::text).toList());
    return new String(answer.body().get(0), UTF_8);
  }

  @Test
  void anAnswerCallsTheFunctionOfTheIndexWithThePayload() {
    assertEquals("___eio[3](\"4a\\u001e4b\");", script(PollingDialect.of(4, false, "3"), "a", "b"));
    assertEquals("___eio[3](\"2:4a2:4b\");", script(PollingDialect.of(3, false, "3"), "a", "b"));
  }

  @Test
  void anAnswerIsAScriptThatBrowsersDoNotGuessAbout() {
    PollResponse answer =
        PollingDialect.of(4, false, "0").answer(List.of(MessageBatch.text("a")));
    assertEquals("text/javascript; charset=UTF-8", answer.headers().get("Content-Type"));
    assertEquals("nosniff", answer.headers().get("X-Content-Type-Options"));
    assertEquals("no-store", answer.headers().get("Cache-Control"));
  }

  @ParameterizedTest
  @CsvSource({"7);alert(1, 71", "abc, ''", "1a2b3, 123", "0000000000000000000000001, 00000000000000000000"})
  void onlyDigitsOfTheIndexBecomePartOfTheScript(String index, String digits) {
    assertEquals(
        "___eio[" + digits + "](\"4a\");", script(PollingDialect.of(4, false, index), "a"));
  }

  @Test
  void nothingInAMessageEndsTheString() {
    assertEquals(
        "___eio[0](\"4\\\"\\\\\\u000a\\u2028\\u2029\\u003c/script>\u00e9\");",
        script(PollingDialect.of(4, false, "0"), "\"\\\n\u2028\u2029</script>\u00e9"));
  }

  @Test
  void binaryIsBase64InEitherRevision() {
    for (int revision : new int[] {3, 4}) {
      PollResponse answer =
          PollingDialect.of(revision, false, "0")
              .answer(List.of(MessageBatch.binary(new byte[] {1, 2, 3})));
      assertEquals(
          revision == 3 ? "___eio[0](\"6:b4AQID\");" : "___eio[0](\"bAQID\");",
          new String(answer.body().get(0), UTF_8));
    }
  }

  @Test
  void aFormCarriesThePayloadInItsFieldD() {
    PollingDialect.Packets packets =
        PollingDialect.of(3, false, "0")
            .read(
                "x=1&d=4%3A4%C3%A9+%25".getBytes(UTF_8), "application/x-www-form-urlencoded", 10);
    EnginePacket packet = packets.next();
    assertNotNull(packet);
    assertEquals("\u00e9 %", ((EnginePacket.Text) packet).string());
    assertNull(packets.next());
    assertNull(packets.violation());
  }

  @Test
  void lineBreaksComeAsBackslashAndN() {
    assertEquals("a\nb", Jsonp.unescape("a\\nb"));
    assertEquals("a\\nb", Jsonp.unescape("a\\\\nb"));
    assertEquals("a\\tb\\", Jsonp.unescape("a\\tb\\"));
  }

  @Test
  void aFormWithoutTheFieldIsAViolation() {
    PollingDialect.Packets packets =
        PollingDialect.of(4, false, "0").read("4a".getBytes(UTF_8), null, 10);
    assertNull(packets.next());
    assertNotNull(packets.violation());
  }
}

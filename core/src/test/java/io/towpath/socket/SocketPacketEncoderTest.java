package io.towpath.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.towpath.engine.MessageBatch;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of the reference: 3.2 and appendix A. The Engine.IO type digit stands before them. */
class SocketPacketEncoderTest {
  private static final long NO_ID = SocketPacket.NO_ID;

  private final Json json = new Json(SocketOptions.defaults());
  private final SocketPacketEncoder root = new SocketPacketEncoder(json, SocketParser.json(), "/");
  private final SocketPacketEncoder admin =
      new SocketPacketEncoder(json, SocketParser.json(), "/admin");

  /** The packet, and its attachments in base64. */
  private static String wire(MessageBatch batch) {
    return new String(batch.pollingForm(), UTF_8).replace("\u001e", " ");
  }

  private static @Nullable Object[] arguments(@Nullable Object... arguments) {
    return arguments;
  }

  @Test
  void anEventOfTheRootHasNoNamespace() {
    assertEquals("42[\"hello\",1]", wire(root.event(NO_ID, "hello", arguments(1))));
  }

  @Test
  void anEventOfAnotherNamespaceNamesIt() {
    assertEquals("42/admin,[\"a\"]", wire(admin.event(NO_ID, "a", arguments())));
  }

  @Test
  void anEventWithAnIdCarriesIt() {
    assertEquals("4212[\"a\"]", wire(root.event(12, "a", arguments())));
    assertEquals("42/admin,12[\"a\"]", wire(admin.event(12, "a", arguments())));
    assertEquals("420[\"a\"]", wire(root.event(0, "a", arguments())));
    assertEquals(
        "429007199254740991[\"a\"]", wire(root.event(9007199254740991L, "a", arguments())));
  }

  @Test
  void anAckCarriesItsIdAndArguments() {
    assertEquals("43/admin,0[]", wire(admin.ack(0, arguments())));
    assertEquals("433[\"answer\"]", wire(root.ack(3, arguments("answer"))));
  }

  @Test
  void binaryValuesBecomeAttachmentsInOrder() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("x", new byte[] {1, 2, 3});
    value.put("y", List.of(ByteBuffer.wrap(new byte[] {9, 4, 9}, 1, 1)));
    assertEquals(
        "452-5[\"b\",{\"x\":{\"_placeholder\":true,\"num\":0},"
            + "\"y\":[{\"_placeholder\":true,\"num\":1}]}] bAQID bBA==",
        wire(root.event(5, "b", arguments(value))));
  }

  @Test
  void theFileEventOfTheReferenceIsWrittenAsThere() {
    assertEquals(
        "451-[\"file\",{\"_placeholder\":true,\"num\":0}] bAQID",
        wire(root.event(NO_ID, "file", arguments((Object) new byte[] {1, 2, 3}))));
  }

  @Test
  void anAckWithBinaryValuesIsABinaryAck() {
    assertEquals(
        "461-/admin,7[{\"_placeholder\":true,\"num\":0}] bAQ==",
        wire(admin.ack(7, arguments((Object) new byte[] {1}))));
  }

  @Test
  void elevenAttachmentsHaveACountOfTwoDigits() {
    Object[] many = new Object[11];
    for (int i = 0; i < many.length; i++) {
      many[i] = new byte[0];
    }
    assertEquals("4511-[\"a\"", wire(root.event(NO_ID, "a", many)).substring(0, 9));
  }

  record Point(int x, @Nullable String name) {}

  @Test
  void valuesAreWrittenAsJson() {
    assertEquals(
        "42[\"v\",null,true,1.5,\"é\\n\\\"\",[1,2],{\"x\":1,\"name\":null}]",
        wire(
            root.event(
                NO_ID,
                "v",
                arguments(null, true, 1.5, "é\n\"", List.of(1, 2), new Point(1, null)))));
  }

  @Test
  void theSeparatorOfPollingIsEscapedInside() {
    assertEquals("42[\"a\",\"\\u001E\"]", wire(root.event(NO_ID, "a", arguments("\u001e"))));
  }

  @Test
  void theAnswerToAConnectCarriesTheId() {
    assertEquals("40{\"sid\":\"x\"}", wire(root.connect("x", null)));
    assertEquals("40/admin,{\"sid\":\"x\"}", wire(admin.connect("x", null)));
  }

  @Test
  void aRefusalCarriesWhatIsThere() {
    assertEquals(
        "44/admin,{\"message\":\"not allowed\",\"data\":{\"code\":7}}",
        wire(admin.connectError("not allowed", Map.of("code", 7))));
    assertEquals(
        "44/admin,{\"message\":\"Invalid namespace\"}",
        wire(admin.connectError("Invalid namespace", null)));
    assertEquals("44{\"data\":1}", wire(root.connectError(null, 1)));
    assertEquals("44{}", wire(root.connectError(null, null)));
  }

  @Test
  void aDisconnectKeepsTheComma() {
    assertEquals("41", wire(root.disconnect()));
    assertEquals("41/admin,", wire(admin.disconnect()));
  }

  @Test
  void receivedArgumentsArePassedOnAsTheyStand() {
    String text = "[ \"old\\\"]\" , 1.0 ,{\"b\" : [1, 2]},\"\\u0041\" ]";
    Arguments received = ArgumentsTest.event(json, text);
    assertEquals(
        "42[\"new\", 1.0 ,{\"b\" : [1, 2]},\"\\u0041\" ]",
        wire(root.event(NO_ID, "new", received)).replace("\"new\",  1", "\"new\", 1"));
    assertEquals(
        "435[1.0 ,{\"b\" : [1, 2]},\"\\u0041\" ]",
        wire(root.ack(5, received)).replace("[ 1", "[1"));
  }

  @Test
  void receivedArgumentsOfNothingArePassedOnAsNothing() {
    Arguments none = ArgumentsTest.event(json, "[\"old\"]");
    assertEquals("42[\"new\"]", wire(root.event(NO_ID, "new", none)));
    assertEquals("435[]", wire(root.ack(5, none)));
    assertEquals("42[\"new\"]", wire(root.event(NO_ID, "new", ArgumentsTest.ack(json, "[]"))));
  }

  @Test
  void receivedAttachmentsArePassedOnAsTheVeryArrays() {
    byte[] attachment = {1, 2, 3};
    Arguments received =
        ArgumentsTest.event(json, "[\"old\",{\"_placeholder\":true,\"num\":0}]", attachment);
    MessageBatch batch = admin.event(4, "new", received);
    assertEquals("451-/admin,4[\"new\",{\"_placeholder\":true,\"num\":0}] bAQID", wire(batch));
    assertSame(attachment, batch.binaries().get(0));
  }

  @Test
  void theAnswerOfAnEventIsPassedOnAsAnEvent() {
    Arguments answer = ArgumentsTest.ack(json, "[1,\"x\"]");
    assertEquals("42[\"new\",1,\"x\"]", wire(root.event(NO_ID, "new", answer)));
  }

  /** Refers to itself, and so has no JSON. */
  static final class Endless {
    public Endless getSelf() {
      return this;
    }
  }

  @Test
  void whatHasNoJsonIsAnErrorOfTheCallerAndSpoilsNothing() {
    assertThrows(
        IllegalArgumentException.class,
        () -> root.event(NO_ID, "a", arguments(new byte[] {1}, new Endless())));
    assertEquals("42[\"b\"]", wire(root.event(NO_ID, "b", arguments())));
  }

  /** Writes another event while it is written itself. */
  public record Nesting(SocketPacketEncoder encoder) {
    @JsonValue
    public String inner() {
      return wire(encoder.event(NO_ID, "inner", arguments("x".repeat(2000)))).substring(0, 9);
    }
  }

  @Test
  void anEventIsWrittenWhileAnotherOneIs() {
    Nesting nested = new Nesting(root);
    assertEquals(
        "42[\"outer\",\"before\",\"42[\\\"inner\",\"after\"]",
        wire(root.event(NO_ID, "outer", arguments("before", nested, "after"))));
  }

  @Test
  void numbersThatAreNotFiniteAreNullAsInJavaScript() {
    assertEquals(
        "42[\"e\",null,null,null,1.5,{\"d\":null,\"f\":null},[null,2.0],[null]]",
        text(
            root.event(
                SocketPacket.NO_ID,
                "e",
                new Object[] {
                  Double.NaN,
                  Double.NEGATIVE_INFINITY,
                  Float.POSITIVE_INFINITY,
                  1.5,
                  new Numbers(Double.NaN, Float.NaN),
                  new double[] {Double.NaN, 2},
                  JsonNodeFactory.instance.arrayNode().add(Double.NaN)
                })));
  }

  /** The text packet, with escapes in lower case. */
  private static String text(MessageBatch batch) {
    Matcher escape =
        Pattern.compile("\\\\u[0-9A-F]{4}").matcher(new String(batch.textPacket(), UTF_8));
    return escape.replaceAll(found -> Matcher.quoteReplacement(found.group().toLowerCase(ROOT)));
  }

  record Numbers(double d, float f) {}

  @ParameterizedTest
  @CsvSource({
    "'\ud800', '\\ud800'",
    "'a?\udc00?', 'a?\\udc00?'",
    "'\udc00\ud800', '\\udc00\\ud800'",
    "'\u2600\ud800', '\u2600\\ud800'"
  })
  void halfASurrogatePairIsEscapedAsInJavaScript(String text, String expected) {
    String json = "\"" + expected + "\"";
    assertEquals(
        "42[\"e\"," + json + "]", text(root.event(SocketPacket.NO_ID, "e", new Object[] {text})));
    MessageBatch nested =
        root.event(SocketPacket.NO_ID, "e", new Object[] {new byte[1], List.of(text), new byte[2]});
    assertEquals(2, nested.binaries().size());
    assertEquals(
        "452-[\"e\",{\"_placeholder\":true,\"num\":0},["
            + json
            + "],{\"_placeholder\":true,\"num\":1}]",
        text(nested));
    assertEquals("44{\"message\":" + json + "}", text(root.connectError(text, null)));
  }

  @Test
  void halfAPairIsEscapedWhereverItStands() {
    for (int before = 0; before < 9_000; before += 7) {
      String text = "x".repeat(before) + "\ud800" + "y".repeat(20);
      assertEquals(
          "42[\"e\",\"" + text.replace("\ud800", "\\ud800") + "\"]",
          text(root.event(SocketPacket.NO_ID, "e", new Object[] {text})));
    }
  }

  @Test
  void wholePairsAndQuestionMarksStayAsTheyAre() {
    assertEquals(
        "42[\"e\",\"\ud83d\ude00 why?\",\"what?\"]",
        text(root.event(SocketPacket.NO_ID, "e", new Object[] {"\ud83d\ude00 why?", "what?"})));
  }
}

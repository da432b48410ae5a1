package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.towpath.engine.PacketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading straight into types, and what is checked on the way; {@link Json} is half of it. */
class PayloadReaderTest {
  private static final String FIRST = "{\"_placeholder\":true,\"num\":0}";

  private final Json json =
      new Json(
          SocketOptions.builder()
              .maxJsonDepth(5)
              .maxJsonStringLength(10)
              .maxJsonNumberLength(8)
              .build());

  record Upload(String name, byte[] data, @Nullable ByteBuffer more) {}

  private PayloadReader reader(String text, byte[]... attachments) {
    return json.read(ArgumentsTest.payload(text, attachments));
  }

  /** Reads the only argument of an ack. */
  private @Nullable Object read(Class<?> type, String text, byte[]... attachments) {
    PayloadReader reader = reader(text, attachments);
    Object value = reader.next(type);
    reader.finish();
    return value;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "[\"a\"]|a",
        "[\"a\",1]|a",
        "[ \"a\"]|a",
        "[1]|1",
        "[1.5]|1.5",
        "[\"\"]|^^",
        "[\"é\"]|é",
        "[\"\\u0061\"]|a",
        "[\"a\\\"b\"]|a\"b"
      })
  void theNameOfAnEventIsAStringOrANumber(String text, String name) {
    PayloadReader reader = reader(text);
    reader.takeName();
    assertTrue(reader.isNamed(name));
    assertFalse(reader.isNamed(name + "x"));
    assertFalse(reader.isNamed("b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[null]", "[true]", "[{}]", "[[\"a\"]]", "[", "[x]", "[\"a"})
  void anEventWithoutANameIsRefused(String text) {
    assertThrows(PacketException.class, () -> reader(text).takeName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "\"a\"", "1", "null", "x", "]"})
  void aPayloadThatIsNoArrayIsRefused(String text) {
    assertThrows(PacketException.class, () -> reader(text));
  }

  @Test
  void elementsAreReadOneByOne() {
    PayloadReader reader = reader("[\"a\",1,{\"k\":true}]");
    assertEquals("a", reader.next(String.class));
    assertEquals(1, reader.next(int.class));
    assertEquals(Map.of("k", true), reader.next(Map.class));
    assertNull(reader.next(String.class));
    assertNull(reader.next(String.class));
    reader.finish();
  }

  @Test
  void whatIsNotAskedForIsCheckedAllTheSame() {
    reader("[1,{\"a\":[2]}]").finish();
    PayloadReader reader = reader("[1,{\"a\":[2}]");
    assertEquals(1, reader.next(int.class));
    assertThrows(PacketException.class, reader::finish);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1",
        "[1,",
        "[1,]",
        "[1]x",
        "[1][2]",
        "[1]]",
        "[1],",
        "[,1]",
        "[01]",
        "['a']",
        "[1 2]",
        "[\"a\u0001\"]",
        "[NaN]",
        "[tru]",
        "[{\"a\"}]",
        "[{a:1}]",
        "[\"\\x\"]",
        "[//c\n1]"
      })
  void brokenJsonIsAViolationWhoeverReadsIt(String text) {
    assertThrows(PacketException.class, () -> reader(text).finish());
    assertThrows(PacketException.class, () -> reader(text).all());
    assertThrows(PacketException.class, () -> read(JsonNode.class, text));
    assertThrows(
        PacketException.class,
        () -> {
          PayloadReader attached = reader(text, new byte[] {1});
          attached.finish();
        });
  }

  @Test
  void bytesThatAreNoUtf8AreAViolation() {
    byte[] bytes = {'[', '"', (byte) 0xc3, '"', ']'};
    Payload payload = new Payload(bytes, 0, bytes.length, List.of());
    assertThrows(PacketException.class, () -> json.read(payload).finish());
  }

  @Test
  void spaceAfterTheEndIsAllowed() {
    reader("[1] \n").finish();
    reader("[" + FIRST + "] \n", new byte[] {1}).finish();
  }

  @Test
  void aValueThatDoesNotFitIsAnErrorOfTheApplication() {
    PayloadReader reader = reader("[\"text\",2]");
    assertNull(reader.next(Integer.class));
    assertNull(reader.next(Integer.class));
    assertThrows(IllegalArgumentException.class, reader::finish);
  }

  @Test
  void aValueThatDoesNotFitInBrokenJsonIsAViolation() {
    PayloadReader reader = reader("[\"text\",2");
    assertNull(reader.next(Integer.class));
    assertThrows(PacketException.class, reader::finish);
  }

  @Test
  void jsonThatBreaksInsideARecordIsAViolation() {
    PayloadReader reader = reader("[{\"name\":\"a\",\"data\":x}]");
    assertThrows(
        PacketException.class,
        () -> {
          reader.next(Upload.class);
          reader.finish();
        });
  }

  @Test
  void aMisfitAmongAttachmentsIsAnErrorOfTheApplication() {
    PayloadReader reader = reader("[" + FIRST + "]", new byte[] {1});
    assertNull(reader.next(Integer.class));
    assertThrows(IllegalArgumentException.class, reader::finish);
  }

  // Bounds.

  @Test
  void jsonMayNestAsDeepAsTheLimitAndNoDeeper() {
    reader("[[[[[]]]]]").finish();
    assertThrows(PacketException.class, () -> reader("[[[[[[]]]]]]").finish());
    assertThrows(PacketException.class, () -> reader("[[[[[[]]]]]]", new byte[1]).finish());
    assertThrows(PacketException.class, () -> read(JsonNode.class, "[[[[[[]]]]]]"));
  }

  @Test
  void aStringMayBeAsLongAsTheLimitAndNoLonger() {
    assertEquals("x".repeat(10), read(String.class, "[\"" + "x".repeat(10) + "\"]"));
    // Jackson looks when its buffer is full, so that it is not exact to the character.
    String longer = "[\"" + "x".repeat(20_000) + "\"]";
    assertThrows(PacketException.class, () -> read(String.class, longer));
  }

  @Test
  void aNumberMayBeAsLongAsTheLimitAndNoLonger() {
    assertEquals(12345678, read(Integer.class, "[12345678]"));
    assertThrows(PacketException.class, () -> read(Long.class, "[123456789]"));
  }

  // Binary.

  @Test
  void attachmentsAreReadInsideRecordsListsAndMaps() {
    Object read =
        read(
            Upload.class,
            "[{\"name\":\"f\",\"data\":" + FIRST + ",\"more\":{\"_placeholder\":true,\"num\":1}}]",
            new byte[] {1},
            new byte[] {2});
    Upload upload = assertInstanceOf(Upload.class, read);
    assertEquals("f", upload.name());
    assertArrayEquals(new byte[] {1}, upload.data());
    assertEquals(ByteBuffer.wrap(new byte[] {2}), upload.more());
    List<?> list = assertInstanceOf(List.class, read(List.class, "[[" + FIRST + "]]", new byte[1]));
    assertArrayEquals(new byte[1], (byte[]) list.get(0));
    Map<?, ?> map =
        assertInstanceOf(Map.class, read(Map.class, "[{\"k\":" + FIRST + "}]", new byte[1]));
    assertArrayEquals(new byte[1], (byte[]) map.get("k"));
  }

  @Test
  void anAttachmentIsABinaryNodeInATree() throws Exception {
    Object tree = read(JsonNode.class, "[{\"k\":" + FIRST + "}]", new byte[] {7});
    assertNotNull(tree);
    assertArrayEquals(new byte[] {7}, ((JsonNode) tree).get("k").binaryValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_placeholder\":true,\"num\":0}",
        "{\"num\":0,\"_placeholder\":true}",
        "{ \"num\" : 0 , \"_placeholder\" : true , \"x\" : [1] }",
        "{\"_placeholder\":true,\"x\":{\"num\":5},\"num\":0}"
      })
  void membersOfAPlaceholderMayStandInAnyOrder(String placeholder) {
    assertArrayEquals(
        new byte[] {7}, (byte[]) read(byte[].class, "[" + placeholder + "]", new byte[] {7}));
  }

  @Test
  void oneAttachmentMayBeUsedTwiceAndAnotherOneNot() {
    PayloadReader reader = reader("[" + FIRST + "," + FIRST + "]", new byte[] {7}, new byte[] {8});
    assertArrayEquals(new byte[] {7}, (byte[]) reader.next(byte[].class));
    assertArrayEquals(new byte[] {7}, (byte[]) reader.next(byte[].class));
    reader.finish();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_placeholder\":true,\"num\":1}",
        "{\"_placeholder\":true,\"num\":-1}",
        "{\"_placeholder\":true,\"num\":\"0\"}",
        "{\"_placeholder\":true,\"num\":null}",
        "{\"_placeholder\":true,\"num\":0.5}",
        "{\"_placeholder\":true,\"num\":4294967296}",
        "{\"_placeholder\":true}",
        "{\"num\":1,\"_placeholder\":true}",
        "{\"num\":\"splice\",\"_placeholder\":true}",
      })
  void aPlaceholderForNoAttachmentIsAViolation(String placeholder) {
    assertThrows(
        PacketException.class, () -> reader("[\"a\"," + placeholder + "]", new byte[] {1}));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_placeholder\":false,\"num\":0}",
        "{\"_placeholder\":1,\"num\":0}",
        "{\"_placeholder\":{\"a\":1},\"num\":[0]}",
        "{\"num\":0,\"a\":1}",
        "{\"num\":0}",
        "{\"num\":{\"a\":0},\"b\":[]}",
        "{}"
      })
  void anObjectThatOnlyLooksLikeAPlaceholderStaysAnObject(String object) {
    Object tree = read(JsonNode.class, "[" + object + "," + FIRST + "]", new byte[] {1});
    assertEquals(object, String.valueOf(tree));
  }

  @Test
  void aPlaceholderWithoutAttachmentsIsAnObject() {
    assertEquals(FIRST, String.valueOf(read(JsonNode.class, "[" + FIRST + "]")));
  }

  @Test
  void aWholePayloadIsReadAsOneValue() {
    JsonNode tree = json.readValue(ArgumentsTest.payload("{\"a\":1}"), JsonNode.class);
    assertEquals(1, tree.get("a").asInt());
    for (String broken : List.of("{\"a\":1}x", "{\"a\":1", "{\"a\"}", "{}{}")) {
      assertThrows(
          PacketException.class,
          () -> json.readValue(ArgumentsTest.payload(broken), JsonNode.class));
    }
  }
}

package io.towpath.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {
  private static final Json JSON = new Json(SocketOptions.defaults());

  record Point(int x, int y) {}

  static Payload payload(String text, byte[]... attachments) {
    byte[] bytes = ("xx" + text + "yy").getBytes(UTF_8);
    return new Payload(bytes, 2, bytes.length - 4, List.of(attachments));
  }

  /** The arguments of an event, name first. */
  static Arguments event(Json json, String text, byte[]... attachments) {
    PayloadReader reader = json.read(payload(text, attachments));
    reader.eventName();
    return reader.rest();
  }

  /** The arguments of an ack. */
  static Arguments ack(Json json, String text, byte[]... attachments) {
    return json.read(payload(text, attachments)).all();
  }

  @Test
  void theNameOfAnEventIsNoArgument() {
    Arguments arguments = event(JSON, "[\"name\",\"a\",2]");
    assertEquals(2, arguments.size());
    assertEquals("a", arguments.get(0, String.class));
    assertEquals(2, arguments.get(1, Integer.class));
  }

  @Test
  void everyElementOfAnAckIsAnArgument() {
    Arguments arguments = ack(JSON, "[\"a\",2]");
    assertEquals(2, arguments.size());
    assertEquals("a", arguments.get(0, String.class));
  }

  @Test
  void anArgumentThatIsMissingOrNullIsNull() {
    Arguments arguments = event(JSON, "[\"name\",null]");
    assertEquals(1, arguments.size());
    assertNull(arguments.get(0, String.class));
    assertNull(arguments.get(1, String.class));
    assertNull(arguments.get(-1, String.class));
    assertNull(arguments.get(7));
  }

  @Test
  void anArgumentIsReadAsTheTypeThatIsAskedFor() {
    Arguments arguments = event(JSON, "[\"n\",[{\"x\":1,\"y\":2}],{\"k\":[3]},\"7\"]");
    assertEquals(List.of(new Point(1, 2)), arguments.get(0, new TypeRef<List<Point>>() {}));
    assertEquals(
        Map.of("k", List.of(3L)), arguments.get(1, new TypeRef<Map<String, List<Long>>>() {}));
    assertEquals("7", arguments.get(2, String.class));
    JsonNode tree = arguments.get(0);
    assertNotNull(tree);
    assertEquals(2, tree.get(0).get("y").asInt());
  }

  @Test
  void theSameArgumentMayBeReadAgainAsAnotherType() {
    Arguments arguments = event(JSON, "[\"n\",5]");
    assertEquals(5L, arguments.get(0, Long.class));
    assertEquals("5", String.valueOf(arguments.get(0)));
  }

  @Test
  void anArgumentOfAnotherTypeIsAnErrorOfTheApplication() {
    Arguments arguments = event(JSON, "[\"n\",\"text\",{\"x\":\"no\"}]");
    assertThrows(IllegalArgumentException.class, () -> arguments.get(0, Integer.class));
    assertThrows(IllegalArgumentException.class, () -> arguments.get(1, Point.class));
    assertThrows(IllegalArgumentException.class, () -> arguments.get(0, Point.class));
  }

  @Test
  void attachmentsAreReadWhereTheirPlaceholdersStand() {
    Arguments arguments =
        event(
            JSON,
            "[\"n\",{\"_placeholder\":true,\"num\":1},[{\"_placeholder\":true,\"num\":0}],2]",
            new byte[] {1},
            new byte[] {2});
    assertEquals(3, arguments.size());
    assertArrayEquals(new byte[] {2}, arguments.get(0, byte[].class));
    List<byte[]> list = arguments.get(1, new TypeRef<List<byte[]>>() {});
    assertNotNull(list);
    assertArrayEquals(new byte[] {1}, list.get(0));
    assertEquals(2, arguments.get(2, Integer.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"n\",1,2]",
        "[ \"n\" ,1,2]",
        "[\"\\\\\\\"\",1,2]",
        "[5,1,2]",
        "[1.5e3 ,1,2]",
        "[\"a,]\",1,2]",
        "[\"\",1,2]",
        "[\"é😀\",1,2]"
      })
  void theTextOfArgumentsHasNoName(String text) {
    assertEquals("[1,2]", event(JSON, text).toString());
  }

  @Test
  void theTextOfNoArgumentsIsAnEmptyArray() {
    assertEquals("[]", event(JSON, "[\"n\"]").toString());
    assertEquals("[ ]", event(JSON, "[\"n\" ]").toString().replace("[]", "[ ]"));
    assertEquals("[]", ack(JSON, "[]").toString());
  }
}

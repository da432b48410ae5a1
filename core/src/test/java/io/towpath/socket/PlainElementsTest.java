package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.PacketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainElementsTest {
  private final Json json =
      new Json(SocketOptions.builder().maxJsonStringLength(20).maxJsonNumberLength(8).build());

  /** A blank after the bracket sends everything to the parser. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"a\"]",
        "\"a\",\"text\"]",
        "\"a\",\"\"]",
        "\"a\",\"12345678901234567890\"]",
        "\"a\",\"123456789012345678901\"]",
        "\"a\",\"b\\n\"]",
        "\"a\",\"\\u0041\"]",
        "\"a\",\"tab\there\"]",
        "\"a\",\"\u007f\"]",
        "\"a\",\"grüße\"]",
        "\"a\",\"ab\u00e9\",1]",
        "\"a\",null]",
        "\"a\",null,\"b\"]",
        "\"a\",nul]",
        "\"a\",nullx]",
        "\"a\",true,false]",
        "\"a\",True]",
        "\"a\",0,1,-1,123456789]",
        "\"a\",12345678]",
        "\"a\",-1234567,1]",
        "\"a\",123456789]",
        "\"a\",-12345678]",
        "\"a\",1234567890123]",
        "\"a\",007]",
        "\"a\",-]",
        "\"a\",-0]",
        "\"a\",1.5,1e3]",
        "\"a\",1x]",
        "\"a\",{\"b\":[1]},\"c\"]",
        "\"a\",[],\"c\"]",
        "\"a\" ,\"c\"]",
        "\"a\",\"c\"] ",
        "\"a\",\"c\"]]",
        "\"a\",\"c\"]x",
        "\"a\",\"c\"",
        "\"a\",\"c",
        "\"a\",]",
        "\"a\",,1]",
        "\"a\"",
        "\"a\"]]",
        "]",
        ",\"a\"]",
        "",
        "1,\"c\"]",
        "true]",
        "\"\",\"c\"]",
        "\"ev\\u0061l\",\"c\"]",
        "\"a\"\"b\"]"
      })
  void readsLikeTheParserOrLeavesItToTheParser(String rest) {
    assertEquals(outcome("[ " + rest), outcome("[" + rest));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 15, 16, 17})
  void findsTheFirstByteThatIsNotPlainAtEveryPlace(int at) {
    for (int bad : new int[] {0x00, 0x1f, '"', '\\', 0x80, 0xff}) {
      byte[] bytes = "abcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);
      bytes[at] = (byte) bad;
      assertEquals(at, PlainElements.plainEnd(bytes, 0, bytes.length));
    }
  }

  @Test
  void takesEveryOtherAsciiByteAsPlain() {
    for (int good = 0x20; good < 0x80; good++) {
      byte[] bytes = new byte[11];
      java.util.Arrays.fill(bytes, (byte) good);
      boolean plain = good != '"' && good != '\\';
      assertEquals(plain ? 11 : 0, PlainElements.plainEnd(bytes, 0, 11));
    }
  }

  @Test
  void comparesNamesWithoutAndWithTheParser() {
    for (String text : new String[] {"[\"chat\",1]", "[ \"chat\",1]"}) {
      PayloadReader reader = json.read(payload(text));
      reader.takeName();
      assertTrue(reader.isNamed("chat"));
      assertFalse(reader.isNamed("chas"));
      assertFalse(reader.isNamed("chatt"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "",
        "quote\"",
        "back\\slash",
        "tab\t",
        "grüße",
        "\ud83d\ude00",
        "a/b",
        "\u007f"
      })
  void writesTextLikeTheGenerator(String text) {
    PacketBuffer plain = PacketBuffer.take();
    json.write(plain, text, new Object[] {text, null});
    // A number is not plain and sends everything to the generator.
    PacketBuffer generated = PacketBuffer.take();
    json.write(generated, text, new Object[] {text, null, 1});
    assertEquals(string(generated).replaceAll(",1]$", "]"), string(plain));
    plain.giveBack();
    generated.giveBack();
  }

  private String outcome(String text) {
    StringBuilder told = new StringBuilder();
    try {
      PayloadReader reader = json.read(payload(text));
      reader.takeName();
      told.append(reader.isNamed("a")).append(reader.isNamed("eval")).append(reader.isNamed(""));
      told.append(' ').append(reader.next(String.class));
      told.append(' ').append(reader.next(Object.class));
      reader.finish();
      told.append(" end");
    } catch (PacketException | IllegalArgumentException refused) {
      told.append(refused.getClass().getSimpleName());
    }
    try {
      PayloadReader reader = json.read(payload(text));
      reader.takeName();
      Arguments rest = reader.rest();
      told.append(' ').append(rest.size());
      for (int i = 0; i < rest.size(); i++) {
        told.append(' ').append(rest.get(i));
      }
    } catch (PacketException | IllegalArgumentException refused) {
      told.append(refused.getClass().getSimpleName());
    }
    return told.toString();
  }

  private static Payload payload(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Payload(bytes, 0, bytes.length, List.of());
  }

  private static String string(PacketBuffer buffer) {
    byte[] bytes = new byte[buffer.length()];
    buffer.copyTo(bytes, 0);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

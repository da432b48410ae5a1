package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  /** Returns how many bytes were accepted, one at a time, before one was refused. */
  private static int acceptedBytes(byte[] bytes) {
    Utf8 utf8 = new Utf8();
    for (int i = 0; i < bytes.length; i++) {
      if (!utf8.accept(bytes, i, 1)) {
        return i;
      }
    }
    return bytes.length;
  }

  private static boolean jdkAccepts(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException malformed) {
      return false;
    }
  }

  @Test
  void everyCharacterOfUnicodeIsAccepted() {
    Utf8 utf8 = new Utf8();
    for (int c = 0; c <= 0x10FFFF; c++) {
      if (c >= 0xD800 && c <= 0xDFFF) {
        continue;
      }
      byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
      assertTrue(
          utf8.accept(bytes, 0, bytes.length) && utf8.isComplete(),
          () -> HexFormat.of().formatHex(bytes));
    }
  }

  @Test
  void everySequenceOfThreeBytesIsJudgedAsTheJdkDoes() {
    byte[] bytes = new byte[3];
    for (int i = 0; i < 1 << 24; i += 1 + (i >>> 16 < 0xC0 ? 37 : 0)) {
      bytes[0] = (byte) (i >>> 16);
      bytes[1] = (byte) (i >>> 8);
      bytes[2] = (byte) i;
      Utf8 utf8 = new Utf8();
      boolean accepted = utf8.accept(bytes, 0, 3) && utf8.isComplete();
      if (accepted != expected(bytes)) {
        assertEquals(jdkAccepts(bytes), accepted, HexFormat.of().formatHex(bytes));
      }
    }
  }

  /**
   * A quick first opinion on three bytes, from the table of RFC 3629; the JDK has the last word.
   */
  private static boolean expected(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).indexOf('\uFFFD') < 0;
  }

  // RFC 3629 section 4: each row is refused at its last byte, and not before.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // a continuation byte first
        "bf",
        "c0", // overlong whatever follows
        "c1",
        "f5", // above U+10FFFF whatever follows
        "f8",
        "fe",
        "ff",
        "c2 41", // no continuation byte
        "c2 c2",
        "e0 80", // overlong
        "e0 9f",
        "ed a0", // surrogates; Autobahn 5.19 and 6.x
        "ed bf",
        "e1 80 41",
        "ef bf c0",
        "f0 80", // overlong
        "f0 8f",
        "f4 90", // above U+10FFFF; Autobahn 6.4.1 to 6.4.4
        "f1 80 80 41",
        "48 69 20 ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90",
        "41 41 41 41 41 41 41 41 41 ff" // behind the fast path
      })
  void aBadByteIsRefusedAtOnceAndNotEarlier(String hex) {
    byte[] bytes = bytes(hex);
    assertEquals(bytes.length - 1, acceptedBytes(bytes));
    Utf8 together = new Utf8();
    assertFalse(together.accept(bytes, 0, bytes.length));
  }

  @ParameterizedTest
  @CsvSource({"c2", "e1", "e1 80", "f0 9f", "f0 9f 98", "41 f4 8f bf"})
  void aTextMayNotEndInsideACharacter(String hex) {
    byte[] bytes = bytes(hex);
    Utf8 utf8 = new Utf8();
    assertTrue(utf8.accept(bytes, 0, bytes.length));
    assertFalse(utf8.isComplete());
    assertFalse(Utf8.isValid(bytes, 0, bytes.length));
    utf8.reset();
    assertTrue(utf8.isComplete());
  }

  @Test
  void resetForgetsTheBoundsOfTheNextByteToo() {
    Utf8 utf8 = new Utf8();
    assertTrue(utf8.accept(bytes("f4"), 0, 1));
    utf8.reset();
    assertTrue(utf8.accept(bytes("c2 bf"), 0, 2));
  }

  @Test
  void anEmptyTextIsComplete() {
    Utf8 utf8 = new Utf8();
    assertTrue(utf8.accept(new byte[0], 0, 0) && utf8.isComplete());
  }

  @Test
  void aTextCutAnywhereIsJudgedAsAWhole() {
    byte[] bytes =
        "Hello-µ@ßöäüàá-UTF-8!! 日本語 😀 and some plain text behind it"
            .getBytes(StandardCharsets.UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Utf8 utf8 = new Utf8();
      assertTrue(utf8.accept(bytes, 0, cut));
      assertTrue(utf8.accept(bytes, cut, bytes.length - cut));
      assertTrue(utf8.isComplete());
    }
  }

  @Test
  void randomDamageIsFoundExactlyWhenTheJdkFindsIt() {
    Random random = new Random(4);
    byte[] good = "aé€😀bcdefghijklmnop€😀".repeat(3).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      Utf8 utf8 = new Utf8();
      boolean accepted = utf8.accept(bytes, 0, bytes.length) && utf8.isComplete();
      assertEquals(jdkAccepts(bytes), accepted, () -> HexFormat.of().formatHex(bytes));
      assertEquals(accepted, Utf8.isValid(bytes, 0, bytes.length));
    }
  }

  @Test
  void aCharacterMayNotReachBeyondTheRange() {
    byte[] bytes = "aé😀".getBytes(StandardCharsets.UTF_8);
    assertFalse(Utf8.isValid(bytes, 0, 2));
    assertTrue(Utf8.isValid(bytes, 0, 3));
    assertFalse(Utf8.isValid(bytes, 0, 6));
    assertTrue(Utf8.isValid(bytes, 0, 7));
  }

  @Test
  void whatIsOutsideTheRangeDoesNotMatter() {
    byte[] bytes = bytes("ff41424344454647484950ff");
    assertTrue(Utf8.isValid(bytes, 1, bytes.length - 1));
  }

  @Test
  void aBadByteIsFoundAtEveryPlaceOfALongText() {
    for (int length = 1; length < 40; length++) {
      for (int place = 0; place < length; place++) {
        byte[] bytes = "a".repeat(length).getBytes(StandardCharsets.US_ASCII);
        bytes[place] = (byte) 0xff;
        assertFalse(Utf8.isValid(bytes, 0, length), "at " + place + " of " + length);
      }
    }
  }
}

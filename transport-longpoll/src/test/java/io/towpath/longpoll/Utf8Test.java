package io.towpath.longpoll;

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
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  private static boolean isValid(byte[] bytes) {
    return Utf8.isValid(bytes, 0, bytes.length);
  }

  private static boolean isValidHex(String hex) {
    return isValid(HexFormat.of().parseHex(hex));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "7f",
        "c280",
        "dfbf",
        "e0a080",
        "ed9fbf",
        "ee8080",
        "efbfbf",
        "f0908080",
        "f48fbfbf",
        "41c3a942",
        "efbbbf34"
      })
  void wellFormedBytesAreValid(String hex) {
    assertTrue(isValidHex(hex));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "bf",
        "c0",
        "c080",
        "c1bf",
        "c2",
        "c241",
        "e0",
        "e0a0",
        "e09fbf",
        "e0a041",
        "e18041",
        "eda080",
        "edbfbf",
        "f0",
        "f09080",
        "f08fbfbf",
        "f0904180",
        "f0908041",
        "f4908080",
        "f5808080",
        "ff",
        "fe",
        "41c3"
      })
  void malformedBytesAreInvalid(String hex) {
    assertFalse(isValidHex(hex));
  }

  @Test
  void aCharacterMayNotReachBeyondTheRange() {
    byte[] bytes = "aé".getBytes(StandardCharsets.UTF_8);
    assertFalse(Utf8.isValid(bytes, 0, 2));
    assertTrue(Utf8.isValid(bytes, 0, 3));
  }

  @Test
  void whatIsOutsideTheRangeDoesNotMatter() {
    byte[] bytes = HexFormat.of().parseHex("ff41424344454647484950ff");
    assertTrue(Utf8.isValid(bytes, 1, bytes.length - 1));
  }

  @Test
  void aBadByteIsFoundAtEveryPlaceOfALongText() {
    for (int length = 1; length < 40; length++) {
      for (int place = 0; place < length; place++) {
        byte[] bytes = "a".repeat(length).getBytes(StandardCharsets.US_ASCII);
        bytes[place] = (byte) 0xff;
        assertFalse(isValid(bytes), "at " + place + " of " + length);
      }
    }
  }

  @Test
  void itAgreesWithTheDecoderOfThePlatform() {
    Random random = new Random(20260117);
    int valid = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = mutatedText(random);
      boolean expected = platformAccepts(bytes);
      valid += expected ? 1 : 0;
      assertEquals(expected, isValid(bytes), () -> HexFormat.of().formatHex(bytes));
    }
    assertTrue(valid > 1000 && valid < 19_000, "both kinds are tried: " + valid);
  }

  private static byte[] mutatedText(Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(RandomPayloads.codePoint(random));
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0 && random.nextInt(3) > 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private static boolean platformAccepts(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException malformed) {
      return false;
    }
  }
}

package io.towpath.longpoll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpCompressionTest {
  private static final int THRESHOLD = 1024;

  private static PollResponse text(int length) {
    return PollResponse.payload(List.of("4".repeat(length).getBytes(UTF_8)));
  }

  private static PollResponse compressed(PollResponse response, @Nullable String acceptEncoding) {
    return HttpCompression.compress(response, acceptEncoding, THRESHOLD);
  }

  private static byte[] read(InputStream in) throws IOException {
    try (in) {
      return in.readAllBytes();
    }
  }

  private static InputStream body(PollResponse response) {
    assertEquals(1, response.body().size());
    return new ByteArrayInputStream(response.body().get(0));
  }

  // The choice

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | gzip",
        "deflate | deflate",
        "gzip, deflate, br, zstd | gzip",
        "deflate, gzip | deflate",
        "br, gzip | gzip",
        "gzip;q=0.5, deflate | deflate",
        "gzip;q=0.5, deflate;q=0.4 | gzip",
        "deflate;q=0.501, gzip;q=0.5 | deflate",
        "gzip;q=0, deflate;q=0.001 | deflate",
        "GZIP | gzip",
        "gzip ; Q=1.000 | gzip",
        "  gzip  | gzip",
        "* | gzip",
        "*, deflate | deflate",
        "deflate, * | deflate",
        "gzip;q=0, * | deflate",
        "deflate;q=0.5, * | gzip",
        "identity, gzip | gzip",
        "identity;q=0.5, gzip | gzip",
        "identity;q=0, gzip;q=0.1 | gzip",
        ",,gzip,, | gzip",
        "gzip;q=7, deflate;q=0.1 | deflate"
      })
  void theCodingThatTheClientLikesBestIsChosen(String acceptEncoding, String coding) {
    HttpCompression.Coding chosen = HttpCompression.choose(acceptEncoding);
    assertEquals(coding, chosen == null ? null : chosen.wire());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        ",",
        ";",
        "br",
        "identity",
        "gzip;q=0",
        "gzip;q=0.000, deflate;q=0",
        "*;q=0",
        "identity, gzip;q=0.9",
        "gzip;q=1.001",
        "gzip;q=2",
        "gzip;q=-1",
        "gzip;q=.5",
        "gzip;q=0.1234",
        "gzip;q=0,5",
        "gzip;q=",
        "gzip;level=9",
        "gzip;q=0x1",
        "xgzip"
      })
  void noneIsChosenWhenNoneIsAccepted(@Nullable String acceptEncoding) {
    assertNull(HttpCompression.choose(acceptEncoding));
  }

  // The answer

  @Test
  void aBodyOfTheThresholdIsCompressed() throws IOException {
    PollResponse plain = text(THRESHOLD);
    PollResponse gzip = compressed(plain, "gzip");
    assertEquals(
        Map.of(
            "Content-Type",
            "text/plain; charset=UTF-8",
            "Cache-Control",
            "no-store",
            "Content-Encoding",
            "gzip"),
        gzip.headers());
    assertArrayEquals(plain.body().get(0), read(new GZIPInputStream(body(gzip))));
  }

  @Test
  void aBodyOfOneByteLessIsNot() {
    PollResponse plain = text(THRESHOLD - 1);
    assertSame(plain, compressed(plain, "gzip"));
  }

  @Test
  void aClientThatAcceptsNoneGetsTheBodyAsItIs() {
    PollResponse plain = text(THRESHOLD);
    assertSame(plain, compressed(plain, null));
  }

  @Test
  void aBodyThatWouldNotBecomeSmallerIsLeftAsItIs() {
    byte[] noise = new byte[2 * THRESHOLD];
    new Random(1).nextBytes(noise);
    PollResponse plain = PollResponse.payload(List.of(noise));
    assertSame(plain, compressed(plain, "gzip"));
  }

  @Test
  void deflateIsTheZlibFormat() throws IOException {
    PollResponse plain = text(THRESHOLD);
    PollResponse deflate = compressed(plain, "deflate");
    assertEquals("deflate", deflate.headers().get("Content-Encoding"));
    assertArrayEquals(plain.body().get(0), read(new InflaterInputStream(body(deflate))));
  }

  @Test
  void thePiecesOfABodyAreOneStream() throws IOException {
    PollResponse plain =
        PollResponse.payload(
            List.of("4a".repeat(600).getBytes(UTF_8), "4b".repeat(600).getBytes(UTF_8)));
    PollResponse gzip = compressed(plain, "gzip");
    assertEquals(
        "4a".repeat(600) + "4b".repeat(600),
        new String(read(new GZIPInputStream(body(gzip))), UTF_8));
  }
}

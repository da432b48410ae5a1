package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.HandshakeRequest;
import io.towpath.websocket.WebSocketUpgrade.Accepted;
import io.towpath.websocket.WebSocketUpgrade.Rejected;
import io.towpath.websocket.WebSocketUpgrade.Subprotocols;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketUpgradeTest {
  private final Map<String, List<String>> headers = new TreeMap<>();
  private String method = "GET";
  private String version = "HTTP/1.1";
  private Subprotocols subprotocols = Subprotocols.NONE;
  private boolean originAllowed = true;
  private Map<String, List<String>> extra = Map.of();
  private @Nullable DeflateOptions deflate;

  /** Starts with the request of RFC 6455 section 1.2; each test changes one thing. */
  WebSocketUpgradeTest() {
    set("Host", "server.example.com");
    set("Upgrade", "websocket");
    set("Connection", "Upgrade");
    set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    set("Sec-WebSocket-Version", "13");
  }

  private void set(String name, String... lines) {
    headers.put(name, List.of(lines));
  }

  private WebSocketUpgrade.Outcome judge() {
    HandshakeRequest request =
        new HandshakeRequest(method, "/", Map.of(), headers, "127.0.0.1", false);
    return new WebSocketUpgrade(any -> originAllowed, subprotocols, any -> extra, deflate)
        .judge(request, version);
  }

  private Accepted accepted() {
    return assertInstanceOf(Accepted.class, judge());
  }

  private Rejected rejected(int status) {
    Rejected rejected = assertInstanceOf(Rejected.class, judge());
    assertEquals(status, rejected.status(), rejected::reason);
    return rejected;
  }

  // Section 1.3
  @Test
  void section422_theExampleIsAcceptedByteForByte() {
    assertEquals(
        Map.of(
            "Upgrade", List.of("websocket"),
            "Connection", List.of("Upgrade"),
            "Sec-WebSocket-Accept", List.of("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        accepted().headers());
  }

  @Nested
  class Section421 {
    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "HEAD", "OPTIONS", "get", "CONNECT", ""})
    void anotherMethodIsRefused(String other) {
      method = other;
      assertEquals(List.of("GET"), rejected(405).headers().get("Allow"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.0", "HTTP/0.9", "HTTP/1", "HTTP/", "", "http/1.1", "HTTP/1.x"})
    void anOlderHttpIsRefused(String other) {
      version = other;
      rejected(505);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1", "HTTP/1.2", "HTTP/2.0", "HTTP/2"})
    void aLaterHttpIsNot(String other) {
      version = other;
      accepted();
    }

    @Test
    void aMissingEmptyOrRepeatedHostIsRefused() {
      headers.remove("Host");
      rejected(400);
      set("Host", "");
      rejected(400);
      set("Host", "a", "b");
      rejected(400);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"websocket", "WebSocket", "WEBSOCKET", "h2c, websocket", " websocket ,x"})
    void upgradeIsAListWhoseCaseDoesNotMatter(String value) {
      set("Upgrade", value);
      accepted();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"Upgrade", "upgrade", "keep-alive, Upgrade", "Upgrade,keep-alive", ",,UPGRADE,"})
    void connectionIsAListWhoseCaseDoesNotMatter(String value) {
      set("Connection", value);
      accepted();
    }

    @Test
    void severalLinesAreOneList() {
      set("Upgrade", "h2c", "websocket");
      set("Connection", "keep-alive", "Upgrade");
      accepted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "web socket", "websocketx", "websocket/13", "h2c"})
    void withoutUpgradeToWebsocketItIsNoUpgrade(String value) {
      set("Upgrade", value);
      assertEquals(List.of("websocket"), rejected(426).headers().get("Upgrade"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "keep-alive", "upgraded", "close"})
    void withoutConnectionUpgradeItIsNoUpgrade(String value) {
      set("Connection", value);
      rejected(426);
    }

    // CVE-2026-59898: a version alone makes no upgrade
    @Test
    void withoutBothHeadersItIsNoUpgrade() {
      headers.remove("Upgrade");
      rejected(426);
      headers.remove("Connection");
      rejected(426);
      set("Sec-WebSocket-Version", "7");
      rejected(426);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "7", "8", "12", "14", "013", "13, 8", "13.0", "", "x"})
    void anotherVersionIsToldWhichIsSpoken(String other) {
      set("Sec-WebSocket-Version", other);
      assertEquals(List.of("13"), rejected(426).headers().get("Sec-WebSocket-Version"));
    }

    @Test
    void aMissingOrRepeatedVersionIsRefused() {
      headers.remove("Sec-WebSocket-Version");
      rejected(426);
      set("Sec-WebSocket-Version", "13", "8");
      rejected(426);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "x",
          "dGhlIHNhbXBsZSBub25jZQ", // no padding
          "dGhlIHNhbXBsZSBub25jZ===",
          "dGhlIHNhbXBsZSBub25j", // 15 bytes
          "dGhlIHNhbXBsZSBub25jZTE=", // 17 bytes
          "dGhlIHNhbXBsZSBub25jZQ==AAAA",
          "dGhlIHNhbXBsZSBub25*ZQ==",
          "dGhlIHNhbXBs ZSBub25jZQ=="
        })
    void aKeyThatIsNotTheBase64Of16BytesIsRefused(String key) {
      set("Sec-WebSocket-Key", key);
      rejected(400);
    }

    @Test
    void spacesAroundTheKeyDoNotCount() {
      set("Sec-WebSocket-Key", "  dGhlIHNhbXBsZSBub25jZQ== ");
      assertEquals(
          List.of("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
          accepted().headers().get("Sec-WebSocket-Accept"));
    }

    @Test
    void aMissingOrRepeatedKeyIsRefused() {
      headers.remove("Sec-WebSocket-Key");
      rejected(400);
      set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==");
      rejected(400);
    }
  }

  @Nested
  class Body {
    @ParameterizedTest
    @CsvSource({
      "Content-Length, 1",
      "Content-Length, -1",
      "Content-Length, '0, 5'",
      "Transfer-Encoding, chunked"
    })
    void anUpgradeWithABodyIsRefused(String name, String value) {
      set(name, value);
      rejected(400);
    }

    @Test
    void anEmptyBodyIsNone() {
      set("Content-Length", "0");
      accepted();
    }
  }

  @Nested
  class Origin {
    @Test
    void thatIsNotAllowedIsForbidden() {
      originAllowed = false;
      set("Origin", "https://evil.example");
      rejected(403);
    }

    @Test
    void isAskedForLastSoThatABrokenRequestSaysSo() {
      originAllowed = false;
      headers.remove("Sec-WebSocket-Key");
      rejected(400);
    }

    @Test
    void isJudgedWithTheWholeRequestAtHand() {
      set("Origin", "https://good.example");
      HandshakeRequest request =
          new HandshakeRequest("GET", "/", Map.of(), headers, "127.0.0.1", true);
      WebSocketUpgrade upgrade =
          new WebSocketUpgrade(
              asked -> asked.secure() && "https://good.example".equals(asked.header("origin")),
              Subprotocols.NONE,
              asked -> Map.of());
      assertInstanceOf(Accepted.class, upgrade.judge(request, version));
    }
  }

  @Nested
  class Subprotocol {
    @Test
    void notOfferedIsNotChosen() {
      subprotocols = Subprotocols.FIRST_OFFERED;
      Accepted accepted = accepted();
      assertNull(accepted.subprotocol());
      assertFalse(accepted.headers().containsKey("Sec-WebSocket-Protocol"));
    }

    @Test
    void offeredAndNotWantedIsNotAnswered() {
      set("Sec-WebSocket-Protocol", "a, b");
      assertNull(accepted().subprotocol());
    }

    @Test
    void theFirstOfferedIsChosenAsTheReferenceDoes() {
      set("Sec-WebSocket-Protocol", "b,a");
      subprotocols = Subprotocols.FIRST_OFFERED;
      assertEquals("b", accepted().subprotocol());
      assertEquals(List.of("b"), accepted().headers().get("Sec-WebSocket-Protocol"));
    }

    @Test
    void amongTheClientsOffersTheServersOrderDecides() {
      set("Sec-WebSocket-Protocol", "c, b", "a");
      subprotocols = Subprotocols.among(List.of("x", "a", "b"));
      assertEquals("a", accepted().subprotocol());
      subprotocols = Subprotocols.among(List.of("x", "A"));
      assertNull(accepted().subprotocol());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a, a", "\"a\"", "a;b", "a, é", "a/b"})
    void offersThatAreNoListOfDifferentTokensAreRefused(String value) {
      set("Sec-WebSocket-Protocol", value);
      rejected(400);
    }

    @Test
    void aRuleThatChoosesWhatWasNotOfferedIsOurFault() {
      set("Sec-WebSocket-Protocol", "a");
      subprotocols = offered -> "b";
      assertThrows(IllegalStateException.class, () -> judge());
    }
  }

  @Nested
  class Extensions {
    @Test
    void areIgnoredUnlessCompressionIsOn() {
      set("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, ;;;");
      Accepted accepted = accepted();
      assertNull(accepted.deflate());
      assertFalse(accepted.headers().containsKey("Sec-WebSocket-Extensions"));
    }

    @Test
    void permessageDeflateIsAgreedOnIfItIsOn() {
      deflate = DeflateOptions.DEFAULTS;
      set("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
      assertEquals(new DeflateParameters(true, true, 15, 15), accepted().deflate());
      assertEquals(
          List.of("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
          accepted().headers().get("Sec-WebSocket-Extensions"));
    }

    @Test
    void withoutAnOfferThereIsNoCompression() {
      deflate = DeflateOptions.DEFAULTS;
      assertNull(accepted().deflate());
    }

    @Test
    void thatBreakTheGrammarAreRefusedIfItIsOn() {
      deflate = DeflateOptions.DEFAULTS;
      set("Sec-WebSocket-Extensions", "permessage-deflate; =");
      rejected(400);
    }
  }

  @Nested
  class ExtraHeaders {
    @Test
    void areAdded() {
      extra = Map.of("Set-Cookie", List.of("a=1", "b=2"));
      assertEquals(List.of("a=1", "b=2"), accepted().headers().get("Set-Cookie"));
    }

    @ParameterizedTest
    @CsvSource({
      "upgrade, x",
      "CONNECTION, close",
      "sec-websocket-accept, x",
      "Sec-WebSocket-Protocol, x",
      "Sec-WebSocket-Extensions, permessage-deflate",
      "'bad name', x"
    })
    void mayNotTouchTheHandshake(String name, String value) {
      extra = Map.of(name, List.of(value));
      assertThrows(IllegalArgumentException.class, () -> judge());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nSet-Cookie: b", "a\nb", "a\0"})
    void mayNotBreakTheLine(String value) {
      extra = Map.of("X-Extra", List.of(value));
      assertThrows(IllegalArgumentException.class, () -> judge());
    }

    @Test
    void areNotAskedForARequestThatIsRefused() {
      originAllowed = false;
      extra = Map.of("bad name", List.of());
      rejected(403);
    }
  }

  @Nested
  class Bounds {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "Upgrade",
          "Connection",
          "Sec-WebSocket-Protocol",
          "Sec-WebSocket-Extensions",
          "Origin"
        })
    void aHeaderOfTheLimitIsReadAndOneCharacterMoreIsRefused(String name) {
      String value = headers.containsKey(name) ? headers.get(name).get(0) + "," : "a,";
      String fill = " ".repeat(WebSocketUpgrade.MAX_HEADER_CHARS - value.length());
      set(name, value + fill);
      accepted();
      set(name, value + fill + " ");
      rejected(431);
      set(name, value, fill + " ");
      rejected(431);
    }

    // CVE-2021-32640: a regular expression that took quadratic time for this
    @Test
    void headersOfTheLimitAreParsedInLinearTime() {
      String spaces = " ".repeat(WebSocketUpgrade.MAX_HEADER_CHARS - 2);
      set("Sec-WebSocket-Protocol", "b" + spaces + "x");
      set("Connection", "Upgrade" + ",".repeat(WebSocketUpgrade.MAX_HEADER_CHARS - 7));
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> {
            for (int i = 0; i < 1000; i++) {
              rejected(400);
            }
          });
    }
  }

  @Test
  void tokensAreThoseOfRfc9110() {
    assertTrue(WebSocketUpgrade.isToken("!#$%&'*+-.^_`|~09azAZ"));
    for (String no : List.of("", " ", "a b", "a,b", "a\t", "é", "(a)", "a=b", "\u0000")) {
      assertFalse(WebSocketUpgrade.isToken(no), no);
    }
  }
}

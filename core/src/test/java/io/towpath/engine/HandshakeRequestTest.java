package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeRequestTest {
  private static HandshakeRequest request(
      Map<String, String> query, Map<String, List<String>> headers) {
    return new HandshakeRequest("GET", "/x", query, headers, "127.0.0.1", false);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "EIO=4&EIO=3, EIO, 3",
        "a=1&b=2, a, 1",
        "a=1&b=2, b, 2",
        "a=1=2, a, 1=2",
        "a, a, ''",
        "a=, a, ''",
        "&&a=1&, a, 1",
        "=1, '', 1",
        "a+b=c+d, a b, c d",
        "%61=%62%20c, a, b c",
        "a=%C3%A9, a, é",
        "a=1, A, -",
        "__proto__=1, __proto__, 1",
        "a=%zz, a, %zz",
        "a=100%, a, 100%",
        "a=%4, a, %4",
        "a=%zz%41+b, a, %zzA b",
        "a=%-1%41, a, %-1A",
        "a=é+%41, a, é A",
      })
  void aQueryIsParsedAsBrowsersWriteIt(String query, String name, String value) {
    assertEquals(value, HandshakeRequest.parseQuery(query).get(name));
    HandshakeRequest request =
        HandshakeRequest.builder("GET", "/x?" + query, "127.0.0.1", false).build();
    assertEquals(value, request.rawParameter(name));
    assertEquals(value, request.query().get(name));
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "127", "128", "16383", "16384", "70000"})
  void headersOfAnyLengthAreKept(int length) {
    String value = "v".repeat(length);
    HandshakeRequest request =
        HandshakeRequest.builder("GET", "/", "::1", true)
            .header("X-" + value, "first")
            .header("Sec-WebSocket-Key", value)
            .header("cookie", "\u20ac\u0000")
            .build();
    assertEquals("first", request.header("x-" + value));
    assertEquals(value, request.header("sec-websocket-key"));
    assertEquals("\u20ac\u0000", request.header("Cookie"));
    assertEquals(
        Map.of(
            "x-" + value,
            List.of("first"),
            "sec-websocket-key",
            List.of(value),
            "cookie",
            List.of("\u20ac\u0000")),
        request.headers());
  }

  @Test
  void linesOfOneHeaderStayApartAndInOrder() {
    HandshakeRequest request =
        HandshakeRequest.builder("GET", "/", "::1", true)
            .header("Host", "a")
            .header("X-Forwarded-For", "b")
            .header("host", "c")
            .build();
    assertEquals(List.of("a", "c"), request.headerLines("HOST"));
    assertEquals("a", request.header("host"));
    assertEquals(List.of("a", "c"), request.headers().get("host"));
  }

  @Test
  void parametersThatTheUrlDoesNotSayAreKept() {
    HandshakeRequest request =
        new HandshakeRequest("GET", "/?a=1", Map.of("a", "2"), Map.of(), "::1", false);
    assertEquals("2", request.parameter("a"));
    assertEquals(Map.of("a", "2"), request.query());
  }

  @Test
  void anEmptyQueryHasNoParameters() {
    assertEquals(Map.of(), HandshakeRequest.parseQuery(""));
  }

  @Test
  void bytesThatAreNoUtf8BecomeReplacementCharacters() {
    assertEquals(Map.of("a", "\uFFFD"), HandshakeRequest.parseQuery("a=%ff"));
  }

  @Test
  void anEmptyParameterCountsAsMissing() {
    HandshakeRequest request = request(Map.of("sid", "", "EIO", "4"), Map.of());
    assertNull(request.parameter("sid"));
    assertNull(request.parameter("t"));
    assertEquals("4", request.parameter("EIO"));
  }

  @Test
  void headersAreFoundWhateverTheirCase() {
    HandshakeRequest request = request(Map.of(), Map.of("X-One", List.of("1", "2")));
    assertEquals("1", request.header("x-one"));
    assertEquals(List.of("1", "2"), request.headerLines("X-ONE"));
    assertNull(request.header("x-two"));
    assertEquals(List.of(), request.headerLines("x-two"));
  }

  @Test
  void theRequestDoesNotChangeWithTheMapsItWasMadeFrom() {
    Map<String, String> query = new HashMap<>(Map.of("a", "1"));
    List<String> lines = new ArrayList<>(List.of("x"));
    Map<String, List<String>> headers = new HashMap<>(Map.of("h", lines));
    HandshakeRequest request = request(query, headers);
    query.clear();
    lines.clear();
    headers.clear();
    assertEquals("1", request.parameter("a"));
    assertEquals("x", request.header("h"));
    assertThrows(UnsupportedOperationException.class, () -> request.query().put("b", "2"));
    assertThrows(UnsupportedOperationException.class, () -> request.headers().put("b", List.of()));
  }
}

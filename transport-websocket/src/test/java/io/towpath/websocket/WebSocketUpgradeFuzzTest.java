package io.towpath.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towpath.engine.HandshakeRequest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any header lines are accepted or rejected with one of the statuses of {@link WebSocketUpgrade};
 * no exception is allowed. The input is the version of HTTP and then header lines.
 */
class WebSocketUpgradeFuzzTest {
  private static final Set<Integer> REFUSALS = Set.of(400, 403, 405, 426, 431, 505);

  private static final WebSocketUpgrade UPGRADE =
      new WebSocketUpgrade(
          request -> !"https://evil.example".equals(request.header("origin")),
          WebSocketUpgrade.Subprotocols.FIRST_OFFERED,
          request -> Map.of("Set-Cookie", List.of("a=b")),
          DeflateOptions.DEFAULTS);

  static Stream<byte[]> seeds() {
    String good =
        """
        HTTP/1.1
        Host: a
        Upgrade: websocket
        Connection: keep-alive, Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        """;
    return Stream.of(
            good,
            good + "Sec-WebSocket-Protocol: chat, soap\nOrigin: https://evil.example",
            good + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            good + "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=\"9\"",
            good.replace("1.1", "1.0"),
            good + "Content-Length: 5")
        .map(text -> HexFormat.of().formatHex(text.getBytes(ISO_8859_1)))
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyHeadersAreAcceptedOrRejected(byte[] data) {
    String[] lines = new String(data, ISO_8859_1).split("\n", -1);
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        headers
            .computeIfAbsent(lines[i].substring(0, colon), unused -> new ArrayList<>())
            .add(lines[i].substring(colon + 1).strip());
      }
    }
    HandshakeRequest request =
        new HandshakeRequest("GET", "/", Map.of(), headers, "127.0.0.1", false);
    WebSocketUpgrade.Outcome outcome = UPGRADE.judge(request, lines[0]);
    if (outcome instanceof WebSocketUpgrade.Rejected rejected) {
      assertTrue(REFUSALS.contains(rejected.status()), "status " + rejected.status());
    } else {
      WebSocketUpgrade.Accepted accepted = (WebSocketUpgrade.Accepted) outcome;
      assertEquals(List.of("websocket"), accepted.headers().get("Upgrade"));
      assertTrue(request.headerLines("sec-websocket-key").get(0).strip().length() == 24);
    }
  }
}

package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SessionCookieTest {
  @Test
  void theDefaultIsTheReferences() {
    assertEquals("io=abc; Path=/; HttpOnly; SameSite=Lax", SessionCookie.defaults().header("abc"));
  }

  @Test
  void attributesComeInTheReferencesOrder() {
    SessionCookie cookie =
        SessionCookie.builder()
            .sameSite("None")
            .priority("High")
            .partitioned(true)
            .secure(true)
            .expires(Instant.parse("2030-01-02T03:04:05Z"))
            .path("/chat")
            .domain("example.org")
            .maxAge(Duration.ofHours(1))
            .name("tow")
            .build();
    assertEquals(
        "tow=abc; Max-Age=3600; Domain=example.org; Path=/chat;"
            + " Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure; Partitioned;"
            + " Priority=High; SameSite=None",
        cookie.header("abc"));
  }

  @Test
  void attributesMayBeLeftOut() {
    SessionCookie cookie =
        SessionCookie.builder().path(null).httpOnly(false).sameSite(null).build();
    assertEquals("io=abc", cookie.header("abc"));
  }

  @Test
  void whatWouldForgeAnotherAttributeIsRefused() {
    SessionCookie.Builder builder = SessionCookie.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.name("a=b"));
    assertThrows(IllegalArgumentException.class, () -> builder.path("/; Secure"));
    assertThrows(IllegalArgumentException.class, () -> builder.domain("a\r\nX: b"));
  }
}

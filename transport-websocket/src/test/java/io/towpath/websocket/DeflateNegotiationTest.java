package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeflateNegotiationTest {
  private static final DeflateOptions TAKEOVER = new DeflateOptions(1024, true);

  private static @Nullable String answer(DeflateOptions options, String... lines) {
    DeflateNegotiation.Agreement agreed = DeflateNegotiation.choose(List.of(lines), options);
    return agreed == null ? null : agreed.header();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permessage-deflate | permessage-deflate",
        "permessage-deflate; server_no_context_takeover"
            + "| permessage-deflate; server_no_context_takeover",
        "permessage-deflate;client_no_context_takeover"
            + "| permessage-deflate; client_no_context_takeover",
        // Section 7.1.2.1: accepted only together with the parameter
        "permessage-deflate; server_max_window_bits=10"
            + "| permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=8"
            + "| permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=15"
            + "| permessage-deflate; server_max_window_bits=15",
        "permessage-deflate; server_max_window_bits=\"10\""
            + "| permessage-deflate; server_max_window_bits=10",
        // Section 7.1.2.2: a hint, which may go without an answer
        "permessage-deflate; client_max_window_bits | permessage-deflate",
        "permessage-deflate; client_max_window_bits=9 | permessage-deflate",
        // What Chromium and Firefox send
        "permessage-deflate; client_max_window_bits, x | permessage-deflate"
      })
  void section71_anOfferThatCanBeHonouredIs(String offer, String expected) {
    assertEquals(expected, answer(TAKEOVER, offer));
  }

  @Test
  void section71_whatTheHeaderSaysIsWhatIsDone() {
    DeflateNegotiation.Agreement agreed =
        DeflateNegotiation.choose(
            List.of(
                "permessage-deflate; server_max_window_bits=11; client_no_context_takeover;"
                    + " client_max_window_bits=9"),
            TAKEOVER);
    assertTrue(agreed != null);
    assertEquals(new DeflateParameters(false, true, 11, 15), agreed.parameters());
  }

  @Test
  void section711_withoutContextTakeoverBothEndsAreToldSo() {
    assertEquals(
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        answer(DeflateOptions.DEFAULTS, "permessage-deflate"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate; unknown",
        "permessage-deflate; unknown=1",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=x",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits", // needs a value in an offer
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; server_max_window_bits=x",
        "permessage-deflate; server_max_window_bits=8; server_max_window_bits=9",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=08",
        "permessage-deflate; Server_max_window_bits=10",
        "PerMessage-Deflate",
        "permessage-bzip2",
        "x-webkit-deflate-frame",
        "",
        ", ,"
      })
  void section71_anyOtherOfferIsDeclined(String offer) {
    assertNull(answer(TAKEOVER, offer));
  }

  @Test
  void section5_theFirstOfferThatCanBeHonouredIsTaken() {
    assertEquals(
        "permessage-deflate; server_max_window_bits=12",
        answer(
            TAKEOVER,
            "x; a=b, permessage-deflate; server_max_window_bits=99",
            "permessage-deflate; server_max_window_bits=12, permessage-deflate"));
  }

  @Test
  void noHeaderIsNoOffer() {
    assertNull(answer(TAKEOVER));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ";",
        "permessage-deflate;",
        "permessage-deflate; =1",
        "permessage-deflate; a=",
        "permessage-deflate; a=\"",
        "permessage-deflate; a=\"\"",
        "permessage-deflate; a=\"b c\"",
        "permessage-deflate; a=\"b",
        "permessage-deflate; a=\"b\\",
        "permessage-deflate; a=b=c",
        "permessage deflate",
        "permessage-deflate\u0000",
        "é"
      })
  void rfc6455Section91_whatBreaksTheGrammarIsRefused(String line) {
    assertThrows(IllegalArgumentException.class, () -> answer(TAKEOVER, line));
  }

  @Test
  void rfc6455Section91_aQuotedValueMayHaveEscapesAndTabsMaySeparate() {
    assertEquals(
        "permessage-deflate; server_max_window_bits=10",
        answer(TAKEOVER, "\tpermessage-deflate\t;\tserver_max_window_bits = \"1\\0\" ,"));
  }

  // CVE-2016-10542 and its like: a parser that takes more than one look at each character
  @Test
  void aLongHeaderIsReadInLinearTime() {
    String line = "a;b=\"c\"" + " ".repeat(4000) + ",a;d".repeat(1000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          for (int i = 0; i < 1000; i++) {
            answer(TAKEOVER, line);
          }
        });
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers to what a client asks. Reference: 4.7. */
class AckTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.joined();
  private final Socket socket = server.socket("/");

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 12, 9007199254740991L})
  void anEventWithAnIdIsAnsweredUnderIt(long ackId) {
    socket.on("e", (arguments, ack) -> ack.send("a", 1));
    client.send("2" + ackId + "[\"e\"]");
    assertEquals(List.of("3" + ackId + "[\"a\",1]"), client.received());
  }

  @Test
  void anAnswerIsSentOnce() {
    socket.on(
        "e",
        (arguments, ack) -> {
          ack.send(1);
          ack.send(2);
          ack.send(arguments);
        });
    client.send("25[\"e\"]");
    assertEquals(List.of("35[1]"), client.received());
  }

  @Test
  void anAnswerThatHasNoJsonMayBeReplaced() {
    socket.on(
        "e",
        (arguments, ack) -> {
          assertThrows(
              IllegalArgumentException.class,
              () -> ack.send(new SocketPacketEncoderTest.Endless()));
          ack.send("instead");
        });
    client.send("25[\"e\"]");
    assertEquals(List.of("35[\"instead\"]"), client.received());
  }

  @Test
  void anEventWithoutAnIdIsNotAnswered() {
    socket.on(
        "e",
        (arguments, ack) -> {
          assertFalse(ack.isRequested());
          ack.send(1);
          ack.send(arguments);
        });
    client.send("2[\"e\"]");
    assertEquals(List.of(), client.received());
    assertEquals(List.of(), server.errors);
  }

  @Test
  void anAnswerMayComeLaterAndPassOnWhatCame() {
    List<Runnable> later = new ArrayList<>();
    socket.on("e", (arguments, ack) -> later.add(() -> ack.send(arguments)));
    client.send("25[\"e\",{\"a\" : 1}]");
    assertEquals(List.of(), client.received());
    later.get(0).run();
    assertEquals(List.of("35[{\"a\" : 1}]"), client.received());
  }

  @Test
  void anAnswerWithBinaryValuesIsABinaryAck() {
    socket.on("e", (arguments, ack) -> ack.send((Object) new byte[] {1}));
    client.send("25[\"e\"]");
    assertEquals(List.of("61-5[{\"_placeholder\":true,\"num\":0}]", "bAQ=="), client.received());
  }
}

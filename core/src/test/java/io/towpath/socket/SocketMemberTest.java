package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.MessageBatch;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How messages leave for one client. Reference: 4.5 and 4.10. */
class SocketMemberTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.joined();
  private final Socket socket = server.socket("/");

  @Test
  void anEventIsSent() {
    assertTrue(socket.emit("hello", 1, "x", null));
    assertTrue(socket.send("text"));
    assertEquals(
        List.of("2[\"hello\",1,\"x\",null]", "2[\"message\",\"text\"]"), client.received());
  }

  @Test
  void receivedArgumentsAreSentOnUnchanged() {
    socket.on("e", arguments -> socket.emit("f", arguments));
    client.send("2[\"e\",1.0,{ \"a\":\"\\u0041\"}]");
    assertEquals(List.of("2[\"f\",1.0,{ \"a\":\"\\u0041\"}]"), client.received());
  }

  @Test
  void aVolatileEventIsDroppedWhenTheClientCannotTakeIt() {
    client.transport.setWritable(false);
    assertFalse(socket.isWritable());
    assertFalse(socket.asVolatile().emit("v"));
    assertTrue(socket.emit("w"));
    client.transport.setWritable(true);
    assertTrue(socket.asVolatile().emit("x"));
    assertEquals(List.of("2[\"w\"]", "2[\"x\"]"), client.received());
  }

  @Test
  void valuesThatHaveNoJsonAreRefusedAndNothingIsSent() {
    assertThrows(
        IllegalArgumentException.class,
        () -> socket.emit("e", new SocketPacketEncoderTest.Endless()));
    assertThrows(
        IllegalArgumentException.class,
        () -> socket.emitWithAck("e", new SocketPacketEncoderTest.Endless()));
    assertEquals(List.of(), client.received());
  }

  @Test
  void whatIsEmittedAfterTheEndIsDropped() {
    client.send("1");
    assertFalse(socket.emit("e"));
    assertFalse(socket.asVolatile().emit("e"));
    assertEquals(List.of(), client.received());
  }

  // Where connection state recovery is on.

  @Test
  void whatAMiddlewareEmitsGoesAtOnceAndHasNoOffset() {
    SocketFixture recovering =
        new SocketFixture(SocketOptions.builder().connectionStateRecovery(r -> r).build());
    recovering
        .io
        .of("/")
        .use(
            (joining, next) -> {
              assertTrue(joining.emit("early"));
              next.refuse("no");
              assertTrue(joining.emit("still early"));
            });
    SocketFixture.Client refused = recovering.client();
    refused.send("0");
    assertEquals(
        List.of("2[\"early\"]", "2[\"still early\"]", "4{\"message\":\"no\"}"), refused.received());
  }

  @Test
  void withoutRecoveryNothingWaitsInOrder() {
    assertThrows(IllegalStateException.class, () -> socket.member.enqueue(MessageBatch.text("x")));
    socket.member.flush();
    assertEquals(List.of(), client.received());
  }
}

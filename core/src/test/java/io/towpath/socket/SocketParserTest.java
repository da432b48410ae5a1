package io.towpath.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The seam between packets and the wire. */
class SocketParserTest {
  private final List<String> log = new ArrayList<>();

  /** Socket.IO's own form with a word before it, so that nobody else can have written it. */
  private static final class Shouting implements SocketParser {
    @Override
    public MessageBatch encode(SocketPacket packet) {
      MessageBatch plain = SocketParser.json().encode(packet);
      String text = new String(plain.textPacket(), UTF_8).substring(1);
      return MessageBatch.encoded(("4hey " + text).getBytes(UTF_8), plain.binaries());
    }

    @Override
    public Decoder decoder(SocketOptions options, Predicate<String> mayAttach) {
      Decoder plain = SocketParser.json().decoder(options, mayAttach);
      return new Decoder() {
        @Override
        public @Nullable SocketPacket text(EnginePacket.Text text) {
          return plain.text(EnginePacket.Text.of(text.string().substring("hey ".length())));
        }

        @Override
        public @Nullable SocketPacket binary(byte[] message) {
          return plain.binary(message);
        }
      };
    }
  }

  @Test
  void aParserOfTheApplicationReadsAndWritesEveryPacket() {
    SocketFixture server =
        new SocketFixture(SocketOptions.builder().parser(new Shouting()).build());
    server.io.of("/no").use((socket, next) -> next.refuse("no"));
    SocketFixture.Client client = server.client();
    client.send("hey 0");
    String answer = client.received().get(0);
    assertTrue(answer.startsWith("hey 0{\"sid\":"), answer);
    Socket socket = server.socket("/");
    socket.onAnyOutgoing((event, arguments) -> log.add(event + arguments));
    socket.on("e", byte[].class, (bytes, ack) -> ack.send(bytes));
    client.send("hey 51-7[\"e\",{\"_placeholder\":true,\"num\":0}]", "bAQ==");
    socket.emit("a", 1, new byte[] {2});
    server.io.of("/").emit("b");
    socket.emitWithAck("q").thenAccept(reply -> log.add("answered " + reply)).isDone();
    client.send("hey 30[5]", "hey 0/no,", "hey 0/unknown,");
    assertEquals(
        List.of(
            "hey 61-7[{\"_placeholder\":true,\"num\":0}]",
            "bAQ==",
            "hey 51-[\"a\",1,{\"_placeholder\":true,\"num\":0}]",
            "bAg==",
            "hey 2[\"b\"]",
            "hey 20[\"q\"]",
            "hey 4/unknown,{\"message\":\"Invalid namespace\"}",
            "hey 4/no,{\"message\":\"no\"}"),
        client.received());
    assertEquals(
        List.of("a[1,{\"_placeholder\":true,\"num\":0}]", "b[]", "q[]", "answered [5]"), log);
    socket.disconnect();
    assertEquals(List.of("hey 1"), client.received());
  }

  @Test
  void whatAParserRefusesEndsTheSession() {
    SocketFixture server =
        new SocketFixture(SocketOptions.builder().parser(new Shouting()).build());
    SocketFixture.Client client = server.client();
    client.send("hey x");
    assertFalse(client.isOpen());
  }

  @Test
  void aSlowClientMayHaveToDoWithoutAnEventWhateverTheParser() {
    SocketOptions options = SocketOptions.builder().parser(new Shouting()).build();
    SocketPacketEncoder encoder = new SocketPacketEncoder(new Json(options), options.parser(), "/");
    assertTrue(encoder.event(SocketPacket.NO_ID, "e", new Object[0]).isDroppable());
    assertFalse(encoder.event(1, "e", new Object[0]).isDroppable());
    assertFalse(encoder.ack(1, new Object[0]).isDroppable());
  }

  @Test
  void theJsonParserWritesWhatItReads() {
    SocketParser.Decoder decoder =
        SocketParser.json().decoder(SocketOptions.defaults(), namespace -> true);
    for (String packet :
        List.of(
            "0",
            "0/a,{\"t\":1}",
            "1",
            "1/a,",
            "2[\"e\",1]",
            "2/a,12[\"e\"]",
            "30[]",
            "3/a,7[1]",
            "4{\"message\":\"x\"}")) {
      SocketPacket read = decoder.text(EnginePacket.Text.of(packet));
      assertEquals("4" + packet, text(read));
    }
    decoder.text(EnginePacket.Text.of("51-/a,3[\"e\",{\"_placeholder\":true,\"num\":0}]"));
    byte[] attachment = {1};
    SocketPacket event = Objects.requireNonNull(decoder.binary(attachment));
    assertEquals("451-/a,3[\"e\",{\"_placeholder\":true,\"num\":0}]", text(event));
    assertArrayEquals(attachment, ((SocketPacket.Event) event).payload().attachments().get(0));
    assertSame(SocketParser.json(), SocketOptions.defaults().parser());
  }

  private static String text(@Nullable SocketPacket packet) {
    return new String(
        SocketParser.json().encode(Objects.requireNonNull(packet)).textPacket(), UTF_8);
  }
}

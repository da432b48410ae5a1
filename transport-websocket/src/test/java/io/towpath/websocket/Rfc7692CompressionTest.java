package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryLink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection that has agreed on permessage-deflate. */
class Rfc7692CompressionTest extends OpenWebSocket {
  private static final DeflateParameters TAKEOVER = new DeflateParameters(false, false, 15, 15);
  private static final DeflateParameters ALONE = new DeflateParameters(true, true, 15, 15);

  private void openCompressed(Role role, DeflateParameters parameters) {
    Random keys = new Random(9);
    connection =
        role == Role.SERVER
            ? WebSocketConnection.server(links[0], scheduler, OPTIONS, parameters)
            : WebSocketConnection.client(links[0], scheduler, OPTIONS, parameters, keys::nextInt);
    connection.start(owner);
    peer = new RawPeer(links[1], role);
  }

  @ParameterizedTest
  @EnumSource
  void compressedMessagesAreDelivered(Role role) {
    openCompressed(role, TAKEOVER);
    peer.send("c1 07", "f248cdc9c90700", "c1 05", "f200110000", "81 05", HELLO);
    assertEquals(List.of("text Hello", "text Hello", "text Hello", "burst end"), owner.log);
  }

  // Section 7.2.3.1: fragments of one compressed message, with a ping between them
  @ParameterizedTest
  @EnumSource
  void aCompressedMessageMayComeInFragments(Role role) {
    openCompressed(role, ALONE);
    peer.send("41 03", "f248cd", "89 00", "", "80 04", "c9c90700");
    assertEquals(List.of("ping ", "text Hello", "burst end"), owner.log);
  }

  @ParameterizedTest
  @EnumSource
  void longMessagesAreSentCompressedAndShortOnesAreNot(Role role) {
    openCompressed(role, ALONE);
    connection.sendBinary(new byte[1023]);
    connection.sendBinary(new byte[1024]);
    List<String> got = peer.got();
    assertEquals("BINARY 1023 bytes", got.get(0));
    assertTrue(got.get(1).startsWith("BINARY* "), got.get(1));
  }

  @ParameterizedTest
  @EnumSource
  void aMessageThatInflatesToTheLimitIsDelivered(Role role) {
    openCompressed(role, ALONE);
    sendZeros(100_000);
    assertEquals(List.of("binary 100000 bytes", "burst end"), owner.log);
  }

  @ParameterizedTest
  @EnumSource
  void aMessageThatInflatesToOneByteMoreClosesWith1009(Role role) {
    openCompressed(role, ALONE);
    sendZeros(100_001);
    assertEquals(1009, owner.code());
  }

  @ParameterizedTest
  @EnumSource
  void aBombIsFoundAtTheLimit(Role role) {
    openCompressed(role, ALONE);
    sendZeros(50_000_000);
    assertEquals(1009, owner.code());
    assertTrue(connection.reservedBytes() <= 100_001);
  }

  @ParameterizedTest
  @EnumSource
  void aMessageThatDoesNotShrinkIsTakenUpToTheLimit(Role role) {
    openCompressed(role, ALONE);
    // Two stored blocks: 65,535 and 34,465 bytes.
    String stored = "00ffff0000" + "ab".repeat(65_535) + "00a1865e79" + "ab".repeat(34_465);
    peer.send("c2 7f 00000000000186ab", stored + "00");
    assertEquals(List.of("binary 100000 bytes", "burst end"), owner.log);
  }

  @ParameterizedTest
  @EnumSource
  void emptyBlocksWithoutEndAreTooBig(Role role) {
    openCompressed(role, ALONE);
    peer.send("42 7f 00000000000186a0", "000000ffff".repeat(20_000));
    assertNull(owner.ending);
    peer.send("00 7e 01f4", "000000ffff".repeat(100));
    assertEquals(1009, owner.code());
  }

  @ParameterizedTest
  @EnumSource
  void textIsCheckedAfterItIsInflated(Role role) {
    openCompressed(role, ALONE);
    peer.send("c1 08", "000200fdfff49000");
    assertEquals(1007, owner.code());
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoDeflateStreamClosesWith1007(Role role) {
    openCompressed(role, ALONE);
    peer.send("c1 02", "ffff");
    assertEquals(1007, owner.code());
  }

  @ParameterizedTest
  @EnumSource
  void aCompressorThatWasKeptIsGivenBackAfterAMinute(Role role) {
    openCompressed(role, TAKEOVER);
    connection.sendBinary(new byte[2000]);
    scheduler.advance(59_999);
    assertTrue(connection.keepsDeflater());
    connection.sendBinary(new byte[2000]);
    scheduler.advance(59_999);
    assertTrue(connection.keepsDeflater());
    scheduler.advance(1);
    assertFalse(connection.keepsDeflater());
    connection.sendBinary(new byte[2000]);
    assertTrue(connection.keepsDeflater());
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatIsOverKeepsNoCompressor(Role role) {
    openCompressed(role, TAKEOVER);
    connection.sendBinary(new byte[2000]);
    links[0].cut();
    assertFalse(connection.keepsDeflater());
  }

  @Test
  void anyMessageComesThroughWithAnyParameters() {
    openCompressed(Role.SERVER, ALONE);
    Random random = new Random(15);
    for (int i = 0; i < 24; i++) {
      DeflateParameters parameters =
          new DeflateParameters(i % 2 == 0, i % 3 == 0, 8 + i % 8, 8 + i / 3);
      MemoryLink[] pair = MemoryLink.pair();
      pair[0].deliverInPiecesOf(1 + random.nextInt(3000));
      pair[1].deliverInPiecesOf(1 + random.nextInt(3000));
      Owner serverOwner = new Owner();
      Owner clientOwner = new Owner();
      WebSocketConnection server =
          WebSocketConnection.server(pair[0], scheduler, OPTIONS, parameters);
      WebSocketConnection client =
          WebSocketConnection.client(pair[1], scheduler, OPTIONS, parameters, random::nextInt);
      server.start(serverOwner);
      client.start(clientOwner);
      List<String> expected = new ArrayList<>();
      for (int j = 0; j < 10; j++) {
        String text = "round %d of %d ".formatted(j, i).repeat(1 + random.nextInt(600));
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        server.sendText(utf8, 0, utf8.length);
        client.sendText(utf8, 0, utf8.length);
        expected.add("text " + text);
      }
      serverOwner.log.removeIf("burst end"::equals);
      clientOwner.log.removeIf("burst end"::equals);
      assertEquals(expected, serverOwner.log);
      assertEquals(expected, clientOwner.log);
      server.abort();
      client.abort();
    }
  }

  private void sendZeros(int count) {
    byte[] compressed =
        new PerMessageDeflate(Role.SERVER, ALONE, 0).compress(new byte[count], 0, count);
    assertTrue(compressed != null);
    peer.send(
        compressed.length < 126
            ? String.format("c2 %02x", compressed.length)
            : String.format("c2 7e %04x", compressed.length),
        Hex.of(compressed));
  }
}

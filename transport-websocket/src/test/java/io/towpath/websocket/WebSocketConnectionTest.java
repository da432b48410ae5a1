package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryLink;
import io.towpath.websocket.Ending.Cause;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WebSocketConnectionTest extends OpenWebSocket {
  @Nested
  class Messages {
    @ParameterizedTest
    @EnumSource
    void arriveInOrderWithOneBurstEnd(Role role) {
      open(role);
      peer.send("81 05", HELLO, "82 02", "fffe", "01 01", "41", "80 01", "42");
      assertEquals(List.of("text Hello", "binary fffe", "text AB", "burst end"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void leaveAsOneFrameEach(Role role) {
      open(role);
      text("Hello");
      connection.sendBinary(Hex.bytes("fffe"));
      connection.sendText(Hex.bytes("00 41 00"), 1, 1);
      assertEquals(List.of("TEXT 48656c6c6f", "BINARY fffe", "TEXT 41"), peer.got());
    }

    @ParameterizedTest
    @EnumSource
    void aBurstWithoutAMessageHasNoBurstEnd(Role role) {
      open(role);
      peer.send("8a 00", "");
      assertEquals(List.of("pong "), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void thatAnswerABurstLeaveWithItsPongsInOneWrite(Role role) {
      open(role);
      owner.onMessage = () -> connection.queue(Opcode.TEXT, Hex.bytes("41"), 0, 1, true);
      peer.send("81 05", HELLO, "89 01", "01", "81 05", HELLO, "89 01", "02");
      assertEquals(List.of("PONG 01", "PONG 02", "TEXT 41", "TEXT 41"), peer.got());
      assertEquals(1, links[0].writes());
    }

    @ParameterizedTest
    @EnumSource
    void comeOneByteAtATimeOrInDirectBuffers(Role role) {
      links[0].deliverInPiecesOf(1).direct();
      links[1].deliverInPiecesOf(1).direct();
      open(role);
      owner.onMessage = () -> text("Hello");
      peer.send("82 7e 0100", "ab".repeat(256), "89 02", "0102");
      assertEquals(List.of("binary 256 bytes", "burst end", "ping 0102"), owner.log);
      assertEquals(List.of("TEXT 48656c6c6f", "PONG 0102"), peer.got());
    }

    @ParameterizedTest
    @EnumSource
    void ofAnySizeComeBackFromAnEcho(Role role) {
      links[0].deliverInPiecesOf(777);
      open(role);
      for (int size : new int[] {0, 1, 125, 126, 127, 65535, 65536, 100_000}) {
        connection.sendBinary(new byte[size]);
      }
      assertEquals(8, peer.got().size());
    }
  }

  @Nested
  class Section552PingAndPong {
    @ParameterizedTest
    @EnumSource
    void aPingIsAnsweredWithItsPayload(Role role) {
      open(role);
      peer.send("89 05", HELLO);
      assertEquals(List.of("PONG " + HELLO), peer.got());
      assertEquals(List.of("ping " + HELLO), owner.log);
    }

    // Autobahn 2.10
    @ParameterizedTest
    @EnumSource
    void tenPingsAtOnceAreAnsweredInOrder(Role role) {
      open(role);
      String[] pings = new String[20];
      List<String> pongs = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        pings[2 * i] = "89 01";
        pings[2 * i + 1] = "0" + i;
        pongs.add("PONG 0" + i);
      }
      peer.send(pings);
      assertEquals(pongs, peer.got());
    }

    @ParameterizedTest
    @EnumSource
    void aPingBetweenFragmentsIsAnsweredBeforeTheMessageEnds(Role role) {
      open(role);
      peer.send("01 01", "41", "89 01", "07");
      assertEquals(List.of("PONG 07"), peer.got());
      peer.send("80 01", "42");
      assertEquals(List.of("ping 07", "text AB", "burst end"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void anUnaskedPongIsNoError(Role role) {
      open(role);
      peer.send("8a 01", "07");
      assertEquals(List.of(), peer.got());
      assertEquals(List.of("pong 07"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void ourPingIsSent(Role role) {
      open(role);
      connection.ping(Hex.bytes("07"));
      assertEquals(List.of("PING 07"), peer.got());
      assertThrows(IllegalArgumentException.class, () -> connection.ping(new byte[126]));
    }

    @ParameterizedTest
    @EnumSource
    void aFloodOfPingsFromAPeerThatReadsNothingKeepsTheNewestPongsOnly(Role role) {
      open(role);
      links[1].hold(0);
      for (int i = 0; i < 256; i++) {
        peer.send("89 01", String.format("%02x", i));
      }
      links[1].letGo();
      List<String> pongs = peer.got();
      assertEquals("PONG ff", pongs.get(pongs.size() - 1));
      // One had been put into the output when it got stuck, four waited.
      assertEquals(5, pongs.size());
    }
  }

  @Nested
  class Bounds {
    @ParameterizedTest
    @EnumSource
    void aMessageOfTheLimitIsDelivered(Role role) {
      open(role);
      peer.send("82 7f 00000000000186a0", "00".repeat(100_000));
      assertEquals(List.of("binary 100000 bytes", "burst end"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void tooManyFragmentsCloseWith1008(Role role) {
      open(role);
      peer.send("02 00", "", "00 00", "", "00 00", "", "80 00", "");
      assertEquals(List.of("binary ", "burst end"), owner.log);
      peer.send("02 00", "", "00 00", "", "00 00", "", "00 00", "", "00 00", "");
      assertEquals(1008, owner.code());
    }

    @ParameterizedTest
    @EnumSource
    void aMessageThatTakesAllTheTimeItMayIsDelivered(Role role) {
      open(role);
      peer.send("01 01", "41");
      scheduler.advance(999);
      peer.send("80 01", "42");
      scheduler.advance(10_000);
      assertEquals(List.of("text AB", "burst end"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void aMessageThatTakesLongerClosesWith1008(Role role) {
      open(role);
      peer.send("01 01", "41");
      scheduler.advance(500);
      peer.send("00 01", "42", "89 00", "");
      scheduler.advance(500);
      assertEquals(Cause.VIOLATION, owner.cause());
      assertEquals(1008, owner.code());
      peer.send("80 01", "43");
      assertEquals(List.of("ping ", "closed"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void aFrameThatTricklesInHasTheSameDeadline(Role role) {
      open(role);
      byte[] frame = Hex.frameFor(role, "82 10", "00".repeat(16));
      for (byte one : frame) {
        peer.sendBytes(new byte[] {one});
        scheduler.advance(100);
      }
      assertEquals(1008, owner.code());
    }

    @ParameterizedTest
    @EnumSource
    void everyMessageHasATimeOfItsOwn(Role role) {
      open(role);
      for (int i = 0; i < 5; i++) {
        peer.send("01 01", "41");
        scheduler.advance(600);
        // The end of one message and the beginning of the next in one burst.
        peer.send("80 01", "42", "01 01", "43");
        scheduler.advance(600);
        peer.send("80 00", "");
      }
      assertEquals(20, owner.log.size());
      assertNull(owner.ending);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionIsNotWritableWhileAWriteIsStuck(Role role) {
      open(role);
      links[1].hold(0);
      text("Hello");
      assertFalse(connection.isWritable());
      links[1].letGo();
      assertTrue(connection.isWritable());
      assertEquals(List.of("writable"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void aWriteWithoutProgressAbortsAfterTheWriteTimeout(Role role) {
      open(role);
      links[1].hold(0);
      text("Hello");
      scheduler.advance(2999);
      assertNull(owner.ending);
      scheduler.advance(1);
      assertEquals(Cause.WRITE_TIMEOUT, owner.cause());
      assertTrue(links[0].isDead());
      assertEquals(0, links[0].lentBuffers());
    }

    @ParameterizedTest
    @EnumSource
    void aWriteWithProgressMayTakeLonger(Role role) {
      open(role);
      links[1].hold(0);
      text("Hello, Hello");
      for (int i = 0; i < 5; i++) {
        scheduler.advance(2000);
        links[1].takeNow(1);
      }
      assertNull(owner.ending);
      scheduler.advance(3000);
      assertEquals(Cause.WRITE_TIMEOUT, owner.cause());
    }

    @ParameterizedTest
    @EnumSource
    void aWriteThatWasStuckOnceHasNoDeadlineAfterwards(Role role) {
      open(role);
      links[1].hold(0);
      text("Hello");
      links[1].letGo();
      scheduler.advance(100_000);
      assertNull(owner.ending);
    }

    @ParameterizedTest
    @EnumSource
    void aCloseFrameThatIsStuckIsAbortedAfterTheCloseTimeout(Role role) {
      open(role);
      links[1].hold(0);
      text("Hello");
      connection.close(CloseStatus.NONE);
      scheduler.advance(200);
      assertEquals(Cause.LOCAL_CLOSE, owner.cause());
      assertTrue(links[0].isDead());
      assertEquals(0, links[0].lentBuffers());
    }
  }

  @Nested
  class Receiving {
    @ParameterizedTest
    @EnumSource
    void whatArrivesWhileReadsAreSuspendedIsDeliveredLater(Role role) {
      open(role);
      connection.setReceiving(false);
      peer.send("81 05", HELLO);
      assertEquals(List.of(), owner.log);
      connection.setReceiving(true);
      assertEquals(List.of("text Hello", "burst end"), owner.log);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatClosesReadsThePeersAnswer(Role role) {
      open(role);
      connection.setReceiving(false);
      peer.send("88 02", "03e8");
      connection.close(CloseStatus.NONE);
      assertEquals(Cause.LOCAL_CLOSE, owner.cause());
      connection.setReceiving(false);
      links[1].shutdownWrites();
      assertTrue(links[0].isDead());
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatIsResetWhileReadsAreSuspendedIsLost(Role role) {
      open(role);
      connection.setReceiving(false);
      links[0].cut();
      assertEquals(Cause.LOST, owner.cause());
    }
  }

  /** 1011 would be an exception that nobody had foreseen. */
  @ParameterizedTest
  @EnumSource
  void whateverBytesComeThePeerIsUnderstoodOrToldWhichRuleItBroke(Role role) {
    open(role);
    Random random = new Random(16);
    for (int i = 0; i < 3000; i++) {
      MemoryLink[] pair = MemoryLink.pair();
      pair[0].deliverInPiecesOf(1 + random.nextInt(200));
      DeflateParameters compression =
          random.nextBoolean() ? null : new DeflateParameters(false, false, 15, 15);
      WebSocketConnection hardened =
          role == Role.SERVER
              ? WebSocketConnection.server(pair[0], scheduler, OPTIONS, compression)
              : WebSocketConnection.client(
                  pair[0], scheduler, OPTIONS, compression, random::nextInt);
      Owner told = new Owner();
      hardened.start(told);
      RawPeer other = new RawPeer(pair[1], role);
      other.sendBytes(almostFrames(role, random));
      if (told.ending != null) {
        assertTrue(
            told.cause() == Cause.PEER_CLOSE || told.cause() == Cause.VIOLATION,
            () -> told.cause().toString());
        assertTrue(told.code() != 1011);
        assertTrue(other.got().stream().anyMatch(frame -> frame.startsWith("CLOSE")));
      }
      hardened.abort();
      assertEquals(0, pair[0].lentBuffers());
      assertEquals(0, scheduler.pending());
    }
  }

  /** Returns frames of all kinds with, sometimes, a few bytes changed. */
  private static byte[] almostFrames(Role role, Random random) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int frames = 1 + random.nextInt(6); frames > 0; frames--) {
      byte[] payload = new byte[random.nextInt(3) == 0 ? random.nextInt(300) : random.nextInt(9)];
      if (random.nextBoolean()) {
        random.nextBytes(payload);
      }
      int first = (random.nextInt(4) > 0 ? 0x80 : 0) | (random.nextInt(4) == 0 ? 0x40 : 0);
      int opcode = List.of(0, 1, 2, 8, 9, 10).get(random.nextInt(6));
      String length =
          payload.length < 126
              ? String.format("%02x", payload.length)
              : String.format("7e%04x", payload.length);
      String header = String.format("%02x", first | opcode) + length;
      stream.writeBytes(Hex.frameFor(role, header, Hex.of(payload)));
    }
    byte[] bytes = stream.toByteArray();
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  @Test
  void aConnectionAndAClientOfTheSameCodeUnderstandEachOther() {
    open(Role.SERVER);
    MemoryLink[] pair = MemoryLink.pair();
    Owner serverOwner = new Owner();
    WebSocketConnection server = WebSocketConnection.server(pair[0], scheduler, OPTIONS);
    server.start(serverOwner);
    Owner clientOwner = new Owner();
    Random keys = new Random(10);
    WebSocketConnection client =
        WebSocketConnection.client(pair[1], scheduler, OPTIONS, null, keys::nextInt);
    client.start(clientOwner);
    client.sendBinary(new byte[100_000]);
    server.sendText(Hex.bytes(HELLO), 0, 5);
    client.close(new CloseStatus(1000, "done"));
    assertEquals(List.of("binary 100000 bytes", "burst end", "closed"), serverOwner.log);
    assertEquals(List.of("text Hello", "burst end", "closed"), clientOwner.log);
    assertEquals(Cause.PEER_CLOSE, serverOwner.cause());
    assertEquals(Cause.LOCAL_CLOSE, clientOwner.cause());
    assertEquals(1000, clientOwner.code());
    assertTrue(pair[0].isDead() && pair[1].isDead());
    assertEquals(0, pair[0].lentBuffers() + pair[1].lentBuffers());
  }
}

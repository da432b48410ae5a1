package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.websocket.Ending.Cause;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How a connection ends, RFC 6455 section 7. */
class Section7ClosingTest extends OpenWebSocket {
  @ParameterizedTest
  @CsvSource({
    "SERVER, 03e8, 03e8",
    "CLIENT, 03e8, 03e8",
    "SERVER, 0bb8 627965, 0bb8",
    "CLIENT, 1387, 1387",
    "SERVER, '', ''",
    "CLIENT, '', ''"
  })
  void thePeersCloseFrameIsAnsweredWithItsCode(Role role, String payload, String answer) {
    open(role);
    int length = Hex.bytes(payload).length;
    peer.send(String.format("88 %02x", length), payload);
    assertEquals(("CLOSE " + answer).strip(), peer.got().get(0));
    assertEquals(Cause.PEER_CLOSE, owner.cause());
    assertEquals(length == 0 ? 1005 : CloseStatus.decode(Hex.bytes(payload)).code(), owner.code());
  }

  // Section 7.1.1
  @Test
  void aServerEndsTheTcpConnectionFirst() {
    open(Role.SERVER);
    peer.send("88 02", "03e8");
    assertEquals(List.of("CLOSE 03e8", "end"), peer.got());
    assertFalse(links[0].isDead());
    links[1].shutdownWrites();
    assertTrue(links[0].isDead());
  }

  @Test
  void aClientWaitsForTheServerToEndTheTcpConnection() {
    open(Role.CLIENT);
    peer.send("88 02", "03e8");
    assertEquals(List.of("CLOSE 03e8"), peer.got());
    assertFalse(links[0].isShutDown());
    links[1].shutdownWrites();
    assertTrue(links[0].isDead());
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatNeverEndsTheTcpConnectionIsAbortedAfterTheCloseTimeout(Role role) {
    open(role);
    peer.send("88 02", "03e8");
    scheduler.advance(199);
    assertFalse(links[0].isDead());
    scheduler.advance(1);
    assertTrue(links[0].isDead());
  }

  @ParameterizedTest
  @EnumSource
  void ourCloseWaitsForTheAnswer(Role role) {
    open(role);
    connection.close(new CloseStatus(1001, "bye"));
    assertEquals(List.of("CLOSE 03e9627965"), peer.got());
    assertNull(owner.ending);
    assertFalse(links[0].isShutDown());
    peer.send("88 02", "03e9");
    assertEquals(Cause.LOCAL_CLOSE, owner.cause());
    assertEquals(1001, owner.code());
    assertEquals(role == Role.SERVER, links[0].isShutDown());
  }

  @ParameterizedTest
  @EnumSource
  void ourCloseWithoutAnAnswerEndsAfterTheCloseTimeout(Role role) {
    open(role);
    connection.close(CloseStatus.NONE);
    assertEquals(List.of("CLOSE"), peer.got());
    scheduler.advance(199);
    assertNull(owner.ending);
    scheduler.advance(1);
    assertEquals(Cause.LOCAL_CLOSE, owner.cause());
    assertEquals(1006, owner.code());
    assertTrue(links[0].isDead());
  }

  @ParameterizedTest
  @EnumSource
  void onlyOneCloseFrameIsSent(Role role) {
    open(role);
    connection.close(CloseStatus.NONE);
    connection.close(new CloseStatus(1000, ""));
    peer.send("88 02", "03e8");
    assertEquals(List.of("CLOSE"), peer.got().stream().filter(f -> !f.equals("end")).toList());
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsSentAfterOurCloseFrame(Role role) {
    open(role);
    connection.close(CloseStatus.NONE);
    text("late");
    connection.ping(new byte[0]);
    peer.send("89 00", "");
    assertEquals(List.of("CLOSE"), peer.got());
    assertFalse(connection.isWritable());
  }

  @ParameterizedTest
  @EnumSource
  void whatWasSentBeforeTheCloseFrameLeavesBeforeIt(Role role) {
    open(role);
    links[1].hold(3);
    text("before");
    connection.close(CloseStatus.NONE);
    links[1].letGo();
    assertEquals(List.of("TEXT 6265666f7265", "CLOSE"), peer.got());
  }

  // Autobahn 7.1.1
  @ParameterizedTest
  @EnumSource
  void anAnswerToAMessageBeforeThePeersCloseFrameLeavesBeforeOurs(Role role) {
    open(role);
    owner.onMessage = () -> text("A");
    peer.send("81 01", "41", "88 02", "03e8");
    assertEquals(List.of("TEXT 41", "CLOSE 03e8"), peer.got().subList(0, 2));
  }

  // Autobahn 7.1.3 to 7.1.6
  @ParameterizedTest
  @EnumSource
  void nothingIsProcessedAfterThePeersCloseFrame(Role role) {
    open(role);
    peer.send("88 02", "03e8", "81 05", HELLO, "89 00", "", "88 00", "");
    peer.send("81 05", HELLO);
    peer.sendBytes(Hex.bytes("ff ff ff"));
    assertEquals(List.of("closed"), owner.log);
    assertEquals("CLOSE 03e8", peer.got().get(0));
  }

  @ParameterizedTest
  @EnumSource
  void messagesAfterOurCloseFrameAreNotDelivered(Role role) {
    open(role);
    connection.close(CloseStatus.NONE);
    peer.send("81 05", HELLO, "88 00", "");
    assertEquals(List.of("closed"), owner.log);
  }

  @ParameterizedTest
  @EnumSource
  void anUnfinishedMessageDoesNotKeepTheConnectionFromClosing(Role role) {
    open(role);
    peer.send("01 01", "41", "88 02", "03e8");
    assertEquals(Cause.PEER_CLOSE, owner.cause());
  }

  @ParameterizedTest
  @CsvSource({
    "SERVER, 88 01, 03, 1002", // Autobahn 7.3.2
    "CLIENT, 88 01, 03, 1002",
    "SERVER, 88 02, 03ed, 1002", // Autobahn 7.9.x
    "CLIENT, 88 02, 0000, 1002",
    "SERVER, 88 03, 03e8ff, 1007", // Autobahn 7.5.1
    "CLIENT, 88 03, 03e8c3, 1007"
  })
  void anInvalidCloseFrameIsAViolation(Role role, String header, String payload, int code) {
    open(role);
    peer.send(header, payload);
    assertEquals(Cause.VIOLATION, owner.cause());
    assertEquals(code, owner.code());
    assertTrue(peer.got().get(0).startsWith(String.format("CLOSE %04x", code)));
  }

  @ParameterizedTest
  @EnumSource
  void aCloseThatMayNotBeSentIsTheCallersFault(Role role) {
    open(role);
    assertThrows(IllegalArgumentException.class, () -> connection.close(new CloseStatus(1006, "")));
    assertTrue(connection.isWritable());
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatEndsWithoutACloseFrameIsLost(Role role) {
    open(role);
    links[1].shutdownWrites();
    assertEquals(Cause.LOST, owner.cause());
    assertEquals(1006, owner.code());
    assertTrue(links[0].isDead());
  }

  @ParameterizedTest
  @EnumSource
  void aResetConnectionIsLost(Role role) {
    open(role);
    links[0].cut();
    assertEquals(Cause.LOST, owner.cause());
    text("into the void");
    assertFalse(connection.isWritable());
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionLostAfterOurCloseFrameWasClosedByUs(Role role) {
    open(role);
    connection.close(CloseStatus.NONE);
    links[0].cut();
    assertEquals(Cause.LOCAL_CLOSE, owner.cause());
    assertEquals(1006, owner.code());
  }

  @ParameterizedTest
  @EnumSource
  void abortEndsAtOnceWithoutACloseFrame(Role role) {
    open(role);
    connection.abort();
    assertEquals(List.of("end"), peer.got());
    assertEquals(Cause.LOCAL_CLOSE, owner.cause());
  }

  @ParameterizedTest
  @EnumSource
  void closeFromWithinAMessageStopsTheBurst(Role role) {
    open(role);
    owner.onMessage = () -> connection.close(CloseStatus.NONE);
    peer.send("81 01", "41", "81 01", "42");
    assertEquals(List.of("text A"), owner.log);
    assertEquals(List.of("CLOSE"), peer.got());
  }

  @ParameterizedTest
  @EnumSource
  void abortFromWithinAMessageStopsTheBurst(Role role) {
    open(role);
    owner.onMessage = () -> connection.abort();
    peer.send("81 01", "41", "81 01", "42");
    assertEquals(List.of("text A", "closed"), owner.log);
  }

  @Nested
  class Section717Violations {
    @ParameterizedTest
    @CsvSource({
      "SERVER, c1 00, '', 1002", // reserved bit
      "CLIENT, 83 00, '', 1002", // reserved opcode
      "SERVER, 80 00, '', 1002", // continuation without a message
      "CLIENT, 81 01, ff, 1007", // not UTF-8
      "SERVER, 81 01, c3, 1007", // ends inside a character
      "SERVER, 82 7f 0000000000989680, '', 1009", // ten million bytes announced
      "CLIENT, 82 7f 00000000000186a1, '', 1009" // one byte over the limit
    })
    void areAnsweredWithTheirCodeAndTheConnectionEnds(
        Role role, String header, String payload, int code) {
      open(role);
      peer.send(header, payload);
      List<String> got = peer.got();
      assertTrue(got.get(0).startsWith(String.format("CLOSE %04x", code)), got::toString);
      assertEquals("end", got.get(1));
      assertEquals(Cause.VIOLATION, owner.cause());
      assertEquals(code, owner.code());
      // Does not wait for the peer's Close frame, but for its end.
      assertFalse(links[0].isDead());
      links[1].shutdownWrites();
      assertTrue(links[0].isDead());
    }

    @ParameterizedTest
    @EnumSource
    void whatFollowsAViolationIsIgnored(Role role) {
      open(role);
      peer.send("83 00", "", "81 05", HELLO, "89 00", "");
      peer.send("81 05", HELLO, "88 00", "");
      assertEquals(List.of("closed"), owner.log);
      assertEquals(2, peer.got().size());
    }

    @ParameterizedTest
    @EnumSource
    void whatCameBeforeAViolationIsDeliveredAndAnswered(Role role) {
      open(role);
      owner.onMessage = () -> text("A");
      peer.send("81 05", HELLO, "83 00", "");
      assertEquals(List.of("text Hello", "closed"), owner.log);
      assertEquals("TEXT 41", peer.got().get(0));
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatStaysAfterAViolationIsAborted(Role role) {
      open(role);
      peer.send("83 00", "");
      scheduler.advance(199);
      assertFalse(links[0].isDead());
      scheduler.advance(1);
      assertTrue(links[0].isDead());
    }

    @ParameterizedTest
    @EnumSource
    void aViolationAfterOurCloseFrameEndsTheConnectionWithoutAnother(Role role) {
      open(role);
      connection.close(CloseStatus.NONE);
      peer.send("83 00", "");
      assertEquals(List.of("CLOSE", "end"), peer.got());
      assertEquals(Cause.VIOLATION, owner.cause());
    }

    @Test
    void aFrameWithoutAMaskEndsAServersConnection() {
      open(Role.SERVER);
      peer.sendBytes(Hex.bytes("81 05 48656c6c6f"));
      assertEquals(1002, owner.code());
    }

    @Test
    void aFrameWithAMaskEndsAClientsConnection() {
      open(Role.CLIENT);
      peer.sendBytes(Hex.bytes("81 85 37fa213d 7f9f4d5158"));
      assertEquals(1002, owner.code());
    }

    @ParameterizedTest
    @EnumSource
    void anExceptionOfTheOwnerClosesWith1011AndTellsThePeerNothingElse(Role role) {
      open(role);
      owner.onMessage =
          () -> {
            throw new IllegalStateException("secret");
          };
      peer.send("81 05", HELLO);
      assertEquals("CLOSE 03f3696e7465726e616c206572726f72", peer.got().get(0));
      assertEquals(Cause.VIOLATION, owner.cause());
    }
  }
}

package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryLink;
import io.towpath.websocket.WebSocketConnection.Cause;
import io.towpath.websocket.WebSocketConnection.Ending;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WebSocketConnectionTest {
  private static final WebSocketOptions OPTIONS =
      WebSocketOptions.builder()
          .maxMessageBytes(100_000)
          .maxFragments(4)
          .assemblyTimeout(Duration.ofMillis(1000))
          .closeTimeout(Duration.ofMillis(200))
          .writeTimeout(Duration.ofMillis(3000))
          .maxPendingControlFrames(4)
          .build();

  private static final String HELLO = "48656c6c6f";

  /** Writes down what the owner of a connection is told. */
  private static final class Owner implements WebSocketConnection.Listener {
    final List<String> log = new ArrayList<>();
    @Nullable Ending ending;
    Runnable onMessage = () -> {};

    @Override
    public void onText(byte[] bytes, int offset, int length) {
      note("text " + new String(bytes, offset, length, StandardCharsets.UTF_8));
      onMessage.run();
    }

    @Override
    public void onBinary(byte[] bytes) {
      note("binary " + (bytes.length > 100 ? bytes.length + " bytes" : Hex.of(bytes)));
      onMessage.run();
    }

    @Override
    public void onPing(byte[] payload) {
      note("ping " + Hex.of(payload));
    }

    @Override
    public void onPong(byte[] payload) {
      note("pong " + Hex.of(payload));
    }

    @Override
    public void onBurstEnd() {
      note("burst end");
    }

    @Override
    public void onWritable() {
      note("writable");
    }

    @Override
    public void onClosed(Ending how) {
      note("closed");
      ending = how;
    }

    private void note(String entry) {
      assertNull(ending, () -> "after the end: " + entry);
      log.add(entry);
    }

    Cause cause() {
      assertTrue(ending != null, "not ended");
      return ending.cause();
    }

    int code() {
      assertTrue(ending != null, "not ended");
      return ending.status().code();
    }
  }

  private final FakeScheduler scheduler = new FakeScheduler();
  private final MemoryLink[] links = MemoryLink.pair();
  private final Owner owner = new Owner();

  // Set by open(), which every test calls first.
  private WebSocketConnection connection = WebSocketConnection.server(links[0], scheduler, OPTIONS);
  private RawPeer peer = new RawPeer(MemoryLink.pair()[0], Role.SERVER);

  private void open(Role role) {
    Random keys = new Random(9);
    connection =
        role == Role.SERVER
            ? WebSocketConnection.server(links[0], scheduler, OPTIONS)
            : WebSocketConnection.client(links[0], scheduler, OPTIONS, null, keys::nextInt);
    connection.start(owner);
    peer = new RawPeer(links[1], role);
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    connection.sendText(utf8, 0, utf8.length);
  }

  /** Whatever a test did: when its connection is over, nothing of it is left. */
  @AfterEach
  void nothingIsLeftBehind() {
    connection.abort();
    assertEquals(0, links[0].lentBuffers());
    assertEquals(0, scheduler.pending());
    assertEquals(1, owner.log.stream().filter("closed"::equals).count());
    assertTrue(links[0].isDead());
  }

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
  class Section7Closing {
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
      assertEquals(
          length == 0 ? 1005 : CloseStatus.decode(Hex.bytes(payload)).code(), owner.code());
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
      assertThrows(
          IllegalArgumentException.class, () -> connection.close(new CloseStatus(1006, "")));
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

  @Nested
  class Rfc7692Compression {
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

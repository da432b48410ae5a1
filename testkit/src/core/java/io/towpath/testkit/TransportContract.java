package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Transport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The rules of {@link Transport}, as a test that every transport passes. A transport's own test
 * extends this class and supplies a {@link Harness}, which plays the peer and the network.
 */
public abstract class TransportContract {
  /**
   * One transport with its peer and the network between them. All of it happens on the test's
   * thread: when a method returns, what it causes has happened.
   */
  public interface Harness {
    /** Returns the transport under test, not started yet. */
    Transport transport();

    /**
     * The peer sends packets that arrive together.
     *
     * @param packets Engine.IO text forms; {@code b} and base64 is sent as the transport sends
     *     binary
     */
    void peerSends(String... packets);

    /** Returns the Engine.IO text forms of what the peer has got since the last call, in order. */
    List<String> peerReceived();

    /**
     * Makes the started transport one that is not writable and stays so until {@link #unstall}:
     * takes away the parked GET, or stops reading and fills what is between. What this sends by
     * itself never shows in {@link #peerReceived}.
     */
    void stall();

    /**
     * Makes the started transport writable: parks a GET, or reads what was stuck. Does nothing if
     * it is writable.
     */
    void unstall();

    /** The network fails: the connection, or the parked GET, is lost. */
    void cut();

    /** Returns the reason that {@link #cut} must lead to. */
    CloseReason cutReason();

    /** Lets everything happen that this transport waits for on its way to the end: time, polls. */
    void letItEnd();

    /** Returns whether the peer has been told that this connection is over. */
    boolean peerSawEnd();
  }

  /** Records what the transport under test says; a fresh one for each test. */
  protected final TransportEvents events = new TransportEvents();

  private Harness harness;
  private Transport transport;

  /** Creates the transport under test and the world around it. */
  protected abstract Harness newHarness();

  /** Creates the harness of a test. */
  @BeforeEach
  public void createHarness() {
    harness = newHarness();
    transport = harness.transport();
  }

  /** Rules 2 and 6: nothing overlaps, and nothing comes after the end, in any of these tests. */
  @AfterEach
  public void theTransportKeptItsContract() {
    assertEquals(List.of(), events.violations());
  }

  private void start() {
    transport.start(events);
    harness.unstall();
  }

  private static List<Outgoing> messages(String... texts) {
    List<Outgoing> batch = new ArrayList<>();
    for (String text : texts) {
      batch.add(MessageBatch.text(text));
    }
    return batch;
  }

  private int closings() {
    return (int) events.log().stream().filter(entry -> entry.startsWith("closed: ")).count();
  }

  @Test
  void rule1_aStartedTransportWithASilentPeerSaysNothingOfPackets() {
    start();
    assertEquals(List.of(), events.packets());
    assertEquals(0, events.count("burst end"));
    assertEquals(0, closings());
  }

  @Test
  void rule2_packetsArriveInTheOrderOfTheWire() {
    start();
    harness.peerSends("4a", "4b", "bAQID", "4c", "3");
    harness.peerSends("4d");
    assertEquals(List.of("4a", "4b", "bAQID", "4c", "3", "4d"), events.packets());
  }

  @Test
  void rule2_emptyMessagesArrive() {
    start();
    harness.peerSends("4", "b");
    assertEquals(List.of("4", "b"), events.packets());
  }

  @Test
  void rule2_textOutsideAsciiArrivesUnchanged() {
    start();
    harness.peerSends("4é€😀");
    assertEquals(List.of("4é€😀"), events.packets());
  }

  @Test
  void rule2_packetsThatArriveTogetherEndInOneBurstEnd() {
    start();
    harness.peerSends("4a", "4b", "4c");
    assertEquals(List.of("4a", "4b", "4c", "burst end"), withoutWritable());
  }

  @Test
  void rule2_everyRunOfPacketsHasItsOwnBurstEnd() {
    start();
    harness.peerSends("4a");
    harness.peerSends("4b");
    assertEquals(List.of("4a", "burst end", "4b", "burst end"), withoutWritable());
  }

  @Test
  void rule3_aBatchIsSentWholeAndInOrder() {
    start();
    MessageBatch withAttachments =
        MessageBatch.encoded(
            new byte[] {'4', '5', '2', '-'}, List.of(new byte[] {1, 2, 3}, new byte[] {4}));
    transport.send(
        List.of(
            new EnginePacket.Open("{}"),
            MessageBatch.text("hello"),
            withAttachments,
            EnginePacket.PING,
            MessageBatch.binary(new byte[] {9}),
            EnginePacket.Text.of("é"),
            new EnginePacket.Binary(new byte[0])));
    assertEquals(
        List.of("0{}", "4hello", "452-", "bAQID", "bBA==", "2", "bCQ==", "4é", "b"),
        harness.peerReceived());
  }

  @Test
  void rule3_aBigMessageArrivesWhole() {
    start();
    String text = "x".repeat(300_000);
    transport.send(messages(text, "after"));
    harness.unstall();
    assertEquals(List.of("4" + text, "4after"), harness.peerReceived());
  }

  @Test
  void rule3_theListBelongsToTheCallerWhenSendReturns() {
    start();
    List<Outgoing> batch = messages("a".repeat(100_000), "b");
    transport.send(batch);
    batch.clear();
    batch.addAll(messages("wrong"));
    harness.unstall();
    assertEquals(List.of("4" + "a".repeat(100_000), "4b"), harness.peerReceived());
  }

  @Test
  void rule3_aPacketMayBeAnsweredFromWithinTheBurstEnd() {
    events.onEachBurstEnd(() -> transport.send(messages("answer")));
    start();
    harness.peerSends("4question");
    assertEquals(List.of("4answer"), harness.peerReceived());
  }

  @Test
  void rule4_aStalledTransportIsNotWritable() {
    start();
    harness.stall();
    assertFalse(transport.isWritable());
  }

  @Test
  void rule4_aTransportThatCanWriteAgainSaysSo() {
    start();
    harness.stall();
    int before = events.count("writable");
    harness.unstall();
    assertTrue(transport.isWritable());
    assertEquals(before + 1, events.count("writable"));
  }

  @Test
  void rule4_whatIsSentAfterAStallArrives() {
    start();
    harness.stall();
    harness.unstall();
    transport.send(messages("later"));
    assertEquals(List.of("4later"), harness.peerReceived());
  }

  @Test
  void rule5_bytesThatAreNoPacketEndTheTransport() {
    start();
    harness.peerSends("4good", "abc", "4never");
    assertEquals(List.of("4good"), events.packets());
    assertEquals(CloseReason.PARSE_ERROR, events.closeReason());
    harness.letItEnd();
    assertTrue(harness.peerSawEnd());
    assertEquals(1, closings());
  }

  @Test
  void rule5_anEmptyPacketEndsTheTransport() {
    start();
    harness.peerSends("");
    assertEquals(CloseReason.PARSE_ERROR, events.closeReason());
  }

  @Test
  void rule6_aLostConnectionEndsTheTransportOnce() {
    start();
    harness.cut();
    harness.letItEnd();
    assertEquals(harness.cutReason(), events.closeReason());
    assertEquals(1, closings());
  }

  @Test
  void rule6_aStalledTransportThatIsLostEndsOnce() {
    start();
    harness.stall();
    transport.close();
    harness.cut();
    harness.letItEnd();
    assertEquals(1, closings());
  }

  @Test
  void rule6_aLostConnectionIsNoLongerWritableAndIgnoresWhatIsSent() {
    start();
    harness.cut();
    assertFalse(transport.isWritable());
    transport.send(messages("lost"));
    assertEquals(1, closings());
  }

  @Test
  void rule7_closeEndsTheTransportAsForced() {
    start();
    transport.close();
    harness.letItEnd();
    assertEquals(CloseReason.FORCED_CLOSE, events.closeReason());
    assertTrue(harness.peerSawEnd());
  }

  @Test
  void rule7_whatWasSentBeforeCloseStillArrives() {
    start();
    transport.send(messages("last words"));
    transport.close();
    harness.letItEnd();
    assertEquals("4last words", harness.peerReceived().get(0));
  }

  @Test
  void rule7_closingAgainAndAgainIsOneEnd() {
    start();
    transport.close();
    transport.close();
    transport.release();
    harness.letItEnd();
    transport.close();
    harness.cut();
    assertEquals(1, closings());
  }

  @Test
  void rule7_releaseEndsTheTransportOnceAndNeverSaysClose() {
    start();
    transport.release();
    transport.close();
    harness.letItEnd();
    assertEquals(1, closings());
    assertTrue(harness.peerSawEnd());
    assertFalse(harness.peerReceived().contains("1"));
  }

  @Test
  void rule7_closeFromWithinAPacketStopsTheBurst() {
    events.onEachPacket(packet -> transport.close());
    start();
    harness.peerSends("4a", "4b");
    harness.letItEnd();
    assertEquals(List.of("4a"), events.packets());
    assertEquals(CloseReason.FORCED_CLOSE, events.closeReason());
  }

  @Test
  void aTransportThatStoppedReceivingLosesNothing() {
    start();
    transport.setReceiving(false);
    harness.peerSends("4a", "4b");
    transport.setReceiving(true);
    harness.peerSends("4c");
    assertEquals(List.of("4a", "4b", "4c"), events.packets());
  }

  @Test
  void aTransportThatIsNotReceivingStillSends() {
    start();
    transport.setReceiving(false);
    transport.send(messages("still here"));
    assertEquals(List.of("4still here"), harness.peerReceived());
  }

  private List<String> withoutWritable() {
    return events.log().stream().filter(entry -> !entry.equals("writable")).toList();
  }
}

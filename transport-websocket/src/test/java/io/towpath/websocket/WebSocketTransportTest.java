package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryLink;
import io.towpath.testkit.TransportContract;
import io.towpath.testkit.TransportEvents;
import io.towpath.testkit.WebSocketTestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTransportTest extends TransportContract {
  private final FakeScheduler scheduler = new FakeScheduler();
  private final MemoryLink[] links = MemoryLink.pair();
  private final WebSocketTransport transport =
      new WebSocketTransport(links[0], scheduler, WebSocketOptions.DEFAULTS);

  @Override
  protected Harness newHarness() {
    return new MemoryHarness();
  }

  @AfterEach
  void noBufferIsLeftWithTheTransport() {
    transport.close();
    links[0].cut();
    scheduler.advance(5_000);
    assertEquals(0, links[0].lentBuffers());
    assertEquals(0, scheduler.pending());
  }

  /** Starts the transport with a peer that is played by hand. */
  private RawPeer rawPeer() {
    transport.start(events);
    return new RawPeer(links[1], Role.SERVER);
  }

  private static String hex(String text) {
    return Hex.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void itIsTheTransportWebsocket() {
    assertEquals(TransportName.WEBSOCKET, transport.name());
  }

  @Test
  void textIsATextMessageWithItsTypeDigitAndBinaryIsItsBytesAlone() {
    RawPeer peer = rawPeer();
    transport.send(
        List.of(
            MessageBatch.text("hi"), MessageBatch.binary(Hex.bytes("0102")), EnginePacket.PING));
    assertEquals(List.of("TEXT " + hex("4hi"), "BINARY 0102", "TEXT " + hex("2")), peer.got());
  }

  @Test
  void messagesThatAreNotToBeCompressedAreNotAndTheNextOnesAre() {
    MemoryLink[] pair = MemoryLink.pair();
    WebSocketTransport compressing =
        new WebSocketTransport(
            WebSocketConnection.server(
                pair[0],
                scheduler,
                WebSocketOptions.DEFAULTS,
                new DeflateParameters(false, false, 15, 15)));
    compressing.start(new TransportEvents());
    RawPeer peer = new RawPeer(pair[1], Role.SERVER);
    MessageBatch message =
        MessageBatch.encoded(
            ("4" + "x".repeat(2000)).getBytes(StandardCharsets.US_ASCII), List.of(new byte[2000]));
    compressing.send(List.of(message.compressible(false)));
    assertEquals(List.of("TEXT 2001 bytes", "BINARY 2000 bytes"), peer.got());
    compressing.send(List.of(message));
    assertEquals(
        List.of("TEXT*", "BINARY*"),
        peer.got().stream().map(frame -> frame.replaceAll("\\* .*", "*")).toList());
    compressing.release();
    pair[0].cut();
  }

  @Test
  void aTransportThatWasNeverStartedCanBeLetGo() {
    transport.release();
    scheduler.advance(5_000);
    assertTrue(links[0].isDead());
  }

  @Test
  void aListLeavesInOneWrite() {
    RawPeer peer = rawPeer();
    List<Outgoing> batch = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      batch.add(MessageBatch.text("message " + i));
    }
    transport.send(batch);
    assertEquals(100, peer.got().size());
    assertEquals(1, links[0].writes());
  }

  @Test
  void textThatStartsWithTheLetterBIsBase64OfABinaryMessage() {
    RawPeer peer = rawPeer();
    peer.send("81 05", hex("bAQI="));
    assertEquals(List.of("bAQI="), events.packets());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "7", "hello", "b*", "b="})
  void whatIsNoPacketIsAnsweredWithACloseFrameWithoutACode(String text) {
    RawPeer peer = rawPeer();
    peer.send(String.format("81 %02x", text.length()), hex(text));
    assertEquals(List.of("CLOSE"), peer.got());
    assertEquals(CloseReason.PARSE_ERROR, events.closeReason());
  }

  @Test
  void aMessageOfMaxPayloadIsDelivered() {
    RawPeer peer = rawPeer();
    peer.send("81 7f 00000000000f4240", "34".repeat(1_000_000));
    assertEquals(1_000_000, events.packets().get(0).length());
  }

  // The type digit counts, as in the reference.
  @Test
  void aMessageOfOneByteMoreIsAnsweredWith1009() {
    RawPeer peer = rawPeer();
    peer.send("81 7f 00000000000f4241", "");
    assertEquals("CLOSE 03f1" + hex("Max payload size exceeded"), peer.got().get(0));
    assertEquals(CloseReason.TRANSPORT_ERROR, events.closeReason());
    assertEquals("Max payload size exceeded", events.closeDescription());
  }

  @Test
  void aBrokenRuleOfRfc6455IsATransportError() {
    RawPeer peer = rawPeer();
    peer.send("83 00", "");
    assertEquals(CloseReason.TRANSPORT_ERROR, events.closeReason());
  }

  @Test
  void aCloseFrameIsATransportClose() {
    RawPeer peer = rawPeer();
    peer.send("88 02", "03e8");
    assertEquals(List.of("CLOSE 03e8", "end"), peer.got());
    assertEquals(CloseReason.TRANSPORT_CLOSE, events.closeReason());
  }

  @Test
  void anEndWithoutACloseFrameIsATransportClose() {
    rawPeer();
    links[1].shutdownWrites();
    assertEquals(CloseReason.TRANSPORT_CLOSE, events.closeReason());
  }

  @Test
  void aPeerThatTakesNothingForTooLongIsATransportError() {
    RawPeer peer = rawPeer();
    links[1].hold(0);
    transport.send(List.of(MessageBatch.text("stuck")));
    scheduler.advance(30_000);
    assertEquals(CloseReason.TRANSPORT_ERROR, events.closeReason());
    assertEquals(List.of("end"), peer.got());
  }

  @Test
  void closeAndReleaseAreACloseFrameWithoutACode() {
    RawPeer peer = rawPeer();
    transport.release();
    transport.close();
    assertEquals(List.of("CLOSE"), peer.got());
    assertEquals(CloseReason.FORCED_CLOSE, events.closeReason());
  }

  @Test
  void framesOfWebSocketItselfAreNotTheSessionsMatter() {
    RawPeer peer = rawPeer();
    peer.send("89 01", "07", "8a 00", "");
    assertEquals(List.of("PONG 07"), peer.got());
    assertEquals(List.of(), events.log());
  }

  @Test
  void anEndDuringADeliveryIsToldAfterIt() {
    List<String> order = new ArrayList<>();
    events.onEachPacket(
        packet -> {
          transport.close();
          order.add(String.valueOf(events.closeReason()));
        });
    RawPeer peer = rawPeer();
    peer.send("81 01", hex("4"));
    assertEquals(List.of("null"), order);
    assertEquals(CloseReason.FORCED_CLOSE, events.closeReason());
  }

  // Any thread may close; whatever it meets, there is one end and nothing after it.
  @Test
  void closeByAnotherThreadIsOneEndAndNothingFollowsIt() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      MemoryLink[] pair = MemoryLink.pair();
      WebSocketTransport raced =
          new WebSocketTransport(pair[0], scheduler, WebSocketOptions.DEFAULTS);
      TransportEvents told = new TransportEvents();
      raced.start(told);
      RawPeer peer = new RawPeer(pair[1], Role.SERVER);
      Thread closer = new Thread(raced::close);
      closer.start();
      for (int i = 0; i < 20; i++) {
        peer.send("81 01", hex("4"), "81 01", hex("4"));
      }
      closer.join();
      assertEquals(List.of(), told.violations());
      assertEquals(1, told.count("closed: forced close"));
      pair[0].cut();
    }
  }

  /** The transport and a client, joined in memory. */
  private final class MemoryHarness implements Harness {
    private static final String STUCK = "4" + "x".repeat(20_000);

    /** Started with the transport, because a test may play the peer itself. */
    private @Nullable WebSocketTestClient client;

    private WebSocketTestClient peer() {
      if (client == null) {
        client = new WebSocketTestClient(links[1], scheduler);
      }
      return client;
    }

    @Override
    public Transport transport() {
      return transport;
    }

    @Override
    public void peerSends(String... packets) {
      peer().sendPackets(packets);
    }

    @Override
    public List<String> peerReceived() {
      List<String> received = new ArrayList<>(peer().received());
      received.removeIf(STUCK::equals);
      return received;
    }

    @Override
    public void stall() {
      links[1].hold(100);
      transport.send(List.of(MessageBatch.text(STUCK.substring(1))));
    }

    @Override
    public void unstall() {
      peer();
      links[1].letGo();
    }

    @Override
    public void cut() {
      links[0].cut();
    }

    @Override
    public CloseReason cutReason() {
      return CloseReason.TRANSPORT_CLOSE;
    }

    @Override
    public void letItEnd() {
      scheduler.advance(60_000);
    }

    @Override
    public boolean peerSawEnd() {
      return peer().ending() != null;
    }
  }
}

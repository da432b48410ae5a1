package io.towpath.websocket;

import io.towpath.engine.CloseReason;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Transport;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryLink;
import io.towpath.testkit.TransportContract;
import io.towpath.testkit.WebSocketTestClient;
import java.util.ArrayList;
import java.util.List;

class WebSocketTransportTest extends TransportContract {
  @Override
  protected Harness newHarness() {
    return new MemoryHarness();
  }

  /** A server's transport and a client, joined in memory. */
  private static final class MemoryHarness implements Harness {
    private static final String STUCK = "4" + "x".repeat(20_000);

    private final FakeScheduler scheduler = new FakeScheduler();
    private final MemoryLink[] links = MemoryLink.pair();
    private final WebSocketTransport transport =
        new WebSocketTransport(links[0], scheduler, WebSocketOptions.DEFAULTS);
    private final WebSocketTestClient peer = new WebSocketTestClient(links[1], scheduler);

    @Override
    public Transport transport() {
      return transport;
    }

    @Override
    public void peerSends(String... packets) {
      peer.sendPackets(packets);
    }

    @Override
    public List<String> peerReceived() {
      List<String> received = new ArrayList<>(peer.received());
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
      return peer.ending() != null;
    }
  }
}

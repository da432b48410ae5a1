package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.Transport;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.PollingTestPeer;
import io.towpath.testkit.TransportContract;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The rules of every transport, for long-polling. */
class PollingTransportContractTest extends TransportContract {
  private final FakeScheduler scheduler = new FakeScheduler();
  private final PollingTransport transport =
      new PollingTransport(PollingOptions.defaults(), scheduler);
  private final PollingTestPeer peer = new PollingTestPeer(transport);

  @AfterEach
  void everyRequestWasAnsweredOnceAndNoTimerIsLeft() {
    assertEquals(List.of(), peer.violations());
    assertEquals(0, scheduler.pending());
  }

  @Override
  protected Harness newHarness() {
    return new PollingHarness();
  }

  private final class PollingHarness implements Harness {
    @Override
    public Transport transport() {
      return transport;
    }

    @Override
    public void peerSends(String... packets) {
      peer.post(packets);
    }

    @Override
    public List<String> peerReceived() {
      return peer.received();
    }

    @Override
    public void stall() {
      if (transport.isWritable()) {
        transport.send(List.of(EnginePacket.NOOP));
        peer.received();
      }
    }

    @Override
    public void unstall() {
      if (!transport.isWritable()) {
        peer.poll();
      }
    }

    @Override
    public void cut() {
      peer.abortPolls();
    }

    @Override
    public CloseReason cutReason() {
      return CloseReason.TRANSPORT_ERROR;
    }

    @Override
    public void letItEnd() {
      scheduler.advance(PollingOptions.defaults().closeTimeout().toMillis());
      peer.poll();
    }

    @Override
    public boolean peerSawEnd() {
      return peer.sawEnd();
    }
  }
}

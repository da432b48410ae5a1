package io.towpath.server;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.Transport;
import io.towpath.longpoll.PollingOptions;
import io.towpath.longpoll.PollingTransport;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.TransportContract;
import io.undertow.util.SameThreadExecutor;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** The rules of every transport, for long-polling over real connections. */
abstract class PollingOverUndertowContract extends TransportContract {
  private static final String SEPARATOR = "\u001e";

  private final FakeScheduler scheduler = new FakeScheduler();
  private final PollingTransport polling =
      new PollingTransport(PollingOptions.defaults(), scheduler);
  private final TransportListener listener =
      new TransportListener(
          tls(),
          exchange ->
              exchange.dispatch(
                  SameThreadExecutor.INSTANCE,
                  () -> polling.onRequest(new UndertowPollExchange(exchange, null))));

  abstract @Nullable SSLContext tls();

  @Override
  protected Harness newHarness() {
    return new Peer();
  }

  @AfterEach
  void stop() {
    listener.close();
  }

  private final class Peer implements Harness {
    private final ObservedTransport transport = new ObservedTransport(polling);
    private final List<String> received = new ArrayList<>();
    private @Nullable RawConnection poll;
    private @Nullable RawConnection held;
    private boolean sawEnd;

    @Override
    public Transport transport() {
      return transport;
    }

    @Override
    public void peerSends(String... packets) {
      RawConnection before = held;
      if (before != null) {
        before.answer();
        before.close();
        held = null;
      }
      byte[] body =
          String.join(SEPARATOR, packets).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      RawConnection post = listener.connect();
      post.send(RawConnection.head("POST", "/", "Content-Length: " + body.length)).send(body);
      if (transport.isReceiving()) {
        post.answer();
        post.close();
      } else {
        held = post;
      }
      listener.awaitTurn();
    }

    @Override
    public List<String> peerReceived() {
      collect();
      List<String> packets = List.copyOf(received);
      received.clear();
      return packets;
    }

    /** Reads the answer of the last poll, unless it is parked. */
    private void collect() {
      listener.awaitTurn();
      RawConnection answered = poll;
      if (answered == null || transport.isWritable()) {
        return;
      }
      poll = null;
      RawConnection.Answer answer = answered.answer();
      answered.close();
      if (answer.status() != 200) {
        sawEnd = true;
        return;
      }
      String text =
          new String(
              answer.body().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
              java.nio.charset.StandardCharsets.UTF_8);
      for (String packet : text.split(SEPARATOR, -1)) {
        sawEnd |= packet.equals("1");
        received.add(packet);
      }
    }

    @Override
    public void stall() {
      if (transport.isWritable()) {
        List<String> before = peerReceived();
        transport.send(List.of(EnginePacket.NOOP));
        peerReceived();
        received.addAll(before);
      }
    }

    @Override
    public void unstall() {
      collect();
      if (poll == null) {
        poll = listener.connect().get("/");
        Await.until("the GET is parked", transport::isWritable);
        listener.awaitTurn();
      }
    }

    @Override
    public void cut() {
      RawConnection parked = poll;
      if (parked != null && transport.isWritable()) {
        poll = null;
        parked.reset();
        Await.until("the loss is noticed", () -> events.closeReason() != null);
      }
    }

    @Override
    public CloseReason cutReason() {
      return CloseReason.TRANSPORT_ERROR;
    }

    @Override
    public void letItEnd() {
      scheduler.advance(PollingOptions.defaults().closeTimeout().toMillis());
      collect();
      try (RawConnection last = listener.connect()) {
        sawEnd |= last.get("/").answer().status() != 200;
      }
    }

    @Override
    public boolean peerSawEnd() {
      collect();
      return sawEnd;
    }
  }
}

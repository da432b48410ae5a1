package io.towpath.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.Transport;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.TransportContract;
import io.towpath.websocket.Opcode;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketOptions;
import io.towpath.websocket.WebSocketTransport;
import io.towpath.websocket.WebSocketUpgrade;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** The rules of every transport, for WebSocket over real connections. */
abstract class WebSocketOverUndertowContract extends TransportContract {
  /** Fills the network; its length tells it from the messages of a test. */
  private static final byte[] FILLER = new byte[(256 << 10) + 7];

  /** Comes after everything that was sent before. */
  private static final byte[] MARKER = new byte[1009];

  private final FakeScheduler scheduler = new FakeScheduler();
  private final BlockingQueue<WebSocketTransport> upgraded = new LinkedBlockingQueue<>();
  private final WebSocketUpgrade upgrade =
      new WebSocketUpgrade(
          request -> true, WebSocketUpgrade.Subprotocols.NONE, request -> Map.of());
  private final TransportListener listener =
      new TransportListener(
          tls(),
          exchange ->
              WebSocketEndpoint.upgrade(
                  exchange,
                  WebSocketEndpoint.request(exchange),
                  upgrade,
                  new WebSocketLinks(),
                  (link, deflate) ->
                      upgraded.add(
                          new WebSocketTransport(
                              WebSocketConnection.server(
                                  link, scheduler, WebSocketOptions.DEFAULTS, deflate)))));

  abstract @Nullable SSLContext tls();

  @Override
  protected Harness newHarness() {
    RawConnection connection = listener.connect();
    RawWebSocket client = RawWebSocket.open(connection, "/");
    return new Peer(client, new ObservedTransport(EchoServer.next(upgraded)));
  }

  @AfterEach
  void stop() {
    listener.close();
  }

  private final class Peer implements Harness {
    private final RawWebSocket client;
    private final ObservedTransport transport;
    private final List<String> received = new ArrayList<>();

    /** Whether a Close frame or the end of the connection has been seen, or it was cut. */
    private boolean over;

    private boolean sawEnd;

    Peer(RawWebSocket client, ObservedTransport transport) {
      this.client = client;
      this.transport = transport;
    }

    @Override
    public Transport transport() {
      return transport;
    }

    @Override
    public void peerSends(String... packets) {
      ByteArrayOutputStream together = new ByteArrayOutputStream();
      for (String packet : packets) {
        together.writeBytes(
            packet.startsWith("b")
                ? RawWebSocket.frame(Opcode.BINARY, Base64.getDecoder().decode(packet.substring(1)))
                : RawWebSocket.text(packet));
      }
      if (transport.isReceiving()) {
        // Its pong comes when the burst has ended.
        together.writeBytes(RawWebSocket.frame(Opcode.PING, new byte[0]));
        client.connection().send(together.toByteArray());
        read(frame -> frame.opcode() == Opcode.PONG.code());
      } else {
        client.connection().send(together.toByteArray());
      }
      listener.awaitTurn();
    }

    /** Reads up to a frame, or to the end. */
    private void read(Predicate<RawWebSocket.Frame> last) {
      while (!over) {
        RawWebSocket.Frame frame = next();
        if (frame == null || frame.opcode() == Opcode.CLOSE.code()) {
          over = true;
          sawEnd = true;
          return;
        }
        byte[] payload = frame.payload();
        if (frame.opcode() == Opcode.TEXT.code()) {
          received.add(new String(payload, UTF_8));
        } else if (frame.opcode() == Opcode.BINARY.code()
            && payload.length != FILLER.length
            && payload.length != MARKER.length) {
          received.add("b" + Base64.getEncoder().encodeToString(payload));
        }
        if (last.test(frame)) {
          return;
        }
      }
    }

    private RawWebSocket.@Nullable Frame next() {
      try {
        return client.receiveOrEnd();
      } catch (UncheckedIOException lost) {
        return null;
      }
    }

    @Override
    public List<String> peerReceived() {
      if (!over && events.closeReason() == null) {
        Await.until("the transport is writable", transport::isWritable);
        transport.send(List.of(new EnginePacket.Binary(MARKER)));
        read(frame -> frame.payload().length == MARKER.length);
        Await.until("the marker is written", transport::isWritable);
      }
      List<String> packets = List.copyOf(received);
      received.clear();
      return packets;
    }

    @Override
    public void stall() {
      while (transport.isWritable()) {
        transport.send(List.of(new EnginePacket.Binary(FILLER)));
        listener.awaitTurn();
        listener.awaitTurn();
      }
    }

    @Override
    public void unstall() {
      while (!over && !transport.isWritable()) {
        client.send(Opcode.PING, new byte[0]);
        read(frame -> frame.opcode() == Opcode.PONG.code());
        listener.awaitTurn();
      }
    }

    @Override
    public void cut() {
      over = true;
      client.connection().reset();
      Await.until("the loss is noticed", () -> events.closeReason() != null);
    }

    @Override
    public CloseReason cutReason() {
      return CloseReason.TRANSPORT_CLOSE;
    }

    @Override
    public void letItEnd() {
      read(frame -> false);
      Await.until("the end is told", () -> events.closeReason() != null);
      listener.awaitTurn();
    }

    @Override
    public boolean peerSawEnd() {
      return sawEnd;
    }
  }
}

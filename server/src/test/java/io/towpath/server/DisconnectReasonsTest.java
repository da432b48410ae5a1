package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.towpath.socket.DisconnectReason;
import io.towpath.socket.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every reason for which a socket leaves, over every transport. Reference: 4.7. */
class DisconnectReasonsTest {
  private final List<Client> opened = new ArrayList<>();
  private final BlockingQueue<Socket> joined = new LinkedBlockingQueue<>();
  private final BlockingQueue<DisconnectReason> reasons = new LinkedBlockingQueue<>();
  private TowpathServer server = start(Duration.ofSeconds(25));

  private TowpathServer start(Duration pings) {
    TowpathServer started =
        TowpathServer.builder()
            .port(0)
            .drain(Duration.ofMillis(100))
            .towpath(t -> t.engine(e -> e.pingInterval(pings).pingTimeout(pings).maxPayload(100)))
            .build();
    started.onConnection(
        socket -> {
          socket.onDisconnect(reasons::add);
          joined.add(socket);
        });
    return started.start();
  }

  @AfterEach
  void stop() {
    opened.forEach(Client::close);
    server.stop();
  }

  @CanIgnoreReturnValue
  private Client open(Kind kind) {
    Client client = kind.open(server);
    opened.add(client);
    return client;
  }

  /** A client that is in the root namespace. */
  private abstract static class Client {
    /** Sends Engine.IO packets, text. */
    abstract void send(String packet);

    /** The network, or the client itself, ends the connection without a word. */
    abstract void goAway();

    /** Does what the transport forbids. */
    abstract void breakTheTransport();

    abstract void close();
  }

  private enum Kind {
    WEBSOCKET {
      @Override
      Client open(TowpathServer server) {
        RawWebSocket socket =
            RawWebSocket.open(RawConnection.to(server.address(), null), EchoServer.WEBSOCKET)
                .begun();
        socket.send("40");
        return new Client() {
          @Override
          void send(String packet) {
            socket.send(packet);
          }

          @Override
          void goAway() {
            socket.connection().reset();
          }

          @Override
          void breakTheTransport() {
            socket.send("4" + "x".repeat(100));
          }

          @Override
          void close() {
            socket.close();
          }
        };
      }
    },
    POLLING {
      @Override
      Client open(TowpathServer server) {
        RawConnection gets = RawConnection.to(server.address(), null);
        RawConnection posts = RawConnection.to(server.address(), null);
        String poll = EchoServer.openPolling(gets);
        assertEquals("ok", posts.post(poll, "40").answer().body());
        gets.get(poll).answer();
        return new Client() {
          @Override
          void send(String packet) {
            posts.post(poll, packet);
          }

          @Override
          void goAway() {
            // The word that a page sends when it is left.
            posts.post(poll, "1");
          }

          @Override
          void breakTheTransport() {
            gets.get(poll);
            posts.get(poll);
          }

          @Override
          void close() {
            gets.close();
            posts.close();
          }
        };
      }
    };

    abstract Client open(TowpathServer server);
  }

  private void assertLeft(DisconnectReason reason) {
    assertEquals(reason, EchoServer.next(reasons));
  }

  @ParameterizedTest
  @EnumSource
  void theServerMakesTheSocketLeave(Kind kind) {
    open(kind);
    EchoServer.next(joined).disconnect();
    assertLeft(DisconnectReason.SERVER_NAMESPACE_DISCONNECT);
  }

  @ParameterizedTest
  @EnumSource
  void theServerMakesTheClientLeave(Kind kind) {
    open(kind);
    EchoServer.next(joined).disconnect(true);
    assertLeft(DisconnectReason.SERVER_NAMESPACE_DISCONNECT);
  }

  @ParameterizedTest
  @EnumSource
  void theClientLeavesTheNamespace(Kind kind) {
    Client client = open(kind);
    EchoServer.next(joined);
    client.send("41");
    assertLeft(DisconnectReason.CLIENT_NAMESPACE_DISCONNECT);
  }

  @ParameterizedTest
  @EnumSource
  void theServerShutsDown(Kind kind) {
    open(kind);
    EchoServer.next(joined);
    server.stop();
    assertLeft(DisconnectReason.SERVER_SHUTTING_DOWN);
  }

  @ParameterizedTest
  @EnumSource
  void theClientAnswersNoPing(Kind kind) {
    server.stop();
    server = start(Duration.ofMillis(50));
    open(kind);
    assertLeft(DisconnectReason.PING_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource
  void theClientGoesAway(Kind kind) {
    Client client = open(kind);
    EchoServer.next(joined);
    client.goAway();
    assertLeft(DisconnectReason.TRANSPORT_CLOSE);
  }

  @ParameterizedTest
  @EnumSource
  void theTransportIsBroken(Kind kind) {
    Client client = open(kind);
    EchoServer.next(joined);
    client.breakTheTransport();
    assertLeft(DisconnectReason.TRANSPORT_ERROR);
  }

  @ParameterizedTest
  @EnumSource
  void theClientSendsWhatIsNoEnginePacket(Kind kind) {
    Client client = open(kind);
    EchoServer.next(joined);
    client.send("x");
    assertLeft(DisconnectReason.PARSE_ERROR);
  }

  @ParameterizedTest
  @EnumSource
  void theClientSendsWhatIsNoSocketIoPacket(Kind kind) {
    Client client = open(kind);
    EchoServer.next(joined);
    client.send("4x");
    assertLeft(DisconnectReason.FORCED_CLOSE);
  }

  @ParameterizedTest
  @EnumSource
  void theClientSendsWhatIsOutOfPlace(Kind kind) {
    Client client = open(kind);
    EchoServer.next(joined);
    client.send("40");
    assertLeft(DisconnectReason.FORCED_CLOSE);
  }

  @Test
  void thereIsNoOtherReason() {
    assertEquals(8, DisconnectReason.values().length);
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.DeadlineWheel;
import io.towpath.engine.EngineOptions;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryTransport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** An event layer whose handlers, time and clients are moved by hand. */
final class SocketFixture {
  final FakeScheduler scheduler = new FakeScheduler();
  final DeadlineWheel wheel = new DeadlineWheel(scheduler);
  final HandlerQueue handlers = new HandlerQueue();
  final EngineSessions sessions =
      new EngineSessions(
          EngineOptions.builder()
              .pingInterval(Duration.ofHours(2))
              .pingTimeout(Duration.ofHours(1))
              .build(),
          wheel);
  final SocketIo io;

  /** What handlers have thrown, as text. */
  final List<String> errors = new ArrayList<>();

  SocketFixture() {
    this(SocketOptions.defaults());
  }

  SocketFixture(SocketOptions options) {
    io = new SocketIo(options, scheduler, wheel, handlers);
    io.onError((socket, thrown) -> errors.add(String.valueOf(thrown.getMessage())));
  }

  /** Runs what it is given when the test says so. */
  static final class HandlerQueue implements Executor {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    int wakeUps;

    @Override
    public void execute(Runnable task) {
      wakeUps++;
      tasks.add(task);
    }

    void run() {
      Runnable task;
      while ((task = tasks.poll()) != null) {
        task.run();
      }
    }
  }

  /** A client on a WebSocket in memory. */
  final class Client {
    final MemoryTransport transport;
    final EngineSession session;

    private Client(MemoryTransport transport, EngineSession session) {
      this.transport = transport;
      this.session = session;
    }

    /** Sends Socket.IO packets in one burst, without running handlers; attachments as base64. */
    Client post(String... packets) {
      transport.deliver(
          Arrays.stream(packets)
              .map(packet -> packet.startsWith("b") ? packet : "4" + packet)
              .toArray(String[]::new));
      return this;
    }

    /** Sends Socket.IO packets in one burst and runs the handlers. */
    Client send(String... packets) {
      post(packets);
      handlers.run();
      return this;
    }

    /** Joins a namespace and returns the socket's id. */
    String join(String namespace) {
      String prefix = namespace.equals("/") ? "" : namespace + ",";
      send("0" + prefix);
      List<String> answer = received();
      String start = "0" + prefix + "{\"sid\":\"";
      assertEquals(1, answer.size(), answer::toString);
      assertTrue(answer.get(0).startsWith(start), answer::toString);
      return answer.get(0).substring(start.length(), answer.get(0).length() - 2);
    }

    /** Returns what has arrived since the last call. */
    List<String> received() {
      return transport.sent().stream()
          .map(packet -> packet.startsWith("4") ? packet.substring(1) : packet)
          .toList();
    }

    boolean isOpen() {
      return session.isOpen();
    }
  }

  Client client() {
    return client("EIO=4&transport=websocket", Map.of());
  }

  Client client(String query, Map<String, List<String>> headers) {
    MemoryTransport transport = MemoryTransport.webSocket();
    HandshakeRequest request =
        new HandshakeRequest(
            "GET",
            "/socket.io/?" + query,
            HandshakeRequest.parseQuery(query),
            headers,
            "127.0.0.1",
            false);
    EngineSession session = sessions.open(request, transport, io::accept);
    assertNotNull(session);
    transport.sent();
    return new Client(transport, session);
  }

  /** A client that is in the root namespace. */
  Client joined() {
    Client client = client();
    client.join("/");
    return client;
  }

  /** The only socket of a namespace. */
  Socket socket(String namespace) {
    return io.of(namespace).sockets().iterator().next();
  }
}

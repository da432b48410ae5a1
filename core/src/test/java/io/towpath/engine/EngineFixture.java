package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Sessions on transports in memory, with time moved by hand. */
final class EngineFixture {
  final FakeScheduler scheduler = new FakeScheduler();
  final DeadlineWheel wheel = new DeadlineWheel(scheduler);
  final EngineSessions sessions;
  private final List<MemoryTransport> transports = new ArrayList<>();

  EngineFixture(EngineOptions options) {
    sessions = new EngineSessions(options, wheel);
  }

  /** A ping every second, 600 ms for the pong, 400 ms for an upgrade, 2 s for a close. */
  static EngineOptions.Builder quick() {
    return EngineOptions.builder()
        .pingInterval(Duration.ofMillis(1000))
        .pingTimeout(Duration.ofMillis(600))
        .upgradeTimeout(Duration.ofMillis(400))
        .closeTimeout(Duration.ofMillis(2000));
  }

  static HandshakeRequest request(String query) {
    return request("GET", query);
  }

  static HandshakeRequest request(String method, String query) {
    return new HandshakeRequest(
        method,
        "/engine.io/?" + query,
        HandshakeRequest.parseQuery(query),
        Map.of(),
        "127.0.0.1",
        false);
  }

  /** Opens a session; the handshake has left when this returns. */
  Opened open(MemoryTransport transport) {
    SessionEvents events = new SessionEvents();
    EngineSession session = sessions.open(request("EIO=4"), watched(transport), opened -> events);
    assertNotNull(session);
    if (transport.name() == TransportName.POLLING) {
      transport.setWritable(true);
    }
    assertEquals(1, transport.sent().size());
    return new Opened(session, transport, events);
  }

  /** Offers a WebSocket to a session. */
  MemoryTransport offer(EngineSession session) {
    MemoryTransport candidate = watched(MemoryTransport.webSocket());
    session.offer(candidate);
    return candidate;
  }

  MemoryTransport watched(MemoryTransport transport) {
    transports.add(transport);
    return transport;
  }

  void assertContractKept() {
    for (MemoryTransport transport : transports) {
      assertEquals(List.of(), transport.violations());
    }
  }

  record Opened(EngineSession session, MemoryTransport transport, SessionEvents events) {}
}

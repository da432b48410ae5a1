package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Resumable sessions on transports in memory, with time moved by hand; what their tests share. */
abstract class ResumableFixture {
  static final int BUFFER = 1000;

  static final EngineOptions OPTIONS =
      EngineOptions.builder()
          .pingInterval(Duration.ofSeconds(25))
          .pingTimeout(Duration.ofSeconds(20))
          .resume(ResumeOptions.defaults().withBuffer(BUFFER).withDetachedBytes(3000))
          .build();

  final FakeScheduler scheduler = new FakeScheduler();
  final EngineSessions sessions = new EngineSessions(OPTIONS, new DeadlineWheel(scheduler));
  final SessionEvents events = new SessionEvents();

  static HandshakeRequest request(String query, String address) {
    return new HandshakeRequest(
        "GET",
        "/engine.io/?" + query,
        HandshakeRequest.parseQuery(query),
        Map.of(),
        address,
        false);
  }

  ResumableSession open(MemoryTransport transport) {
    return open(transport, events, "10.0.0.1");
  }

  ResumableSession open(MemoryTransport transport, SessionEvents listener, String address) {
    HandshakeRequest request = request("EIO=4&towpath=1", address);
    EngineSession session = sessions.open(request, transport, opened -> listener);
    return assertInstanceOf(ResumableSession.class, session);
  }

  /** Opens on WebSocket, and has heard one message of the client. */
  ResumableSession open(MemoryTransport transport, String message) {
    ResumableSession session = open(transport);
    transport.sent();
    transport.deliver(message);
    events.take();
    return session;
  }

  static ResumeRequest attach(long generation, long ack, TransportName kind) {
    return new ResumeRequest(true, generation, ack, kind, "test-code");
  }

  static ResumeRequest on(long generation, long ack, TransportName kind) {
    return new ResumeRequest(false, generation, ack, kind, ResumeRequest.NO_WHY);
  }

  static MemoryTransport offer(ResumableSession session, long generation, long ack) {
    MemoryTransport offered = MemoryTransport.webSocket();
    assertNull(session.attach(attach(generation, ack, TransportName.WEBSOCKET), offered));
    return offered;
  }

  static void send(EngineSession session, String text) {
    assertTrue(session.send(MessageBatch.text(text)));
  }

  @Nullable Dismissal refusal(ResumableSession session, long generation, long ack) {
    MemoryTransport offered = MemoryTransport.webSocket();
    return session.attach(attach(generation, ack, TransportName.WEBSOCKET), offered);
  }

  void assertOver(ResumableSession session, String reason, String description) {
    assertNull(sessions.find(session.id()));
    assertTrue(events.take().contains("closed: " + reason));
    assertEquals(description, events.description());
  }

  /** Opens on WebSocket, and has moved to a long-poll of generation 4. */
  ResumableSession onPoll(MemoryTransport poll) {
    ResumableSession session = open(MemoryTransport.webSocket(), "4a");
    session.board(on(4, 0, TransportName.POLLING), () -> poll);
    return session;
  }

  /** A POST of that long-poll. */
  static @Nullable Dismissal body(ResumableSession session, EnginePacket... packets) {
    return session.receiveBody(on(4, 0, TransportName.POLLING), List.of(packets), null);
  }
}

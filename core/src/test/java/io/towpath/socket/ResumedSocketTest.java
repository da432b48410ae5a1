package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.ResumableSession;
import io.towpath.engine.ResumeRequest;
import io.towpath.engine.TransportName;
import io.towpath.testkit.MemoryTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What sockets notice of a session that changes its transport: almost nothing. */
class ResumedSocketTest {
  private final SocketFixture server =
      new SocketFixture(
          SocketOptions.builder()
              .connectTimeout(Duration.ofSeconds(1))
              .attachmentTimeout(Duration.ofSeconds(1))
              .build());
  private final MemoryTransport first = MemoryTransport.webSocket();
  private final List<String> heard = new ArrayList<>();
  private final List<Socket> sockets = new ArrayList<>();
  private final ResumableSession session = open();

  private ResumableSession open() {
    server
        .io
        .of("/")
        .onConnection(
            socket -> {
              sockets.add(socket);
              socket.on("e", args -> heard.add("e"));
              socket.onDisconnect((reason, description) -> heard.add("left: " + reason));
            });
    String query = "EIO=4&transport=websocket&towpath=1";
    HandshakeRequest request =
        new HandshakeRequest(
            "GET",
            "/socket.io/?" + query,
            HandshakeRequest.parseQuery(query),
            Map.of(),
            "127.0.0.1",
            false);
    return (ResumableSession)
        Objects.requireNonNull(server.sessions.open(request, first, server.io::accept));
  }

  private MemoryTransport resume(long generation) {
    MemoryTransport next = MemoryTransport.webSocket();
    ResumeRequest asked = new ResumeRequest(true, generation, 0, TransportName.WEBSOCKET, "test");
    assertNull(session.attach(asked, next));
    next.sent();
    next.deliver("70");
    return next;
  }

  private Socket joined() {
    first.deliver("40");
    server.handlers.run();
    return sockets.get(0);
  }

  @Test
  void aSocketStaysConnectedAndItsEventsFollowWhenTheTransportDies() {
    Socket socket = joined();
    first.lose(CloseReason.TRANSPORT_CLOSE);
    assertTrue(socket.isConnected());
    assertFalse(socket.isWritable());
    socket.emit("late", 1);
    MemoryTransport second = resume(1);
    assertTrue(second.sent().contains("42[\"late\",1]"));
    second.deliver("82", "42[\"e\"]");
    server.handlers.run();
    assertEquals(List.of("e"), heard);
  }

  @Test
  void theTimeToJoinANamespaceRestsWhileNoTransportCarriesTheSession() {
    first.deliver("40/nobody,");
    server.scheduler.advance(900);
    first.lose(CloseReason.TRANSPORT_CLOSE);
    server.scheduler.advance(20_000);
    resume(1);
    server.scheduler.advance(90);
    assertNotNull(server.sessions.find(session.id()));
    server.scheduler.advance(20);
    assertNull(server.sessions.find(session.id()));
  }

  @Test
  void theTimeForAttachmentsRestsToo() {
    joined();
    first.deliver("451-[\"e\",{\"_placeholder\":true,\"num\":0}]");
    server.scheduler.advance(900);
    first.lose(CloseReason.TRANSPORT_CLOSE);
    server.scheduler.advance(20_000);
    MemoryTransport second = resume(1);
    server.scheduler.advance(90);
    second.deliver("83", "bAQI=");
    server.handlers.run();
    assertEquals(List.of("e"), heard);
  }

  @Test
  void theEndOfTheWindowIsATransportClose() {
    joined();
    first.lose(CloseReason.TRANSPORT_CLOSE);
    server.scheduler.advance(session.isDetached() ? 20_000_000 : 0);
    server.handlers.run();
    assertEquals(List.of("left: transport close"), heard);
  }

  @Test
  void aSocketTellsWhatHasCarriedIt() {
    Socket socket = joined();
    resume(1);
    assertEquals(2, socket.transportHistory().size());
    assertEquals("test", socket.transportHistory().get(1).reason());
  }
}

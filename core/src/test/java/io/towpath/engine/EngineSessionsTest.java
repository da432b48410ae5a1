package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineSessionsTest {
  private final EngineFixture engine = new EngineFixture(EngineOptions.defaults());

  private static String handshake(EngineOptions options, MemoryTransport transport) {
    EngineFixture engine = new EngineFixture(options);
    EngineSession session = open(engine, transport);
    assertNotNull(session);
    if (transport.name() == TransportName.POLLING) {
      transport.setWritable(true);
    }
    String packet = transport.sent().get(0);
    return packet.replace(session.id(), "SID");
  }

  private static @Nullable EngineSession open(EngineFixture engine, MemoryTransport transport) {
    return engine.sessions.open(
        EngineFixture.request("EIO=4"), transport, opened -> new SessionEvents());
  }

  @Test
  void theHandshakeOfPollingOffersTheUpgrade() {
    assertEquals(
        "0{\"sid\":\"SID\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"
            + "\"pingTimeout\":20000,\"maxPayload\":1000000}",
        handshake(EngineOptions.defaults(), MemoryTransport.polling()));
  }

  @Test
  void theHandshakeOfWebSocketOffersNone() {
    assertEquals(
        "0{\"sid\":\"SID\",\"upgrades\":[],\"pingInterval\":25000,"
            + "\"pingTimeout\":20000,\"maxPayload\":1000000}",
        handshake(EngineOptions.defaults(), MemoryTransport.webSocket()));
  }

  @Test
  void theHandshakeTellsTheOptions() {
    assertEquals(
        "0{\"sid\":\"SID\",\"upgrades\":[],\"pingInterval\":1000,"
            + "\"pingTimeout\":600,\"maxPayload\":7}",
        handshake(
            EngineFixture.quick().maxPayload(7).allowUpgrades(false).build(),
            MemoryTransport.polling()));
  }

  @Test
  void noUpgradeIsOfferedWhenWebSocketIsNotAllowed() {
    String packet =
        handshake(
            EngineOptions.builder().transports(Set.of(TransportName.POLLING)).build(),
            MemoryTransport.polling());
    assertTrue(packet.contains("\"upgrades\":[],"), packet);
  }

  @Test
  void aSessionIsFoundByItsIdUntilItEnds() {
    MemoryTransport transport = MemoryTransport.webSocket();
    EngineSession session = open(engine, transport);
    assertNotNull(session);
    assertSame(session, engine.sessions.find(session.id()));
    assertEquals(List.of(session), engine.sessions.all());
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    assertNull(engine.sessions.find(session.id()));
    assertEquals(0, engine.sessions.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "__proto__", "nobody", "../x", "a b", "é"})
  void anIdThatNobodyHasFindsNothing(String id) {
    open(engine, MemoryTransport.webSocket());
    assertNull(engine.sessions.find(id));
  }

  @Test
  void aSessionWhoseTimeIsOverIsNotFound() {
    MemoryTransport transport = MemoryTransport.webSocket();
    EngineFixture odd = new EngineFixture(EngineFixture.quick().build());
    EngineSession session = open(odd, transport);
    assertNotNull(session);
    odd.scheduler.advance(1600);
    assertNull(odd.sessions.find(session.id()));
  }

  @Test
  void asManySessionsMayBeOpenAsTheBoundSays() {
    EngineFixture two = new EngineFixture(EngineOptions.builder().maxSessions(2).build());
    MemoryTransport first = MemoryTransport.webSocket();
    assertNotNull(open(two, first));
    assertNotNull(open(two, MemoryTransport.webSocket()));
    MemoryTransport refused = MemoryTransport.webSocket();
    assertNull(open(two, refused));
    assertNull(refused.ending());
    assertEquals(List.of(), refused.sent());
    first.lose(CloseReason.TRANSPORT_CLOSE);
    assertNotNull(open(two, MemoryTransport.webSocket()));
  }

  @Test
  void closingEndsEverySessionAndOpensNoMore() {
    MemoryTransport first = MemoryTransport.webSocket();
    MemoryTransport second = MemoryTransport.webSocket();
    open(engine, first);
    open(engine, second);
    engine.sessions.close();
    assertEquals("close", first.ending());
    assertEquals("close", second.ending());
    assertEquals(0, engine.sessions.size());
    assertNull(open(engine, MemoryTransport.webSocket()));
  }

  @Test
  void whatIsSentWhileTheSessionIsMadeFollowsTheHandshake() {
    MemoryTransport transport = MemoryTransport.webSocket();
    engine.sessions.open(
        EngineFixture.request("EIO=4"),
        transport,
        session -> {
          session.send(MessageBatch.text("early"));
          return new SessionEvents();
        });
    List<String> sent = transport.sent();
    assertEquals('0', sent.get(0).charAt(0));
    assertEquals("4early", sent.get(1));
    assertEquals(List.of(), transport.violations());
  }

  @Test
  void aTableThatClosesWhileASessionIsMadeClosesItInOrder() {
    MemoryTransport transport = MemoryTransport.webSocket();
    SessionEvents events = new SessionEvents();
    engine.sessions.open(
        EngineFixture.request("EIO=4"),
        transport,
        session -> {
          engine.sessions.close();
          return events;
        });
    assertEquals("close", transport.ending());
    assertEquals(List.of("closed: forced close"), events.take());
    assertEquals(List.of(), transport.violations());
    assertEquals(0, engine.sessions.size());
  }

  @Test
  void aListenerThatCannotBeMadeCostsNoPlace() {
    EngineFixture one = new EngineFixture(EngineOptions.builder().maxSessions(1).build());
    try {
      one.sessions.open(
          EngineFixture.request("EIO=4"),
          MemoryTransport.webSocket(),
          session -> {
            throw new IllegalStateException("on purpose");
          });
    } catch (IllegalStateException expected) {
      assertEquals("on purpose", expected.getMessage());
    }
    assertEquals(0, one.sessions.size());
    assertNotNull(open(one, MemoryTransport.webSocket()));
  }
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Revision 3 turns the heartbeat round: the client asks. Reference: 1.10 and 1.14. */
class EngineSessionRevision3Test {
  private final EngineFixture engine =
      new EngineFixture(EngineFixture.quick().allowEio3(true).build());
  private final MemoryTransport transport = engine.watched(MemoryTransport.webSocket());
  private final SessionEvents events = new SessionEvents();
  private final EngineSession session = open("EIO=3");

  private EngineSession open(String query) {
    EngineSession opened =
        engine.sessions.open(EngineFixture.request(query), transport, unused -> events);
    assertNotNull(opened);
    return opened;
  }

  @Test
  void aSessionKnowsItsRevision() {
    assertEquals(3, session.protocol());
  }

  @Test
  void theServerAsksNothing() {
    assertEquals(1, transport.sent().size());
    engine.scheduler.advance(1599);
    assertEquals(List.of(), transport.sent());
    assertTrue(session.isOpen());
  }

  @Test
  void aClientThatIsSilentForIntervalAndTimeoutIsGone() {
    engine.scheduler.advance(1599);
    assertTrue(session.isOpen());
    engine.scheduler.advance(1);
    assertFalse(session.checkDeadlines());
  }

  @Test
  void aPingIsAnsweredWithoutItsDataAndStartsTheWaitAnew() {
    assertEquals(1, transport.sent().size());
    engine.scheduler.advance(1500);
    transport.deliver("2hello");
    assertEquals(List.of("3"), transport.sent());
    engine.scheduler.advance(1599);
    assertTrue(session.isOpen());
    engine.scheduler.advance(1);
    assertFalse(session.checkDeadlines());
  }

  @Test
  void messagesAreNoSignOfLife() {
    engine.scheduler.advance(1500);
    transport.deliver("4still here");
    engine.scheduler.advance(100);
    assertFalse(session.checkDeadlines());
  }

  @Test
  void aPongFromTheClientEndsTheSession() {
    transport.deliver("3");
    assertFalse(session.isOpen());
  }
}

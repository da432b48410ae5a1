package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.testkit.MemoryTransport;
import io.towpath.testkit.SessionEvents;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The budget that all detached sessions share; here it is 3,000 bytes. */
class DetachedSessionsTest extends ResumableFixture {
  @Test
  void theBudgetOfDetachedSessionsIsKeptByTheLargestOfTheAddressThatHoldsMost() {
    List<ResumableSession> kept = new ArrayList<>();
    List<SessionEvents> heard = new ArrayList<>();
    int[] sizes = {500, 800, 700};
    for (int size : sizes) {
      MemoryTransport transport = MemoryTransport.webSocket();
      SessionEvents listener = new SessionEvents();
      ResumableSession session = open(transport, listener, "10.0.0.1");
      transport.deliver("4a");
      transport.lose(CloseReason.TRANSPORT_CLOSE);
      send(session, "x".repeat(size));
      kept.add(session);
      heard.add(listener);
    }
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession other = open(transport, new SessionEvents(), "10.0.0.2");
    transport.deliver("4a");
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    send(other, "x".repeat(900));
    assertNull(sessions.find(kept.get(1).id()));
    assertEquals("budget", heard.get(1).description());
    assertNotNull(sessions.find(kept.get(0).id()));
    assertNotNull(sessions.find(kept.get(2).id()));
    assertNotNull(sessions.find(other.id()));
  }

  @Test
  void aSessionThatIsBackNoLongerCountsForTheBudget() {
    ResumableSession back = detached("10.0.0.1");
    send(back, "x".repeat(1500));
    offer(back, 1, 0).deliver("70");
    ResumableSession other = detached("10.0.0.2");
    send(other, "x".repeat(1900));
    assertNotNull(sessions.find(back.id()));
    assertNotNull(sessions.find(other.id()));
  }

  private ResumableSession detached(String address) {
    MemoryTransport transport = MemoryTransport.webSocket();
    ResumableSession session = open(transport, new SessionEvents(), address);
    transport.deliver("4a");
    transport.lose(CloseReason.TRANSPORT_CLOSE);
    return session;
  }
}

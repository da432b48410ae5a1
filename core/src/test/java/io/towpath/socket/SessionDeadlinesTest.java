package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.DeadlineWheel;
import org.junit.jupiter.api.Test;

/** What a session may take too long for; what follows from it is in {@link NamespaceRouterTest}. */
class SessionDeadlinesTest {
  private final SocketFixture server = new SocketFixture();
  private final SocketFixture.Client client = server.client();
  private final SessionDeadlines deadlines =
      new SessionDeadlines(new NamespaceRouter(server.io, client.session));

  @Test
  void theSessionEndsAtTheFirstOfBothAndNotBefore() {
    deadlines.expectConnect(100);
    deadlines.expectAttachments(50);
    assertEquals(50, deadlines.onDeadline(49));
    assertTrue(client.isOpen());
    assertEquals(DeadlineWheel.NEVER, deadlines.onDeadline(50));
    assertFalse(client.isOpen());
  }

  @Test
  void whatHasComeIsNotExpectedAnyMore() {
    assertTrue(deadlines.isIdle());
    deadlines.expectConnect(100);
    deadlines.expectAttachments(50);
    deadlines.attached();
    assertEquals(100, deadlines.onDeadline(50));
    assertFalse(deadlines.isIdle());
    deadlines.connected();
    assertEquals(DeadlineWheel.NEVER, deadlines.onDeadline(100));
    assertTrue(deadlines.isIdle());
    assertTrue(client.isOpen());
  }

  @Test
  void withoutATransportNoTimeRuns() {
    deadlines.expectConnect(100);
    deadlines.pause(90);
    assertFalse(deadlines.isIdle());
    assertEquals(DeadlineWheel.NEVER, deadlines.onDeadline(1_000));
    assertEquals(1_010, deadlines.resume(1_000));
    assertEquals(1_010, deadlines.onDeadline(1_009));
    assertTrue(client.isOpen());
  }

  @Test
  void nothingExpectedStaysNothingExpected() {
    deadlines.pause(10);
    assertEquals(DeadlineWheel.NEVER, deadlines.resume(1_000));
    assertTrue(deadlines.isIdle());
  }
}

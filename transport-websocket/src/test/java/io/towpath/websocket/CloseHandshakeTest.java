package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CloseHandshakeTest {
  private static final CloseStatus NORMAL = new CloseStatus(1000, "bye");

  private final CloseHandshake handshake = new CloseHandshake();

  @Test
  void section712_whoBeginsWaitsForTheAnswer() {
    assertTrue(handshake.begin());
    assertEquals(CloseHandshake.State.CLOSE_SENT, handshake.state());
    handshake.written();
    assertEquals(CloseHandshake.State.CLOSE_SENT, handshake.state());
    assertFalse(handshake.receive(NORMAL));
    assertEquals(CloseHandshake.State.CLOSED, handshake.state());
    assertEquals(NORMAL, handshake.received());
  }

  @Test
  void section551_whoIsAskedAnswersOnceAndIsThenDone() {
    assertTrue(handshake.receive(NORMAL));
    assertEquals(CloseHandshake.State.CLOSE_RECEIVED, handshake.state());
    assertFalse(handshake.begin());
    handshake.written();
    assertEquals(CloseHandshake.State.CLOSED, handshake.state());
  }

  @Test
  void section551_onlyOneCloseFrameIsSent() {
    assertTrue(handshake.begin());
    assertFalse(handshake.begin());
  }

  @Test
  void section714_closeFramesThatCrossEndIt() {
    assertTrue(handshake.begin());
    assertFalse(handshake.receive(NORMAL));
    handshake.written();
    assertEquals(CloseHandshake.State.CLOSED, handshake.state());
  }

  @Test
  void section714_aSecondCloseFrameFromThePeerIsAnError() {
    handshake.receive(NORMAL);
    assertThrows(IllegalStateException.class, () -> handshake.receive(NORMAL));
    handshake.written();
    assertThrows(IllegalStateException.class, () -> handshake.receive(NORMAL));
  }

  @Test
  void section715_aLostConnectionHasNoStatus() {
    handshake.lost();
    assertEquals(CloseHandshake.State.CLOSED, handshake.state());
    assertEquals(1006, handshake.received().code());
    assertFalse(handshake.begin());
  }

  @Test
  void section711_theConnectionEndsWhenNothingIsWaitedForAndOurCloseFrameHasLeft() {
    handshake.receive(NORMAL);
    assertFalse(handshake.mayEnd());
    assertTrue(handshake.written());
    assertFalse(handshake.mayEnd());
  }

  @Test
  void section711_theConnectionEndsAtOnceIfOurCloseFrameHasLeftBefore() {
    handshake.begin();
    assertFalse(handshake.written());
    assertTrue(handshake.mayEnd());
    assertFalse(handshake.mayEnd());
  }
}

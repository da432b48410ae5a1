package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.socket.SocketState.Phase;
import io.towpath.socket.SocketState.Way;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a socket, step by step. */
class SocketStateTest {
  private final SocketState state = new SocketState();

  @Test
  void itBeginsConnectingAndIsNeitherInNorGone() {
    assertTrue(state.isConnecting());
    assertFalse(state.isIn());
    assertFalse(state.isConnected());
    assertFalse(state.isGone());
    assertFalse(state.isDeaf());
  }

  @Test
  void aClientIsLetInOnce() {
    assertTrue(state.connect());
    assertTrue(state.isIn());
    assertTrue(state.isConnected());
    assertFalse(state.isConnecting());
    assertFalse(state.connect());
    assertFalse(state.refuse());
    assertTrue(state.isIn());
  }

  @Test
  void whoIsRefusedIsGoneAndComesNeitherInNorBack() {
    assertTrue(state.refuse());
    assertTrue(state.isGone());
    assertFalse(state.connect());
    assertFalse(state.refuse());
    assertFalse(state.rejoin());
    assertFalse(state.mayReturn());
  }

  @Test
  void onlyTheFirstEndCounts() {
    state.connect();
    assertEquals(Phase.CONNECTED, state.end(true, false));
    assertEquals(Phase.GONE, state.end(false, true));
    assertTrue(state.isGone());
    assertTrue(state.mayReturn());
    assertFalse(state.isDeaf());
  }

  @Test
  void whoIsGoneIsNotLetIn() {
    assertEquals(Phase.CONNECTING, state.end(true, false));
    assertFalse(state.connect());
    assertFalse(state.refuse());
    assertFalse(state.rejoin());
  }

  @ParameterizedTest
  @CsvSource({"true, true, true", "true, false, false", "false, true, false"})
  void onlyWhoWasInAndWasLostMayReturn(boolean wasIn, boolean recoverable, boolean may) {
    if (wasIn) {
      state.connect();
    }
    state.end(recoverable, false);
    assertEquals(may, state.mayReturn());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eventsThatWaitAreDroppedAtTheEndOrOnceTheListenersRun(boolean drops) {
    state.connect();
    state.end(false, drops);
    assertEquals(drops, state.isDeaf());
    state.beginLeaving(true);
    assertTrue(state.isDeaf());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoWasInLooksConnectedWhileItsListenersRun(boolean wasIn) {
    if (wasIn) {
      state.connect();
    }
    state.end(false, false);
    assertFalse(state.isConnected(), "what came before is still handled");
    state.beginLeaving(wasIn);
    assertEquals(wasIn, state.isConnected());
    assertFalse(state.isIn());
    state.endLeaving();
    assertFalse(state.isConnected());
  }

  // The adapter.

  @Test
  void roomsAreNotedUntilTheAdapterKnowsTheSocket() {
    assertTrue(state.joinEarly(List.of("a", "b")));
    assertTrue(state.leaveEarly("a"));
    state.connect();
    assertTrue(state.joinEarly(List.of("c")), "its client is in, and the adapter is not told yet");
    assertEquals(Set.of("b", "c"), state.earlyRooms());
    assertEquals(Set.of("b", "c"), state.enter());
    assertNull(state.earlyRooms());
    assertFalse(state.joinEarly(List.of("d")));
    assertFalse(state.leaveEarly("b"));
    assertNull(state.enter());
  }

  @Test
  void noRoomIsNotedForWhoIsGone() {
    state.joinEarly(List.of("a"));
    state.refuse();
    assertNull(state.earlyRooms());
    assertFalse(state.joinEarly(List.of("b")));
    assertFalse(state.leaveEarly("a"));
  }

  @Test
  void theAdapterKnowsWhoComesBackBeforeItsMiddlewares() {
    assertTrue(state.rejoin());
    assertTrue(state.isConnecting());
    assertFalse(state.joinEarly(List.of("a")));
    assertEquals(Way.ADAPTER, state.wayOut());
  }

  @Test
  void keptEventsGoByTheAdapterOnceItKnowsTheSocketAndForAsLongAsTheClientMayReturn() {
    assertEquals(Way.STRAIGHT, state.wayOut());
    state.connect();
    state.enter();
    assertEquals(Way.ADAPTER, state.wayOut());
    state.end(true, false);
    assertEquals(Way.ADAPTER, state.wayOut());
  }

  @Test
  void keptEventsGoToNobodyWhenTheClientMayNotReturn() {
    state.connect();
    state.enter();
    state.end(false, false);
    assertEquals(Way.NONE, state.wayOut());
  }
}

package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryTransport;
import org.junit.jupiter.api.Test;

/** Who may write what waits in a session, and who is told of room. */
class OutflowTest {
  private final EngineFixture engine = new EngineFixture(EngineFixture.quick().build());
  private final Outflow outflow = new Outflow(engine.sessions);

  private Carrier carrier() {
    return engine.open(MemoryTransport.webSocket()).session().current;
  }

  private void queue(String text) {
    assertTrue(outflow.add(MessageBatch.text(text)));
  }

  @Test
  void nothingIsWrittenBeforeTheSessionHasBegun() {
    assertTrue(outflow.isWriting());
    outflow.endWrite();
    assertFalse(outflow.isWriting());
  }

  @Test
  void whatIsQueuedUnderACorkOrDuringAWriteIsSeenTo() {
    assertTrue(outflow.isSeenTo());
    outflow.endWrite();
    assertFalse(outflow.isSeenTo());
    outflow.cork();
    assertTrue(outflow.isSeenTo());
  }

  @Test
  void aCorkHoldsNothingBackWhileAThreadWaitsForRoom() {
    outflow.cork();
    assertTrue(outflow.isHeldBack());
    outflow.beginWait();
    assertFalse(outflow.isHeldBack());
    outflow.endWait();
    assertTrue(outflow.isHeldBack());
  }

  @Test
  void theLastCorkSaysWhetherSomethingWaits() {
    outflow.cork();
    outflow.cork();
    queue("a");
    assertFalse(outflow.uncork());
    assertTrue(outflow.uncork());
    outflow.cork();
    assertEquals(1, outflow.take().size());
    assertFalse(outflow.uncork());
  }

  @Test
  void aBurstHasOneCorkHoweverMuchItBrings() {
    Carrier from = carrier();
    outflow.beginBurst(from);
    outflow.beginBurst(from);
    assertTrue(outflow.isCorked());
    assertTrue(outflow.endBurst(from));
    assertFalse(outflow.isCorked());
    assertFalse(outflow.endBurst(from));
    assertFalse(outflow.isCorked());
  }

  @Test
  void burstsOfTwoTransportsHaveACorkEach() {
    Carrier old = carrier();
    Carrier young = carrier();
    outflow.beginBurst(old);
    outflow.beginBurst(young);
    assertTrue(outflow.endBurst(old));
    assertTrue(outflow.isCorked());
    assertTrue(outflow.endBurst(young));
    assertFalse(outflow.isCorked());
  }

  @Test
  void aSessionWaitsForItsTurnOnce() {
    assertTrue(outflow.awaitTurn());
    assertFalse(outflow.awaitTurn());
    outflow.takeTurn();
    assertFalse(outflow.awaitsTurn());
    assertTrue(outflow.awaitTurn());
  }

  @Test
  void aDrainIsDueWhenSomebodyWaitsForItAndNothingIsQueued() {
    assertFalse(outflow.isDrainDue());
    outflow.wantDrain();
    queue("a");
    assertFalse(outflow.isDrainDue());
    assertEquals(1, outflow.take().size());
    assertTrue(outflow.isDrainDue());
    outflow.drained();
    assertFalse(outflow.isDrainDue());
  }
}

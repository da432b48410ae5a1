package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.towpath.engine.MessageBatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order of what leaves where connection state recovery is on. Reference: 4.10. */
class OutboxTest {
  private final List<String> log = new ArrayList<>();
  private final Outbox outbox =
      new Outbox(
          (message, droppable, fanOut) -> log.add(message.size() + (droppable ? " volatile" : "")),
          () -> log.add("over"));

  @Test
  void nothingLeavesBeforeTheAnswerAndThenAllInOrder() {
    outbox.add(MessageBatch.text("a"), false);
    outbox.add(MessageBatch.text("bb"), true);
    outbox.drain();
    assertEquals(List.of(), log);
    outbox.open();
    outbox.add(MessageBatch.text("ccc"), false);
    outbox.drain();
    int header = MessageBatch.text("").size();
    assertEquals(List.of(header + 1 + "", header + 2 + " volatile", header + 3 + ""), log);
  }

  @Test
  void pastTheBoundOnWhatWaitsForTheAnswerTheSessionEnds() {
    for (int i = 0; i < Outbox.MAX_WAITING; i++) {
      outbox.add(MessageBatch.text("x"), false);
    }
    outbox.drain();
    assertEquals(List.of(), log, "nothing leaves before the answer");
    outbox.add(MessageBatch.text("x"), false);
    outbox.drain();
    assertEquals(List.of("over"), log);
  }
}

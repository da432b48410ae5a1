package io.towpath.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class KeepTest {
  private final Keep keep = new Keep();

  @Test
  void messagesGetConsecutiveNumbersFromOne() {
    MessageBatch first = MessageBatch.text("a");
    keep.add(first);
    assertEquals(1, keep.last());
    assertSame(first, keep.get(1));
    assertEquals(0, keep.acked());
  }

  @Test
  void aThousandMessagesComeAndGoInOrder() {
    int forgotten = 0;
    for (int i = 1; i <= 1000; i++) {
      keep.add(MessageBatch.text("m" + i));
      if (i % 3 == 0) {
        forgotten += 2;
        keep.forgetTo(forgotten);
      }
      for (long number = keep.acked() + 1; number <= keep.last(); number += 50) {
        assertEquals(
            "4m" + number,
            new String(keep.get(number).textPacket(), java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    assertEquals(1000, keep.last());
    assertEquals(666, keep.acked());
  }

  @Test
  void bytesAndWeightAreThoseOfWhatIsKept() {
    keep.add(MessageBatch.text("1234"));
    keep.add(MessageBatch.text("12"));
    assertEquals(8, keep.bytes());
    assertEquals(8 + 128, keep.weight());
    keep.forgetTo(1);
    assertEquals(3 + 64, keep.weight());
  }

  @Test
  void whatIsForgottenOrNotYetThereCannotBeRead() {
    keep.add(MessageBatch.text("a"));
    keep.add(MessageBatch.text("b"));
    keep.forgetTo(1);
    assertThrows(IllegalStateException.class, () -> keep.get(1));
    assertThrows(IllegalStateException.class, () -> keep.get(3));
  }
}

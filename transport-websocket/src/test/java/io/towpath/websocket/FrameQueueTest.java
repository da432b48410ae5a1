package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameQueueTest {
  private final FrameQueue queue = new FrameQueue();

  @Test
  void whatGoesInFirstComesOutFirst() {
    Random random = new Random(7);
    ArrayDeque<byte[]> expected = new ArrayDeque<>();
    for (int i = 0; i < 10_000; i++) {
      if (random.nextInt(5) < (i % 200 < 100 ? 3 : 2)) {
        byte[] payload = new byte[random.nextInt(5)];
        expected.add(payload);
        queue.add(i % 2 == 0 ? Opcode.TEXT : Opcode.BINARY, payload, 0, payload.length, true);
      } else if (!expected.isEmpty()) {
        byte[] payload = expected.remove();
        assertEquals(payload.length, queue.length());
        assertSame(payload, queue.remove());
      }
      assertEquals(expected.isEmpty(), queue.isEmpty());
    }
  }

  @Test
  void kindOffsetLengthAndWhetherItMayBeCompressedStayWithTheirMessage() {
    queue.add(Opcode.TEXT, new byte[10], 1, 2, true);
    queue.add(Opcode.BINARY, new byte[10], 3, 0, false);
    assertEquals(Opcode.TEXT, queue.opcode());
    assertEquals(1, queue.offset());
    assertEquals(2, queue.length());
    assertTrue(queue.compressible());
    queue.remove();
    assertEquals(Opcode.BINARY, queue.opcode());
    assertEquals(3, queue.offset());
    assertEquals(0, queue.length());
    assertFalse(queue.compressible());
  }

  @Test
  void aQueueThatWasLongServesOnAfterItHasRunEmpty() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 500; i++) {
        queue.add(Opcode.TEXT, new byte[0], i, 0, true);
      }
      for (int i = 0; i < 500; i++) {
        assertEquals(i, queue.offset());
        queue.remove();
      }
      assertTrue(queue.isEmpty());
    }
  }

  @Test
  void clearedItIsEmpty() {
    queue.add(Opcode.TEXT, new byte[0], 0, 0, true);
    queue.clear();
    assertTrue(queue.isEmpty());
    assertThrows(RuntimeException.class, queue::remove);
  }
}

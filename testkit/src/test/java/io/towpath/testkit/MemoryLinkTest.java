package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.websocket.ByteLink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryLinkTest {
  /** Writes down the events of one end. */
  private static final class Recorder implements ByteLink.Events {
    final List<String> log = new ArrayList<>();
    Runnable onText = () -> {};

    @Override
    public void onReadable(ByteBuffer bytes) {
      byte[] text = new byte[bytes.remaining()];
      bytes.get(text);
      log.add(new String(text, StandardCharsets.US_ASCII));
      onText.run();
    }

    @Override
    public void onReadEnd() {
      log.add(".");
    }

    @Override
    public void onWritable() {
      log.add("writable");
    }

    @Override
    public void onEnd() {
      log.add("end");
    }

    @Override
    public void onFailed(String description) {
      log.add("failed: " + description);
    }
  }

  private final MemoryLink[] links = MemoryLink.pair();
  private final Recorder a = new Recorder();
  private final Recorder b = new Recorder();

  private void start() {
    links[0].start(a);
    links[1].start(b);
  }

  private static boolean write(MemoryLink link, String text) {
    return link.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void whatOneEndWritesTheOtherReads() {
    start();
    assertTrue(write(links[0], "ping"));
    assertTrue(write(links[1], "pong"));
    assertEquals(List.of("ping", "."), b.log);
    assertEquals(List.of("pong", "."), a.log);
  }

  @Test
  void whatIsWrittenBeforeTheStartIsReadAfterIt() {
    links[0].start(a);
    write(links[0], "early");
    links[1].start(b);
    assertEquals(List.of("early", "."), b.log);
  }

  @Test
  void bytesMayBeCutIntoReadsOfAnySize() {
    links[1].deliverInPiecesOf(2);
    start();
    write(links[0], "hello");
    assertEquals(List.of("he", ".", "ll", ".", "o", "."), b.log);
  }

  @Test
  void anAnswerGivenInsideAnEventIsDeliveredAfterIt() {
    b.onText = () -> write(links[1], "answer");
    start();
    write(links[0], "question");
    assertEquals(List.of("question", "."), b.log);
    assertEquals(List.of("answer", "."), a.log);
  }

  @Test
  void anEndThatHoldsLetsWritesGetStuckUntilItLetsGo() {
    start();
    links[1].hold(3);
    ByteBuffer bytes = ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII));
    assertFalse(links[0].write(bytes));
    assertEquals(2, bytes.remaining());
    links[0].awaitWritable();
    assertEquals(List.of(), a.log);
    links[1].letGo();
    assertEquals(List.of("writable"), a.log);
    assertTrue(links[0].write(bytes));
    assertEquals(List.of("hel", ".", "lo", "."), b.log);
  }

  @Test
  void suspendedReadsWaitAndTheEndWaitsBehindThem() {
    start();
    links[1].suspendReads();
    write(links[0], "late");
    links[0].shutdownWrites();
    assertEquals(List.of(), b.log);
    links[1].resumeReads();
    assertEquals(List.of("late", ".", "end"), b.log);
  }

  @Test
  void afterItsEndAnEndStillReads() {
    start();
    links[0].shutdownWrites();
    write(links[1], "more");
    assertEquals(List.of("end"), b.log);
    assertEquals(List.of("more", "."), a.log);
    assertThrows(AssertionError.class, () -> write(links[0], "too late"));
  }

  @Test
  void aCutConnectionIsLostForBothAndTakesWritesWithoutAnError() {
    start();
    links[0].cut();
    assertEquals(List.of("failed: connection reset"), a.log);
    assertEquals(List.of("failed: connection reset"), b.log);
    assertTrue(write(links[0], "void"));
    assertEquals(1, b.log.size());
  }

  @Test
  void anAbortIsTheEndForTheOther() {
    start();
    links[0].abort();
    assertEquals(List.of(), a.log);
    assertEquals(List.of("end"), b.log);
    assertTrue(links[0].isDead());
  }

  @Test
  void anAbortWithBytesUnreadIsAReset() {
    start();
    links[0].suspendReads();
    write(links[1], "unread");
    links[0].abort();
    assertEquals(List.of("failed: connection reset"), b.log);
  }

  @Test
  void buffersAreCountedAndWipedWhenTheyComeBack() {
    ByteBuffer buffer = links[0].acquire();
    buffer.put((byte) 1);
    assertEquals(1, links[0].lentBuffers());
    links[0].recycle(buffer);
    assertEquals(0, links[0].lentBuffers());
    assertEquals((byte) 0xEE, buffer.get(0));
    assertThrows(AssertionError.class, () -> links[0].recycle(buffer));
  }
}

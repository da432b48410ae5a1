package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.MemoryLink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameWriterTest implements FrameWriter.Events {
  private static final int MAX_CONTROLS = 4;

  private final MemoryLink[] links = MemoryLink.pair();
  private final MemoryLink link = links[0];
  private final List<String> events = new ArrayList<>();
  private final RawPeer peer = new RawPeer(links[1], Role.SERVER);

  private final FrameWriter writer =
      new FrameWriter(link, new FrameEncoder(Role.SERVER, () -> 0), null, MAX_CONTROLS, this);

  FrameWriterTest() {
    link.start(
        new RawPeer.Silent() {
          @Override
          public void onWritable() {
            writer.onWritable();
          }
        });
  }

  @Override
  public void onStuck() {
    events.add("stuck");
  }

  @Override
  public void onProgress() {
    events.add("progress");
  }

  @Override
  public void onUnstuck() {
    events.add("unstuck");
  }

  @Override
  public void onWrittenOut() {
    events.add("writable");
  }

  @Override
  public void onCompressed() {
    events.add("compressed");
  }

  @Override
  public void onCloseWritten() {
    events.add("close written");
  }

  private void message(String hex) {
    byte[] payload = Hex.bytes(hex);
    writer.message(Opcode.BINARY, payload, 0, payload.length);
  }

  /** Lets the exit get stuck behind a message of 20,000 bytes. */
  private void getStuck() {
    links[1].hold(0);
    writer.message(Opcode.BINARY, new byte[20_000], 0, 20_000);
    writer.flush();
    assertTrue(writer.isStuck());
  }

  @AfterEach
  void anIdleWriterOwnsNoBuffer() {
    links[1].letGo();
    assertEquals(0, link.lentBuffers());
  }

  @Test
  void whatIsQueuedLeavesInOneWrite() {
    message("01");
    message("02");
    writer.control(Opcode.PONG, Hex.bytes("03"));
    writer.flush();
    assertEquals(1, link.writes());
    assertEquals(List.of("PONG 03", "BINARY 01", "BINARY 02"), peer.frames);
  }

  @Test
  void aPreambleLeavesBeforeAllFramesAndInOneWriteWithThem() {
    message("01");
    writer.preamble(Hex.bytes("82 01 07"));
    writer.control(Opcode.PONG, Hex.bytes("03"));
    writer.flush();
    assertEquals(1, link.writes());
    assertEquals(List.of("BINARY 07", "PONG 03", "BINARY 01"), peer.frames);
  }

  @Test
  void aPreambleWithoutFramesLeavesOnceByItself() {
    writer.preamble(Hex.bytes("82 01 07"));
    writer.flush();
    writer.flush();
    assertEquals(1, link.writes());
    message("01");
    writer.flush();
    assertEquals(List.of("BINARY 07", "BINARY 01"), peer.frames);
  }

  @Test
  void aPreambleLargerThanTheBufferIsWrittenPieceByPiece() {
    link.outputBuffersOf(ByteLink.MIN_BUFFER_BYTES);
    writer.preamble(Hex.bytes("82 64" + "05".repeat(100)));
    message("01");
    writer.flush();
    assertEquals(List.of("BINARY " + "05".repeat(100), "BINARY 01"), peer.frames);
  }

  @Test
  void theCloseFrameFollowsThePreamble() {
    writer.preamble(Hex.bytes("82 01 07"));
    writer.close(Hex.bytes("03e8"));
    writer.flush();
    assertEquals(List.of("BINARY 07", "CLOSE 03e8"), peer.frames);
    assertEquals(List.of("close written"), events);
  }

  @Test
  void aLostConnectionForgetsItsPreamble() {
    writer.preamble(Hex.bytes("82 01 07"));
    writer.discard();
    writer.flush();
    assertEquals(0, link.writes());
  }

  @Test
  void nothingQueuedIsNothingWritten() {
    writer.flush();
    assertEquals(0, link.writes());
  }

  @Test
  void aSliceOfAnArrayIsWritten() {
    writer.message(Opcode.TEXT, Hex.bytes("00 41 42 00"), 1, 2);
    writer.flush();
    assertEquals(List.of("TEXT 4142"), peer.frames);
  }

  @Test
  void aMessageLongerThanTheBufferIsWrittenPieceByPiece() {
    writer.message(Opcode.BINARY, new byte[1_000_000], 0, 1_000_000);
    writer.flush();
    assertEquals(List.of("BINARY 1000000 bytes"), peer.frames);
    assertEquals((1_000_000 + 10 + 16 * 1024 - 1) / (16 * 1024), link.writes());
  }

  @Test
  void aBufferOfTheLeastSizeIsEnough() {
    link.outputBuffersOf(ByteLink.MIN_BUFFER_BYTES);
    message("01".repeat(50));
    message("02".repeat(50));
    writer.message(Opcode.BINARY, new byte[1000], 0, 1000);
    writer.close(Hex.bytes("03e8" + "41".repeat(123)));
    writer.flush();
    assertEquals(
        List.of(
            "BINARY " + "01".repeat(50),
            "BINARY " + "02".repeat(50),
            "BINARY 1000 bytes",
            "CLOSE 03e8" + "41".repeat(123)),
        peer.frames);
    assertEquals(List.of("close written"), events);
  }

  @Test
  void aStuckExitGoesOnWhenTheNetworkDoesAndThenSaysSo() {
    getStuck();
    message("01");
    writer.flush();
    assertEquals(List.of(), peer.frames);
    links[1].letGo();
    assertFalse(writer.isStuck());
    assertEquals(List.of("BINARY 20000 bytes", "BINARY 01"), peer.frames);
    assertEquals("stuck", events.get(0));
    assertEquals(List.of("unstuck", "writable"), events.subList(events.size() - 2, events.size()));
  }

  @Test
  void aNetworkThatTakesALittleIsProgress() {
    getStuck();
    links[1].hold(1);
    writer.onWritable();
    assertEquals(List.of("stuck", "progress"), events);
  }

  @Test
  void aNetworkThatTakesNothingIsNone() {
    getStuck();
    writer.onWritable();
    assertEquals(List.of("stuck"), events);
  }

  @Test
  void oneByteAtATimeArrivesAsItWasSent() {
    links[1].hold(0);
    for (int i = 0; i < 20; i++) {
      message("0" + i % 10);
    }
    writer.flush();
    for (int i = 0; i < 60; i++) {
      links[1].hold(1);
      writer.onWritable();
    }
    links[1].letGo();
    assertEquals(20, peer.frames.size());
    assertEquals("BINARY 09", peer.frames.get(19));
  }

  @Test
  void section55_controlFramesOvertakeMessagesThatWait() {
    getStuck();
    message("01");
    writer.control(Opcode.PING, Hex.bytes("02"));
    links[1].letGo();
    assertEquals(List.of("BINARY 20000 bytes", "PING 02", "BINARY 01"), peer.frames);
  }

  @Test
  void section551_theCloseFrameOvertakesNothingAndNothingFollowsIt() {
    getStuck();
    message("01");
    writer.close(Hex.bytes("03e8"));
    message("02");
    writer.control(Opcode.PONG, Hex.bytes("03"));
    writer.close(Hex.bytes("03e9"));
    links[1].letGo();
    assertEquals(List.of("BINARY 20000 bytes", "BINARY 01", "CLOSE 03e8"), peer.frames);
    assertTrue(events.contains("close written"));
  }

  @Test
  void ofTooManyControlFramesThatWaitTheOldestIsDropped() {
    getStuck();
    for (int i = 0; i < MAX_CONTROLS + 2; i++) {
      writer.control(Opcode.PONG, new byte[] {(byte) i});
    }
    links[1].letGo();
    assertEquals(
        List.of("BINARY 20000 bytes", "PONG 02", "PONG 03", "PONG 04", "PONG 05"), peer.frames);
  }

  @Test
  void noControlFrameIsDroppedWhileTheNetworkTakesThem() {
    for (int i = 0; i < 100; i++) {
      writer.control(Opcode.PONG, new byte[] {(byte) i});
    }
    writer.flush();
    assertEquals(100, peer.frames.size());
    assertEquals("PONG 63", peer.frames.get(99));
  }

  @Test
  void aLostConnectionGivesTheBufferBackAndTakesNothing() {
    getStuck();
    message("01");
    writer.discard();
    assertFalse(writer.isStuck());
    assertEquals(0, link.lentBuffers());
    message("02");
    writer.control(Opcode.PING, Hex.bytes("03"));
    writer.close(new byte[0]);
    writer.flush();
    links[1].letGo();
    assertEquals(List.of(), peer.frames);
  }

  @Test
  void whatManyThreadsSendArrivesWholeAndInTheOrderOfEachThread() throws InterruptedException {
    int threads = 4;
    int each = 5000;
    CountDownLatch go = new CountDownLatch(1);
    List<Thread> running = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int number = t;
      Thread thread =
          new Thread(
              () -> {
                awaitQuietly(go);
                for (int i = 0; i < each; i++) {
                  byte[] payload = {(byte) number, (byte) (i >>> 8), (byte) i};
                  writer.message(Opcode.BINARY, payload, 0, 3);
                  writer.flush();
                }
              });
      thread.start();
      running.add(thread);
    }
    go.countDown();
    for (Thread thread : running) {
      thread.join();
    }
    assertEquals(threads * each, peer.frames.size());
    for (int t = 0; t < threads; t++) {
      String prefix = "BINARY 0" + t;
      List<String> own = peer.frames.stream().filter(frame -> frame.startsWith(prefix)).toList();
      assertEquals(each, own.size());
      assertEquals(own.stream().sorted().toList(), own);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}

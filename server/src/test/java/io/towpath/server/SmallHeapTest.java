package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.websocket.FrameEncoder;
import io.towpath.websocket.Opcode;
import io.towpath.websocket.Role;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What a hostile peer costs in heap, measured at a server in a JVM of its own: never more than its
 * documented bound, and others are served meanwhile.
 */
class SmallHeapTest {
  private static final int MESSAGE = 64 << 20;

  /** What a server with a few connections needs besides messages. */
  private static final int REST_MIB = 24;

  private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";

  /** Others who send and get answers all the while. */
  private static final class Others implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    Others(SmallHeapServer server) {
      for (int i = 0; i < 4; i++) {
        Thread thread = new Thread(() -> talk(server), "other " + i);
        threads.add(thread);
        thread.start();
      }
    }

    /** Reading gives up after ten seconds without an answer. */
    private void talk(SmallHeapServer server) {
      try (RawWebSocket other = RawWebSocket.open(server.connect(), EchoServer.WEBSOCKET).begun()) {
        int asked = 0;
        do {
          assertEquals("4ask " + asked, other.send("4ask " + asked).receiveText());
          asked++;
          answers.incrementAndGet();
          Thread.yield();
        } while (!over.get());
      } catch (RuntimeException | Error failed) {
        failure.set(failed);
      }
    }

    /** Waits for the last answers and returns how many there were. */
    int stop() {
      over.set(true);
      try {
        for (Thread thread : threads) {
          thread.join();
        }
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
      Throwable failed = failure.get();
      if (failed != null) {
        throw new AssertionError("another connection was not served", failed);
      }
      return answers.get();
    }

    @Override
    public void close() {
      over.set(true);
    }
  }

  /** Frames of one byte each, masked with a key of zeros. */
  private static byte[] oneByteFrames(int count) {
    byte[] frames = new byte[7 * count];
    for (int i = 0; i < count; i++) {
      frames[7 * i + 1] = (byte) 0x81;
      frames[7 * i + 6] = 'x';
    }
    return frames;
  }

  private static void measured(String what, SmallHeapServer server, int answers, long bound) {
    long peak = server.peakBytes();
    System.out.printf(
        "%s: peak heap %d MiB of at most %d MiB; others got %d answers%n",
        what, peak >> 20, bound >> 20, answers);
    assertTrue(peak <= bound, peak + " bytes");
  }

  // The documented bound of a message under way is three times its limit, of which the third is
  // needed only where an array that grows has not come to its limit.
  @Test
  void aMessageOf64MiBInFragmentsOfOneByteIsAssembledWithinThreeTimesItsBound() {
    int heap = 3 * 64 + REST_MIB;
    try (SmallHeapServer server = SmallHeapServer.start(heap, MESSAGE, MESSAGE);
        RawWebSocket hostile = RawWebSocket.open(server.connect(), EchoServer.WEBSOCKET).begun();
        Others others = new Others(server)) {
      int block = 1 << 14;
      byte[] frames = oneByteFrames(block);
      byte[] first = frames.clone();
      first[0] = 2;
      byte[] last = frames.clone();
      last[7 * (block - 1)] = (byte) 0x80;
      hostile.connection().send(first);
      for (int sent = 2 * block; sent < MESSAGE; sent += block) {
        hostile.connection().send(frames);
      }
      hostile.connection().send(last);
      assertEquals("4bytes " + MESSAGE, hostile.receiveText());
      measured("64 MiB in one-byte fragments", server, others.stop(), (long) heap << 20);
    }
  }

  @Test
  void byDefaultTheSameIsClosedAtTheBoundOfFrames() {
    int heap = REST_MIB;
    try (SmallHeapServer server = SmallHeapServer.start(heap, 1_000_000, 1024);
        Others others = new Others(server)) {
      for (int i = 0; i < 20; i++) {
        try (RawWebSocket hostile =
            RawWebSocket.open(server.connect(), EchoServer.WEBSOCKET).begun()) {
          byte[] frames = oneByteFrames(1025);
          frames[0] = 2;
          hostile.connection().send(frames);
          assertEquals(1008, closeCode(hostile));
        }
      }
      measured("20 times 1,025 fragments", server, others.stop(), (long) heap << 20);
    }
  }

  @Test
  void aGigabyteThatWasDeflatedIsRefusedWithinThreeTimesTheBoundOfMessages() {
    int heap = 3 * 64 + REST_MIB;
    byte[] bomb = bomb();
    try (SmallHeapServer server = SmallHeapServer.start(heap, MESSAGE, 1024);
        Others others = new Others(server)) {
      try (RawWebSocket hostile = deflating(server)) {
        hostile.connection().send(compressed(bomb));
        assertEquals(1009, closeCode(hostile));
      }
      measured("a bomb of 1 GiB, messages to 64 MiB", server, others.stop(), (long) heap << 20);
    }
  }

  @Test
  void byDefaultItIsRefusedAfterAMegabyte() {
    int heap = REST_MIB;
    byte[] bomb = bomb();
    try (SmallHeapServer server = SmallHeapServer.start(heap, 1_000_000, 1024);
        Others others = new Others(server)) {
      for (int i = 0; i < 20; i++) {
        // As a whole its length alone is too much; what begins with it is not.
        byte[] sent = compressed(i % 2 == 0 ? bomb : Arrays.copyOf(bomb, bomb.length / 2));
        try (RawWebSocket hostile = deflating(server)) {
          hostile.connection().send(sent);
          assertEquals(1009, closeCode(hostile));
        }
      }
      measured("20 bombs, messages to 1 MB", server, others.stop(), (long) heap << 20);
    }
  }

  private static RawWebSocket deflating(SmallHeapServer server) {
    List<String> headers = new ArrayList<>(List.of(RawWebSocket.UPGRADE));
    headers.add(DEFLATE);
    RawConnection connection = server.connect();
    connection.get(EchoServer.WEBSOCKET, headers.toArray(String[]::new));
    return RawWebSocket.opened(connection).begun();
  }

  /** Returns one masked frame with RSV1. */
  private static byte[] compressed(byte[] payload) {
    ByteBuffer frame =
        new FrameEncoder(Role.CLIENT, () -> 0x37fa213d).frame(Opcode.BINARY, true, payload);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    bytes[0] |= 0x40;
    return bytes;
  }

  private static int closeCode(RawWebSocket webSocket) {
    RawWebSocket.Frame frame = webSocket.receive();
    assertEquals(8, frame.opcode(), "a Close frame");
    return ByteBuffer.wrap(frame.payload()).getShort();
  }

  /** A gigabyte of zeros as permessage-deflate sends it: a bit more than a megabyte. */
  private static byte[] bomb() {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    byte[] zeros = new byte[1 << 20];
    byte[] out = new byte[2 << 20];
    int size = 0;
    for (int i = 0; i < 1024; i++) {
      deflater.setInput(zeros);
      size +=
          deflater.deflate(
              out, size, out.length - size, i == 1023 ? Deflater.SYNC_FLUSH : Deflater.NO_FLUSH);
    }
    deflater.end();
    return Arrays.copyOf(out, size - 4);
  }
}

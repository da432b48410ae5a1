package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes are compressed messages or refused with {@link ProtocolViolation} and 1007, whatever
 * pieces they come in and however little room there is for what they inflate to; and any messages
 * are compressed within the agreed window and inflated again. The first byte of the input chooses
 * which of the two, takeover and window; the second where the first message ends; the third how
 * long pieces are.
 */
class DeflateFuzzTest {
  private static final int MAX_MESSAGE = 10_000;

  /** What completes a stream that ends with a flush, and a final block of nothing. */
  private static final byte[] END = {0, 0, -1, -1, 1, 0, 0, -1, -1};

  static Stream<byte[]> seeds() {
    // RFC 7692 section 7.2.3: alone, with takeover, stored, final block, two blocks, empty.
    return Stream.of(
            "380700f248cdc9c90700",
            "3e0703f248cdc9c90700f200110000",
            "380b01000500faff48656c6c6f00",
            "380805f348cdc9c9070000",
            "380f02f248050000ffffcac9c90700",
            "38010000",
            "380300ffffff",
            // To be compressed: with the largest window and takeover, with the smallest and alone.
            "3f0600" + "48656c6c6f20".repeat(4),
            "01ff00" + "4142434445464748".repeat(100))
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyBytesAreMessagesOrRefusedAndAnyMessagesComeBack(byte[] data) {
    if (data.length < 3) {
      return;
    }
    boolean takeover = (data[0] & 2) != 0;
    int window = DeflateParameters.MIN_WINDOW_BITS + (data[0] >> 3 & 7);
    DeflateParameters parameters =
        new DeflateParameters(!takeover, !takeover, window, DeflateParameters.MAX_WINDOW_BITS);
    int first = Math.min(data.length, 3 + (data[1] & 0xff));
    List<byte[]> messages =
        List.of(Arrays.copyOfRange(data, 3, first), Arrays.copyOfRange(data, first, data.length));
    if ((data[0] & 1) == 0) {
      List<String> whole = receive(parameters, messages, Integer.MAX_VALUE, MAX_MESSAGE + 1);
      List<String> pieces = receive(parameters, messages, 1 + (data[2] & 0x3f), 7);
      assertEquals(whole, pieces);
    } else {
      comeBack(parameters, messages);
    }
  }

  /** Inflates messages as their receiver does; says what came of each. */
  private static List<String> receive(
      DeflateParameters parameters, List<byte[]> messages, int piece, int step) {
    List<String> log = new ArrayList<>();
    PerMessageDeflate codec = new PerMessageDeflate(Role.SERVER, parameters, 0);
    try {
      for (byte[] message : messages) {
        Inflated inflated = new Inflated(codec, step);
        for (int at = 0; at < message.length; at += Math.min(piece, message.length)) {
          int length = Math.min(piece, message.length - at);
          inflated.add(ByteBuffer.wrap(message, at, length).slice());
        }
        inflated.add(codec.tail());
        codec.end(inflated.bytes, inflated.size);
        log.add(HexFormat.of().formatHex(inflated.bytes, 0, inflated.size));
      }
    } catch (ProtocolViolation refused) {
      assertTrue(
          refused.code() == CloseCode.INVALID_PAYLOAD || refused.code() == CloseCode.TOO_BIG);
      log.add("refused " + refused.code());
    } finally {
      codec.release();
    }
    return log;
  }

  /** A message that is inflated into room that grows step by step, up to the bound. */
  private static final class Inflated {
    final PerMessageDeflate codec;
    final int step;
    byte[] bytes = {};
    int size;

    Inflated(PerMessageDeflate codec, int step) {
      this.codec = codec;
      this.step = step;
    }

    void add(ByteBuffer input) {
      @Nullable ByteBuffer next = input;
      int room;
      int count;
      do {
        if (size == bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(MAX_MESSAGE + 1, bytes.length + step));
        }
        room = bytes.length - size;
        count = codec.inflate(next, bytes, size, room);
        assertTrue(count >= 0 && count <= room, "more than there is room for");
        size += count;
        next = null;
        if (size > MAX_MESSAGE) {
          throw new ProtocolViolation(CloseCode.TOO_BIG, "too big");
        }
      } while (count == room);
    }
  }

  private static void comeBack(DeflateParameters parameters, List<byte[]> messages) {
    PerMessageDeflate out = new PerMessageDeflate(Role.SERVER, parameters, 0);
    PerMessageDeflate in = new PerMessageDeflate(Role.CLIENT, parameters, 0);
    try {
      for (byte[] message : messages) {
        byte[] compressed = out.compress(message, 0, message.length);
        if (compressed == null) {
          // It is better sent as it is.
          continue;
        }
        Inflated inflated = new Inflated(in, 1000);
        inflated.add(ByteBuffer.wrap(compressed));
        inflated.add(in.tail());
        in.end(inflated.bytes, inflated.size);
        assertArrayEquals(message, Arrays.copyOf(inflated.bytes, inflated.size));
        byte[] stream = Arrays.copyOf(compressed, compressed.length + END.length);
        System.arraycopy(END, 0, stream, compressed.length, END.length);
        assertTrue(DeflateDistances.furthest(stream) <= 1 << parameters.serverMaxWindowBits());
      }
    } finally {
      out.release();
      in.release();
    }
  }
}

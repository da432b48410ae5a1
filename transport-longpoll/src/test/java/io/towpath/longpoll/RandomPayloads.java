package io.towpath.longpoll;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random text and batches for tests; the same seed gives the same ones. */
final class RandomPayloads {
  private RandomPayloads() {}

  /** Returns a character of one to four bytes that is neither a surrogate nor the separator. */
  static int codePoint(Random random) {
    switch (random.nextInt(5)) {
      case 0:
        return 0x80 + random.nextInt(0x780);
      case 1:
        return 0x800 + random.nextInt(0xd000);
      case 2:
        return 0x10000 + random.nextInt(0x100000);
      default:
        return 0x20 + random.nextInt(0x5f);
    }
  }

  static String text(Random random, int maxLength) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(maxLength + 1);
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(codePoint(random));
    }
    return text.toString();
  }

  static byte[] bytes(Random random, int maxLength) {
    byte[] bytes = new byte[random.nextInt(maxLength + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Returns a batch of anything that a session may send, of small and of large size. */
  static List<Outgoing> batch(Random random) {
    List<Outgoing> batch = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      int size = random.nextInt(8) == 0 ? 3 * PayloadCodec.SHARED_FROM : 40;
      switch (random.nextInt(6)) {
        case 0:
          batch.add(EnginePacket.PING);
          break;
        case 1:
          batch.add(EnginePacket.NOOP);
          break;
        case 2:
          batch.add(MessageBatch.binary(bytes(random, size)));
          break;
        case 3:
          batch.add(
              MessageBatch.encoded(
                  ("4" + text(random, size)).getBytes(StandardCharsets.UTF_8),
                  List.of(bytes(random, size), bytes(random, 5))));
          break;
        default:
          batch.add(MessageBatch.text(text(random, size)));
      }
    }
    return batch;
  }
}

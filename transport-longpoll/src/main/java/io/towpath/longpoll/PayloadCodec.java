package io.towpath.longpoll;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.PacketException;
import io.towpath.engine.Utf8;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Packets and the body of a request or an answer: packets in text form, separated by U+001E. The
 * separator is not escaped; JSON never contains it. Source: Engine.IO protocol v4, "HTTP
 * long-polling".
 */
public final class PayloadCodec {
  /** What stands between two packets. */
  static final byte SEPARATOR = 0x1e;

  /**
   * Pieces of this many bytes or more stay shared; smaller ones are copied together, because a
   * gathering write costs more than copying them.
   */
  static final int SHARED_FROM = 4096;

  private static final byte[] END_OF_PACKET = {SEPARATOR};

  private PayloadCodec() {}

  /**
   * Returns the body that carries a batch, as pieces that follow each other directly. Large
   * messages are not copied. Any thread.
   *
   * @param batch at least one packet: an empty body is no payload
   */
  public static List<byte[]> encode(List<? extends Outgoing> batch) {
    int count = batch.size();
    if (count == 0) {
      throw new IllegalArgumentException("a payload has at least one packet");
    }
    if (count == 1) {
      return List.of(textForm(batch.get(0)));
    }
    byte[][] forms = new byte[count][];
    for (int i = 0; i < count; i++) {
      forms[i] = textForm(batch.get(i));
    }
    List<byte[]> pieces = new ArrayList<>();
    int next = 0;
    while (next < count) {
      int large = next;
      while (large < count && forms[large].length < SHARED_FROM) {
        large++;
      }
      byte[] run = join(forms, next, large);
      if (run.length > 0) {
        pieces.add(run);
      }
      if (large < count) {
        pieces.add(forms[large]);
      }
      next = large + 1;
    }
    return pieces;
  }

  /**
   * Returns pieces of a stream that carry a batch: each packet is followed by U+001E. Large
   * messages are not copied. Any thread.
   */
  static List<byte[]> encodeStream(List<? extends Outgoing> batch) {
    List<byte[]> pieces = new ArrayList<>(encode(batch));
    pieces.add(END_OF_PACKET);
    return pieces;
  }

  /** Joins small packets, with the separators that stand before, between and after them. */
  private static byte[] join(byte[][] forms, int from, int to) {
    int length = 0;
    for (int i = from; i < to; i++) {
      length = Math.addExact(length, forms[i].length);
    }
    int first = from == 0 ? 1 : from;
    int last = to == forms.length ? to - 1 : to;
    length = Math.addExact(length, last - first + 1);
    byte[] run = new byte[length];
    int at = 0;
    for (int i = from; i < to; i++) {
      if (i > 0) {
        run[at++] = SEPARATOR;
      }
      System.arraycopy(forms[i], 0, run, at, forms[i].length);
      at += forms[i].length;
    }
    if (to > 0 && to < forms.length) {
      run[at] = SEPARATOR;
    }
    return run;
  }

  private static byte[] textForm(Outgoing outgoing) {
    if (outgoing instanceof MessageBatch batch) {
      return batch.pollingForm();
    }
    if (outgoing instanceof EnginePacket packet) {
      return EnginePacketCodec.encode(packet);
    }
    throw new AssertionError(outgoing);
  }

  /**
   * Takes the packets out of one body, one at a time and in order. Text messages are slices of the
   * body. Stops at the first packet that is none: what comes before it has been returned, {@link
   * #violation} says what is wrong. Also stops after a close packet, whatever follows it. Confined
   * to one thread.
   */
  public static final class Decoder implements PollingDialect.Packets {
    private final byte[] body;
    private final int maxPackets;
    private final boolean resumable;

    /** Where the next packet starts; beyond the body after the last one. */
    private int position;

    /** How many packets have been returned. */
    private int packets;

    /** What is wrong with the body; null as long as nothing is. */
    private @Nullable String violation;

    /**
     * Creates a decoder.
     *
     * @param body the whole body; handed over, the packets keep it
     * @param maxPackets how many packets it may have; one more is a violation
     */
    public Decoder(byte[] body, int maxPackets) {
      this(body, maxPackets, false);
    }

    /**
     * Creates a decoder.
     *
     * @param resumable whether the packets of resumable sessions are packets here
     */
    Decoder(byte[] body, int maxPackets, boolean resumable) {
      this.body = body;
      this.maxPackets = maxPackets;
      this.resumable = resumable;
    }

    @Override
    public @Nullable EnginePacket next() {
      if (violation != null || position > body.length) {
        return null;
      }
      if (packets == maxPackets) {
        violation = "too many packets in a payload";
        return null;
      }
      int start = position;
      int end = start;
      while (end < body.length && body[end] != SEPARATOR) {
        end++;
      }
      if (!Utf8.isValid(body, start, end)) {
        violation = "malformed UTF-8";
        return null;
      }
      EnginePacket packet;
      try {
        packet =
            resumable
                ? EnginePacketCodec.decodeResumable(body, start, end - start)
                : EnginePacketCodec.decode(body, start, end - start);
      } catch (PacketException bad) {
        violation = bad.getMessage();
        return null;
      }
      packets++;
      position = packet instanceof EnginePacket.Close ? body.length + 1 : end + 1;
      return packet;
    }

    @Override
    public @Nullable String violation() {
      return violation;
    }
  }
}

package io.towpath.testkit.resume;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The client's numbers: what it keeps, has sent and has received. */
final class Half {
  static final int OVERHEAD = 64;

  /** A transport's place in the numbers. */
  static class Lane {
    /** The number of the next message that it brings; 0 if unset. */
    long next;

    /** The number of the next message that it takes. */
    long cursor = 1;

    /** Whether {@code 8} is due before the next message. */
    boolean markDue;

    /** Whether {@code 8} is due even if no message follows. */
    boolean markNow;
  }

  private final Faults faults;
  private final TreeMap<Long, String> keep = new TreeMap<>();
  private long last;
  private long acked;
  private long sent;
  private long received;
  private long bytes;
  private long peak;
  private long unackedIn;

  Half(Faults faults) {
    this.faults = faults;
  }

  void push(String packet) {
    keep.put(++last, packet);
    bytes += packet.length() + OVERHEAD;
    peak = Math.max(peak, bytes);
  }

  /** Returns false if what is acknowledged was never sent. */
  boolean acknowledge(long number) {
    if (number > sent) {
      return false;
    }
    long upTo = faults.has(Fault.CLIENT_ACK_OFF) ? Math.min(number + 1, sent) : number;
    while (acked < upTo) {
      String packet = keep.remove(++acked);
      bytes -= packet == null ? 0 : packet.length() + OVERHEAD;
    }
    return true;
  }

  /** Takes what may go on a transport, at most so many characters. */
  List<String> take(Lane lane, int most) {
    List<String> out = new ArrayList<>();
    int room = most;
    long base = faults.has(Fault.CLIENT_NO_MAX) ? lane.cursor : Math.max(lane.cursor, acked + 1);
    if (lane.markDue || base != lane.cursor) {
      if (base <= last || lane.markNow) {
        out.add("8" + base);
        lane.markDue = false;
        lane.markNow = false;
      }
      lane.cursor = base;
    }
    while (lane.cursor <= last && room > 0 && mayWrite(lane)) {
      String packet = keep.get(lane.cursor);
      if (packet == null) {
        throw new IllegalStateException("the client reads a message that it has forgotten");
      }
      out.add(packet);
      room -= packet.length();
      lane.cursor++;
      sent = Math.max(sent, lane.cursor - 1);
    }
    return out;
  }

  private boolean mayWrite(Lane lane) {
    long written = 0;
    for (long number = acked + 1; number < lane.cursor; number++) {
      String packet = keep.get(number);
      written += packet == null ? 0 : packet.length() + OVERHEAD;
    }
    return written < Server.BUFFER / 2;
  }

  /** Takes in {@code 8}; returns what is wrong with it, or null. */
  @Nullable String mark(Lane lane, long number) {
    if (number < 1) {
      return "bad mark";
    }
    if (number > received + 1) {
      return "sequence gap";
    }
    lane.next = number;
    return null;
  }

  /** Takes in a message; returns {@code new}, {@code old}, or what is wrong. */
  String arrive(Lane lane, String packet) {
    if (lane.next == 0) {
      return "no mark";
    }
    long number = faults.has(Fault.CLIENT_COUNTS_GLOBALLY) ? received + 1 : lane.next++;
    if (number <= received && !faults.has(Fault.CLIENT_NO_DEDUP)) {
      return "old";
    }
    received = Math.max(number, received);
    unackedIn += packet.length() + OVERHEAD;
    return "new";
  }

  long acked() {
    return acked;
  }

  long sent() {
    return sent;
  }

  long received() {
    return received;
  }

  long bytes() {
    return bytes;
  }

  long peak() {
    return peak;
  }

  boolean isAcked() {
    return acked == last;
  }

  boolean isEmpty() {
    return keep.isEmpty();
  }

  boolean owesAck() {
    return unackedIn > Server.BUFFER / 4;
  }

  void acknowledged() {
    unackedIn = 0;
  }
}

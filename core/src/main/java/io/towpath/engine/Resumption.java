package io.towpath.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of one resumable session: what was written, acknowledged and received, which
 * transport was confirmed last, and for each transport what it brings and takes next. The rules are
 * those of {@code docs/resumable-sessions.md}.
 *
 * <p>Pure: no I/O, no clock, no listener. Not thread safe: guarded by the lock of its session.
 */
class Resumption {
  /** Why a session ends over what its client has sent. */
  enum Violation {
    /** A message or mark that cannot stand where it stands. */
    PROTOCOL_ERROR("protocol error"),
    /** Messages are missing before the next one. */
    SEQUENCE_GAP("sequence gap"),
    /** What was never sent is acknowledged. */
    BAD_ACK("bad ack");

    private final String wording;

    Violation(String wording) {
      this.wording = wording;
    }

    /** Returns the word for it in descriptions. */
    String wording() {
      return wording;
    }
  }

  /** What is done with a message that has arrived. */
  enum Arrival {
    /** It is new, and counted. */
    NEW,
    /** It has arrived before. */
    REPEATED,
    /** Its transport has not said which number it has. */
    UNNUMBERED
  }

  /** The counters of one transport. */
  static class Lane {
    private final long generation;

    /** The number of the next message that it brings; 0 as long as it has not been said. */
    long next;

    /** The number of the next message that it takes. */
    long cursor = 1;

    /** Whether {@code 8} is due before the next message. */
    private boolean markDue;

    /** Whether {@code 8} is due even if no message follows. */
    private boolean markNow;

    Lane(long generation) {
      this.generation = generation;
    }

    /** Returns the generation under which it was offered; 0 for the one that opened the session. */
    long generation() {
      return generation;
    }

    /** Begins another body, whose first message has to be numbered anew. */
    void beginBody() {
      next = 0;
    }
  }

  final Keep keep = new Keep();
  private final long buffer;

  /** The highest number ever written to any transport. */
  long sent;

  /** The highest number that has arrived. */
  long received;

  /** The generation of the transport that was confirmed last. */
  private long confirmed;

  /** Bytes written to the current transport, from what is unacknowledged, with their overhead. */
  private long unacked;

  /** Bytes that have arrived since the last acknowledgement, with their overhead. */
  private long unackedIn;

  /**
   * Creates the numbers of a new session.
   *
   * @param buffer bytes; half of it may be written and unacknowledged
   */
  Resumption(long buffer) {
    this.buffer = buffer;
  }

  /** Returns what was written and not acknowledged. */
  Keep keep() {
    return keep;
  }

  /** Returns the number up to which all messages have arrived. */
  long received() {
    return received;
  }

  /** Returns the generation of the transport that was confirmed last. */
  long confirmed() {
    return confirmed;
  }

  /** Returns whether the peer has acknowledged all that was ever written. */
  boolean isAcked() {
    return keep.acked() == keep.last();
  }

  // Out.

  /** Returns whether a number acknowledges only what was sent. */
  boolean isPossibleAck(long number) {
    return number <= sent;
  }

  /**
   * Forgets what is acknowledged. A lower number than before changes nothing.
   *
   * @param number a {@link #isPossibleAck possible} one
   * @param current the transport that carries the session, or null
   * @return the bytes that are no longer kept
   */
  long acknowledge(long number, @Nullable Lane current) {
    long before = keep.bytes();
    while (keep.acked() < number) {
      long oldest = keep.acked() + 1;
      if (current != null && oldest < current.cursor) {
        unacked -= keep.get(oldest).size() + Keep.OVERHEAD;
      }
      keep.forgetTo(oldest);
    }
    return before - keep.bytes();
  }

  /** The opening transport carries the session: both sides begin with 1. */
  void open(Lane lane) {
    lane.next = 1;
  }

  /**
   * A transport carries the session from now on: it replays what is not acknowledged.
   *
   * @param lane has a generation above {@link #confirmed}, or is a poll that comes back
   */
  void confirm(Lane lane) {
    confirmed = lane.generation;
    lane.markNow = true;
    restart(lane);
  }

  /** A poll that was dead here comes back; its next body says which message comes first. */
  void revive(Lane lane) {
    restart(lane);
  }

  /** The next message on a transport is the first one that is not acknowledged. */
  void restart(Lane lane) {
    lane.cursor = keep.acked() + 1;
    lane.markDue = true;
    unacked = 0;
  }

  /**
   * Takes what may be written to the current transport now: what it has not had yet of what is
   * kept, then what waits, which gets its numbers here. Stops while half of the buffer is written
   * and not acknowledged.
   *
   * @param bodies whether each call makes a body of its own, which repeats what is not acknowledged
   * @param out gets the packets
   */
  void take(Lane lane, boolean bodies, OutboundQueue queue, List<Outgoing> out) {
    if (bodies) {
      restart(lane);
      lane.markNow = false;
    } else if (lane.cursor <= keep.acked()) {
      lane.cursor = keep.acked() + 1;
      lane.markDue = true;
    }
    boolean marked = false;
    while (unacked <= buffer / 2) {
      if (lane.cursor > keep.last()) {
        MessageBatch next = queue.takeOne();
        if (next == null) {
          break;
        }
        if (next.packets() == 1) {
          keep.add(next);
        } else {
          next.parts().forEach(keep::add);
        }
      }
      if (!marked) {
        marked = true;
        mark(lane, out);
      }
      MessageBatch message = keep.get(lane.cursor);
      out.add(message);
      unacked += message.size() + Keep.OVERHEAD;
      sent = Math.max(sent, lane.cursor);
      lane.cursor++;
    }
    if (lane.markNow) {
      mark(lane, out);
    }
  }

  private static void mark(Lane lane, List<Outgoing> out) {
    if (lane.markDue) {
      lane.markDue = false;
      lane.markNow = false;
      out.add(new EnginePacket.Next(lane.cursor));
    }
  }

  /** Returns whether everything that is kept has been written to a transport. */
  boolean isWritten(Lane lane) {
    return lane.cursor > keep.last();
  }

  /** Returns whether the peer is behind with its acknowledgements, so that nothing is written. */
  boolean isPaused() {
    return unacked > buffer / 2;
  }

  // In.

  /** A transport says which message it brings next; returns what is wrong with that, or null. */
  @Nullable Violation mark(Lane lane, long number) {
    if (number < 1) {
      return Violation.PROTOCOL_ERROR;
    }
    if (number > received + 1) {
      return Violation.SEQUENCE_GAP;
    }
    lane.next = number;
    return null;
  }

  /**
   * A message has come on a transport.
   *
   * @param size its bytes
   */
  Arrival arrive(Lane lane, int size) {
    if (lane.next == 0) {
      return Arrival.UNNUMBERED;
    }
    long number = lane.next++;
    if (number <= received) {
      return Arrival.REPEATED;
    }
    received = number;
    unackedIn += size + Keep.OVERHEAD;
    return Arrival.NEW;
  }

  /** Returns whether so much has arrived that an acknowledgement should not wait. */
  boolean owesAck() {
    return unackedIn > buffer / 4;
  }

  /** What has arrived is being acknowledged. */
  void acknowledged() {
    unackedIn = 0;
  }
}

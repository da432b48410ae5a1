package io.towpath.examples.chat;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.socket.Socket;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ten numbered events a second, each way, so that a page can show that none is missing: the
 * server's carry what it has heard of the page's. One for each socket that asks.
 */
final class Counting {
  private static final int PAUSE_MILLIS = 100;

  /**
   * A numbered event to the page.
   *
   * @param number counts from 1
   * @param heard how many of the page's numbers have come, each once
   * @param highest the highest of them
   * @param doubled how many came again, or late
   */
  record Numbered(long number, long heard, long highest, long doubled) {}

  private final Socket socket;

  @GuardedBy("this")
  private long said;

  @GuardedBy("this")
  private long heard;

  @GuardedBy("this")
  private long highest;

  @GuardedBy("this")
  private long doubled;

  private Counting(Socket socket) {
    this.socket = socket;
  }

  /** Counts with a page when it asks. */
  static void welcome(Socket socket, ScheduledExecutorService timer) {
    socket.once("count", () -> new Counting(socket).begin(timer));
  }

  private void begin(ScheduledExecutorService timer) {
    socket.on("number", Long.class, this::hear);
    ScheduledFuture<?> saying =
        timer.scheduleAtFixedRate(this::say, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    socket.onDisconnect(reason -> saying.cancel(false));
  }

  private synchronized void hear(Long number) {
    if (number <= highest) {
      doubled++;
    } else {
      heard++;
      highest = number;
    }
  }

  private void say() {
    Numbered next;
    synchronized (this) {
      next = new Numbered(++said, heard, highest, doubled);
    }
    socket.emit("number", next);
  }
}

package io.towpath.benchmarks;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.server.CorsPolicy;
import io.towpath.server.TowpathServer;
import io.towpath.socket.Ack;
import io.towpath.socket.Socket;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Our half of a conversation: numbered events both ways, to whichever socket came last. The same as
 * {@code conversation-server.mjs}.
 */
final class ConversationServer implements AutoCloseable {
  /**
   * What the server has said and heard.
   *
   * @param sent how many events it has said
   * @param received how many it has heard, each once
   * @param doubled how many it has heard again
   * @param disordered how many came after a later one
   */
  record Report(long sent, long received, long doubled, long disordered) {}

  private final TowpathServer server;
  private final int perSecond;
  private final int seconds;

  @GuardedBy("this")
  private final BitSet heard = new BitSet();

  @GuardedBy("this")
  private @Nullable Socket current;

  @GuardedBy("this")
  private boolean begun;

  @GuardedBy("this")
  private long sent;

  @GuardedBy("this")
  private long doubled;

  @GuardedBy("this")
  private long disordered;

  ConversationServer(int perSecond, int seconds) {
    this.perSecond = perSecond;
    this.seconds = seconds;
    server = TowpathServer.builder().port(0).cors(CorsPolicy.everybody()).build();
    server.onConnection(this::converse);
    server.start();
  }

  int port() {
    return server.address().getPort();
  }

  private void converse(Socket socket) {
    synchronized (this) {
      current = socket;
    }
    socket.on("start", () -> begin());
    socket.on("message", Integer.class, this::take);
    socket.on("report", (arguments, ack) -> answer(ack));
  }

  private void answer(Ack ack) {
    ack.send(report());
  }

  private synchronized Report report() {
    return new Report(sent, heard.cardinality(), doubled, disordered);
  }

  private synchronized void take(Integer number) {
    if (heard.get(number)) {
      doubled++;
      return;
    }
    if (heard.length() > number) {
      disordered++;
    }
    heard.set(number);
  }

  private void begin() {
    synchronized (this) {
      if (begun) {
        return;
      }
      begun = true;
    }
    Thread speaker = new Thread(this::speak, "speaker");
    speaker.setDaemon(true);
    speaker.start();
  }

  private void speak() {
    long start = System.nanoTime();
    long end = TimeUnit.SECONDS.toNanos(seconds);
    long last = 0;
    long elapsed;
    do {
      elapsed = Math.min(System.nanoTime() - start, end);
      while (last < elapsed * perSecond / 1_000_000_000L) {
        Socket to;
        synchronized (this) {
          sent = ++last;
          to = current;
        }
        if (to != null) {
          to.emit("tick", last);
        }
      }
      LockSupport.parkNanos(10_000_000);
    } while (elapsed < end);
  }

  @Override
  public void close() {
    server.stop();
  }
}

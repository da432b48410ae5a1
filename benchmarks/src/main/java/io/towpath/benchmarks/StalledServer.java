package io.towpath.benchmarks;

import com.sun.management.GarbageCollectionNotificationInfo;
import io.towpath.engine.SlowConsumer;
import io.towpath.server.TowpathServer;
import io.towpath.socket.Broadcast;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * A server that broadcasts a numbered event a thousand times a second, once a client asks with
 * {@code go}, and then says what became of its readers. Options are the defaults, but for the
 * policy.
 */
final class StalledServer {
  private static final int PER_SECOND = 1_000;
  private static final int TEXT = 128;

  private final SlowConsumer policy;
  private final int seconds;
  private final TowpathServer server;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final AtomicInteger overBound = new AtomicInteger();
  private final AtomicInteger otherEnds = new AtomicInteger();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong liveBytes = new AtomicLong();

  private StalledServer(Options options, SlowConsumer policy) {
    this.policy = policy;
    this.seconds = options.seconds();
    server =
        TowpathServer.builder()
            .port(options.port())
            .towpath(towpath -> towpath.engine(engine -> engine.slowConsumer(policy)))
            .build();
  }

  static void start(Options options) {
    SlowConsumer policy =
        options.only().isEmpty()
            ? SlowConsumer.DISCONNECT
            : SlowConsumer.valueOf(options.only().get(0).toUpperCase(Locale.ROOT));
    new StalledServer(options, policy).start();
  }

  private void start() {
    watchHeap();
    server.onConnection(
        socket -> {
          socket.onDisconnect(
              (reason, description) -> {
                dropped.addAndGet(socket.droppedMessages());
                boolean bound = "outbound bound reached".equals(description);
                (bound ? overBound : otherEnds).incrementAndGet();
              });
          socket.on(
              "go",
              () -> {
                if (begun.compareAndSet(false, true)) {
                  Thread broadcaster = new Thread(this::broadcast, "broadcaster");
                  broadcaster.setDaemon(true);
                  broadcaster.start();
                }
              });
        });
    server.start();
  }

  private void broadcast() {
    Broadcast everybody =
        policy == SlowConsumer.CONFLATE ? server.of("/").conflate("tick") : server.of("/").to();
    StringBuilder filler = new StringBuilder();
    for (int i = 10; i < TEXT; i++) {
      filler.append((char) ('a' + i * 7 % 26));
    }
    long start = System.nanoTime();
    long sent = 0;
    while (sent < (long) seconds * PER_SECOND) {
      long due = (System.nanoTime() - start) * PER_SECOND / 1_000_000_000L;
      if (sent >= due) {
        LockSupport.parkNanos(200_000);
      }
      for (; sent < due && sent < (long) seconds * PER_SECOND; sent++) {
        everybody.emit("tick", "%010d%s".formatted(sent, filler));
      }
    }
    double took = (System.nanoTime() - start) / 1e9;
    server.of("/").sockets().forEach(socket -> dropped.addAndGet(socket.droppedMessages()));
    System.out.printf(
        Locale.ROOT,
        "sent %d %.1f %d %d %d %d%n",
        sent,
        took,
        overBound.get(),
        otherEnds.get(),
        dropped.get(),
        liveBytes.get());
  }

  /** Keeps the most that was left after any collection. */
  private void watchHeap() {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector)
          .addNotificationListener(
              (notification, handback) -> {
                GarbageCollectionNotificationInfo info =
                    GarbageCollectionNotificationInfo.from(
                        (CompositeData) notification.getUserData());
                long used = 0;
                for (var pool : info.getGcInfo().getMemoryUsageAfterGc().entrySet()) {
                  MemoryUsage usage = pool.getValue();
                  if (pool.getKey().startsWith("G1")
                      || pool.getKey().contains("Gen")
                      || pool.getKey().contains("Space")) {
                    used += usage.getUsed();
                  }
                }
                liveBytes.accumulateAndGet(used, Math::max);
              },
              null,
              null);
    }
  }
}

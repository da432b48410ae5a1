package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records what a transport tells its session, as text that is easy to compare: a packet in its
 * Engine.IO text form ({@code 4hello}, {@code bAQI=}), {@code burst end}, {@code writable}, {@code
 * closed: transport error}. Calls that the contract forbids (two at once, or one after {@code
 * onClosed}) are kept apart in {@link #violations}. Any thread.
 */
public final class TransportEvents implements Transport.Events {
  /** How many upward calls are running now; more than one is a violation. */
  private final AtomicInteger running = new AtomicInteger();

  @GuardedBy("this")
  private final List<String> log = new ArrayList<>();

  @GuardedBy("this")
  private final List<String> violations = new ArrayList<>();

  @GuardedBy("this")
  private @Nullable CloseReason closeReason;

  @GuardedBy("this")
  private @Nullable String closeDescription;

  /** What the test wants done with each packet; set before the transport starts. */
  private Consumer<EnginePacket> packetAction = packet -> {};

  /** What the test wants done at the end of each burst; set before the transport starts. */
  private Runnable burstAction = () -> {};

  /** Creates an empty recorder. */
  public TransportEvents() {}

  /** Runs an action inside every {@code onPacket}, as a session would; call it before the start. */
  public TransportEvents onEachPacket(Consumer<EnginePacket> action) {
    packetAction = action;
    return this;
  }

  /** Runs an action inside every {@code onBurstEnd}; call it before the start. */
  public TransportEvents onEachBurstEnd(Runnable action) {
    burstAction = action;
    return this;
  }

  @Override
  public void onPacket(EnginePacket packet) {
    String text = new String(EnginePacketCodec.encode(packet), StandardCharsets.UTF_8);
    record(text, () -> packetAction.accept(packet));
  }

  @Override
  public void onBurstEnd() {
    record("burst end", burstAction);
  }

  /** Records the call; a writable call may come from within {@code send}, so it may overlap. */
  @Override
  public void onWritable() {
    note("writable");
  }

  @Override
  public void onClosed(CloseReason reason, @Nullable String description) {
    note("closed: " + reason);
    synchronized (this) {
      closeReason = reason;
      closeDescription = description;
    }
  }

  /** Returns everything that was recorded, in order. */
  public synchronized List<String> log() {
    return List.copyOf(log);
  }

  /** Returns the packets only, in order. */
  public List<String> packets() {
    return log().stream()
        .filter(entry -> !entry.equals("burst end"))
        .filter(entry -> !entry.equals("writable"))
        .filter(entry -> !entry.startsWith("closed: "))
        .toList();
  }

  /** Returns how often an entry such as {@code burst end} or {@code writable} was recorded. */
  public int count(String entry) {
    return (int) log().stream().filter(entry::equals).count();
  }

  /** Returns why the transport has ended, or null while it lives. */
  public synchronized @Nullable CloseReason closeReason() {
    return closeReason;
  }

  /** Returns the description given with the end, or null. */
  public synchronized @Nullable String closeDescription() {
    return closeDescription;
  }

  /** Returns what the transport did against its contract; empty if all was well. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  private void record(String entry, Runnable action) {
    if (running.incrementAndGet() > 1) {
      synchronized (this) {
        violations.add("overlapping call: " + entry);
      }
    }
    try {
      note(entry);
      action.run();
    } finally {
      running.decrementAndGet();
    }
  }

  private synchronized void note(String entry) {
    if (closeReason != null) {
      violations.add("after the end: " + entry);
    }
    log.add(entry);
  }
}

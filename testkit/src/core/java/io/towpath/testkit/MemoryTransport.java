package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A transport without a wire: a test plays the peer and the network, and sees what a session does
 * with it. Packets are text as Engine.IO writes them ({@code 4hello}, {@code bAQI=}). What the
 * contract of {@link Transport} forbids a session is kept in {@link #violations}. Any thread.
 */
public final class MemoryTransport implements Transport {
  private final TransportName name;

  /** Whether every write takes the writability away, as a poll's answer does. */
  private final boolean oneWrite;

  @GuardedBy("this")
  private @Nullable Events events;

  @GuardedBy("this")
  private boolean writable;

  @GuardedBy("this")
  private boolean sending;

  @GuardedBy("this")
  private boolean receiving = true;

  /** Whether {@link #close} waits for {@link #finishClose}, as a poll transport without a GET. */
  @GuardedBy("this")
  private boolean closesLate;

  /** Whether packets are being delivered; an end that the session asks for waits for theirs. */
  @GuardedBy("this")
  private boolean bursting;

  /** Whether an end waits for the end of the burst. */
  @GuardedBy("this")
  private boolean endWaits;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private @Nullable String ending;

  @GuardedBy("this")
  private final List<List<String>> writes = new ArrayList<>();

  @GuardedBy("this")
  private final List<String> violations = new ArrayList<>();

  /** What the test wants done inside every {@link #send}. */
  private volatile Runnable sendAction = () -> {};

  /** Who writes what many sessions get; null for whoever has it. */
  private final @Nullable Executor ioThread;

  private MemoryTransport(TransportName name, boolean oneWrite, boolean writable) {
    this(name, oneWrite, writable, null);
  }

  private MemoryTransport(
      TransportName name, boolean oneWrite, boolean writable, @Nullable Executor ioThread) {
    this.ioThread = ioThread;
    this.name = name;
    this.oneWrite = oneWrite;
    this.writable = writable;
  }

  /** Creates a transport that is writable until the test says otherwise. */
  public static MemoryTransport webSocket() {
    return new MemoryTransport(TransportName.WEBSOCKET, false, true);
  }

  /** Creates the same with an I/O thread of the test's. */
  public static MemoryTransport webSocket(Executor ioThread) {
    return new MemoryTransport(TransportName.WEBSOCKET, false, true, ioThread);
  }

  /** Creates a transport that is writable for one write after each {@link #setWritable}. */
  public static MemoryTransport polling() {
    return new MemoryTransport(TransportName.POLLING, true, false);
  }

  /** Creates a stream that is writable until the test says otherwise. */
  public static MemoryTransport stream() {
    return new MemoryTransport(TransportName.STREAM, false, true);
  }

  // What the session calls.

  @Override
  public TransportName name() {
    return name;
  }

  @Override
  public @Nullable Executor ioThread() {
    return ioThread;
  }

  @Override
  public synchronized void start(Events newEvents) {
    if (events != null) {
      violations.add("started twice");
    }
    events = newEvents;
  }

  @Override
  public synchronized boolean isWritable() {
    return writable && !closed;
  }

  @Override
  public void send(List<? extends Outgoing> batch) {
    synchronized (this) {
      if (events == null) {
        violations.add("send before start");
      }
      if (sending) {
        violations.add("send by two threads at once");
      }
      if (!writable && !closed) {
        violations.add("send while not writable");
      }
      sending = true;
      if (oneWrite) {
        writable = false;
      }
    }
    List<String> texts = new ArrayList<>();
    for (Outgoing outgoing : batch) {
      addTexts(outgoing, texts);
    }
    synchronized (this) {
      writes.add(List.copyOf(texts));
    }
    sendAction.run();
    synchronized (this) {
      sending = false;
    }
  }

  private static void addTexts(Outgoing outgoing, List<String> texts) {
    if (outgoing instanceof EnginePacket packet) {
      texts.add(new String(EnginePacketCodec.encode(packet), StandardCharsets.UTF_8));
    } else {
      MessageBatch message = (MessageBatch) outgoing;
      if (message.hasText()) {
        texts.add(new String(message.textPacket(), StandardCharsets.UTF_8));
      }
      for (byte[] binary : message.binaries()) {
        EnginePacket packet = new EnginePacket.Binary(binary);
        texts.add(new String(EnginePacketCodec.encode(packet), StandardCharsets.UTF_8));
      }
    }
  }

  @Override
  public void close() {
    end("close");
  }

  @Override
  public void release() {
    end("release");
  }

  @Override
  public void dismiss(Dismissal why) {
    end(String.valueOf(why.closeCode()));
  }

  private void end(String how) {
    synchronized (this) {
      if (events == null) {
        violations.add(how + " before start");
      }
      if (ending != null || closed) {
        return;
      }
      ending = how;
      if (closesLate && how.equals("close")) {
        return;
      }
      if (bursting) {
        endWaits = true;
        return;
      }
    }
    lose(CloseReason.FORCED_CLOSE);
  }

  @Override
  public synchronized void setReceiving(boolean newReceiving) {
    receiving = newReceiving;
  }

  // What the test calls.

  /** The peer sends packets that arrive together. */
  public void deliver(String... packets) {
    for (String packet : packets) {
      deliverWithinBurst(packet);
    }
    endBurst();
  }

  /** The peer sends a packet that is part of a burst which is not over yet. */
  public void deliverWithinBurst(String packet) {
    synchronized (this) {
      bursting = true;
    }
    byte[] bytes = packet.getBytes(StandardCharsets.UTF_8);
    started().onPacket(EnginePacketCodec.decodeResumable(bytes, 0, bytes.length));
  }

  /** The burst is over. */
  public void endBurst() {
    started().onBurstEnd();
    synchronized (this) {
      bursting = false;
      if (!endWaits) {
        return;
      }
    }
    lose(CloseReason.FORCED_CLOSE);
  }

  /** Makes the transport writable, or takes that away. */
  public void setWritable(boolean newWritable) {
    synchronized (this) {
      boolean changed = newWritable && !writable;
      writable = newWritable;
      if (!changed) {
        return;
      }
    }
    started().onWritable();
  }

  /** The transport ends, for a reason of its own. */
  public void lose(CloseReason reason) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    started().onClosed(reason, null);
  }

  /** Lets {@link #close} wait until {@link #finishClose}. */
  public synchronized void closeLate() {
    closesLate = true;
  }

  /** Ends a close that waits. */
  public void finishClose() {
    lose(CloseReason.FORCED_CLOSE);
  }

  /** Runs an action inside every {@link #send}, after its packets were taken. */
  public void onEachSend(Runnable action) {
    sendAction = action;
  }

  /** Returns the packets of all writes since the last call, in order. */
  public synchronized List<String> sent() {
    List<String> all = writes.stream().flatMap(List::stream).toList();
    writes.clear();
    return all;
  }

  /** Returns the packets of each write since the last call. */
  public synchronized List<List<String>> writes() {
    List<List<String>> all = List.copyOf(writes);
    writes.clear();
    return all;
  }

  /** Returns whether the session wants packets. */
  public synchronized boolean isReceiving() {
    return receiving;
  }

  /**
   * Returns {@code close}, {@code release} or the code of a dismissal, whichever the session called
   * first, or null.
   */
  public synchronized @Nullable String ending() {
    return ending;
  }

  /** Returns what the session did against the contract; empty if all was well. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  private synchronized Events started() {
    return Objects.requireNonNull(events, "not started");
  }
}

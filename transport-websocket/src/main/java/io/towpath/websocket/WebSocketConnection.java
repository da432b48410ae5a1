package io.towpath.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.Scheduler;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open WebSocket, RFC 6455 after the opening handshake, for either role: bytes of a {@link
 * ByteLink} become messages, messages become bytes; pings are answered, the closing handshake and
 * the deadlines are kept.
 *
 * <p><b>How it ends.</b> The {@link WebSocketListener} is told once, as soon as nothing more can
 * come: when the peer's Close frame arrives, when the peer breaks a rule, when the connection is
 * lost, when a deadline passes, or when our own close has been answered. The rest (our Close frame,
 * the half-close, waiting for the peer's end, at most {@link WebSocketOptions#closeTimeout}) goes
 * on beneath. The server ends the TCP connection first (section 7.1.1), with a half-close, so that
 * the Close frame is not overtaken by a reset; or at once, if both Close frames have gone their way
 * and the link says that nothing is left ({@link ByteLink#finish}).
 *
 * <p><b>Threads.</b> Messages are delivered on the link's thread, one at a time, with no lock held;
 * only {@link WebSocketListener#onClosed} may come on a thread of the scheduler, or of who calls
 * {@link #abort}. Any thread may send and close.
 */
public final class WebSocketConnection {
  private static final Logger log = LoggerFactory.getLogger(WebSocketConnection.class);

  /** How long a compressor is kept for the next message. */
  private static final Duration KEEP_DEFLATER = Duration.ofMinutes(1);

  private final Role role;
  private final ByteLink link;
  private final WebSocketOptions options;
  private final Scheduler scheduler;
  private final WebSocketReceiver receiver;
  private final FrameWriter writer;

  /** Null if messages are never compressed. */
  private final @Nullable PerMessageDeflate deflate;

  /** Hears the writer; also the lock. */
  private final Wires wires = new Wires();

  /** Null until the first deadline is set, which most connections never do. */
  @GuardedBy("wires")
  private @Nullable Deadlines deadlines;

  /** Whether no deadline is set any more. */
  @GuardedBy("wires")
  private boolean timeless;

  /**
   * Whether messages are delivered; false for good once a Close frame is on its way, or none can.
   */
  private volatile boolean open = true;

  /** Null until the first Close frame, or the loss of the connection. */
  @GuardedBy("wires")
  private @Nullable CloseHandshake handshake;

  /** Whether the listener has been told of the end. */
  @GuardedBy("wires")
  private boolean ended;

  private WebSocketConnection(
      Role role,
      ByteLink link,
      Scheduler scheduler,
      WebSocketOptions options,
      @Nullable DeflateParameters compression,
      IntSupplier keys) {
    this.role = role;
    this.link = link;
    this.options = options;
    this.scheduler = scheduler;
    this.deflate =
        compression == null
            ? null
            : new PerMessageDeflate(role, compression, options.deflate().threshold());
    this.receiver = new WebSocketReceiver(this, role, options, deflate);
    this.writer =
        new FrameWriter(
            link, FrameEncoder.of(role, keys), deflate, options.maxPendingControlFrames(), wires);
  }

  /** Creates the server's end, without compression. */
  public static WebSocketConnection server(
      ByteLink link, Scheduler scheduler, WebSocketOptions options) {
    return server(link, scheduler, options, null);
  }

  /**
   * Creates the server's end.
   *
   * @param compression what the opening handshake agreed on, or null for none
   */
  public static WebSocketConnection server(
      ByteLink link,
      Scheduler scheduler,
      WebSocketOptions options,
      @Nullable DeflateParameters compression) {
    return new WebSocketConnection(Role.SERVER, link, scheduler, options, compression, () -> 0);
  }

  /**
   * Creates the client's end.
   *
   * @param compression what the opening handshake agreed on, or null for none
   * @param keys where masking keys come from; in earnest, a {@code SecureRandom} (section 10.3)
   */
  public static WebSocketConnection client(
      ByteLink link,
      Scheduler scheduler,
      WebSocketOptions options,
      @Nullable DeflateParameters compression,
      IntSupplier keys) {
    return new WebSocketConnection(Role.CLIENT, link, scheduler, options, compression, keys);
  }

  /** Connects this connection to its owner and begins to read; called once, first. */
  public void start(WebSocketListener to) {
    receiver.start(to);
    link.start(receiver);
  }

  /** Returns the thread that messages are delivered on, if its link names it; null if not. */
  @Nullable Executor ioThread() {
    return link.ioThread();
  }

  /** Returns whether what is sent now leaves at once, as far as is known. A hint; any thread. */
  public boolean isWritable() {
    return open && !writer.isStuck();
  }

  /**
   * Sends a text message. Any thread; never blocks. Ignored once the connection closes.
   *
   * @param utf8 holds the message; must be valid UTF-8 and not change until it is written
   */
  public void sendText(byte[] utf8, int offset, int length) {
    writer.message(Opcode.TEXT, utf8, offset, length);
    writer.flush();
  }

  /** Sends a binary message; see {@link #sendText}. */
  public void sendBinary(byte[] bytes) {
    writer.message(Opcode.BINARY, bytes, 0, bytes.length);
    writer.flush();
  }

  /**
   * Sends a ping, before any message that waits.
   *
   * @throws IllegalArgumentException if the payload is longer than 125 bytes
   */
  public void ping(byte[] payload) {
    if (payload.length > 125) {
      throw new IllegalArgumentException("ping too long: " + payload.length + " bytes");
    }
    writer.control(Opcode.PING, payload);
    writer.flush();
  }

  /**
   * Queues a message without writing; {@link #flush} writes all that is queued together.
   *
   * @param compressible whether it may be compressed
   */
  void queue(Opcode opcode, byte[] bytes, int offset, int length, boolean compressible) {
    writer.message(opcode, bytes, offset, length, compressible);
  }

  /** Writes what is queued. */
  void flush() {
    writer.flush();
  }

  /**
   * Closes with a Close frame after everything that was sent before. Any thread; only the first
   * call counts.
   *
   * @param status {@link CloseStatus#NONE} for an empty frame
   * @throws IllegalArgumentException if it may not be sent; see {@link CloseCode#mayTravel}
   */
  public void close(CloseStatus status) {
    beginClose(status.encode());
  }

  /** Drops the connection at once, without a Close frame. Any thread. */
  public void abort() {
    dropLink();
    end(new Ending(Ending.Cause.LOCAL_CLOSE, CloseStatus.LOST, "aborted"));
  }

  /**
   * Stops or resumes reading, so that a peer that is too fast is slowed down by the network. What
   * has been read already is still delivered. A closing connection reads. Any thread.
   */
  public void setReceiving(boolean receiving) {
    if (receiving || !open) {
      link.resumeReads();
    } else {
      link.suspendReads();
    }
  }

  /** Returns how many bytes are reserved for the message under way; for tests. */
  int reservedBytes() {
    return receiver.reservedBytes();
  }

  /** Returns whether a compressor is kept for the next message; for tests. */
  boolean keepsDeflater() {
    return deflate != null && deflate.keepsDeflater();
  }

  @Override
  public String toString() {
    return "WebSocket " + link;
  }

  // For the receiver.

  /** Whether messages are delivered. Any thread. */
  boolean isOpen() {
    return open;
  }

  /** Answers a ping, section 5.5.2: due unless a Close frame has come; dropped after ours. */
  void queuePong(byte[] payload) {
    writer.control(Opcode.PONG, payload);
  }

  /** The link takes bytes again. */
  void onLinkWritable() {
    writer.onWritable();
  }

  /** Gives the message under way its deadline. */
  void timeMessage() {
    setDeadline(Deadlines.Kind.ASSEMBLY, options.assemblyTimeout());
  }

  /** The message that has its deadline is complete. */
  void messageInTime() {
    clearDeadline(Deadlines.Kind.ASSEMBLY);
  }

  // Closing, RFC 6455 section 7.

  private void beginClose(byte[] payload) {
    boolean first;
    synchronized (wires) {
      first = handshake().begin();
    }
    if (first) {
      open = false;
      setDeadline(Deadlines.Kind.CLOSE, options.closeTimeout());
      writer.close(payload);
      writer.flush();
      link.resumeReads();
    }
  }

  /** Section 7.1.7: tell the peer, look at nothing that follows, end the connection. */
  void fail(ProtocolViolation violation) {
    receiver.stop();
    String words = violation.reason();
    log.info("{}: closing with {}: {}", this, violation.code().code(), words);
    CloseStatus status = new CloseStatus(violation.code().code(), words);
    beginClose(status.encode());
    shutDownAfterClose();
    end(new Ending(Ending.Cause.VIOLATION, status, words));
  }

  /** The peer's Close frame has come; nothing is read after it. */
  void onCloseFrame(byte[] payload, CloseStatus status) {
    boolean answer;
    synchronized (wires) {
      if (handshake().state() == CloseHandshake.State.CLOSED) {
        // Another thread has dropped the link meanwhile.
        return;
      }
      answer = handshake().receive(status);
    }
    if (answer) {
      open = false;
      // Section 5.5.1: the answer typically repeats the code.
      byte[] code = payload.length < 2 ? payload : new byte[] {payload[0], payload[1]};
      writer.close(code);
      link.resumeReads();
    }
    end(
        answer
            ? new Ending(Ending.Cause.PEER_CLOSE, status, "closed by the peer")
            : new Ending(Ending.Cause.LOCAL_CLOSE, status, "closed"));
    if (role == Role.SERVER) {
      shutDownAfterClose();
    }
    writer.flush();
    if (answer) {
      // Most often all is over by now, and there is nothing to wait for.
      setDeadline(Deadlines.Kind.CLOSE, options.closeTimeout());
    }
  }

  /** The link has ended, or has failed. */
  void lost(String description) {
    boolean closing;
    synchronized (wires) {
      closing = handshake().state() != CloseHandshake.State.OPEN;
    }
    dropLink();
    end(
        new Ending(
            closing ? Ending.Cause.LOCAL_CLOSE : Ending.Cause.LOST, CloseStatus.LOST, description));
  }

  /** Half-closes the link as soon as our Close frame has left, now or later. */
  private void shutDownAfterClose() {
    boolean now;
    synchronized (wires) {
      now = handshake().mayEnd();
    }
    if (now) {
      shutDown();
    }
  }

  /** Our Close frame has left. After the peer's, too, the whole connection may end at once. */
  private void shutDown() {
    boolean both;
    synchronized (wires) {
      both = handshake().state() == CloseHandshake.State.CLOSED;
    }
    if (both && link.finish()) {
      dropLink();
    } else {
      link.shutdownWrites();
    }
  }

  /** The link is of no use any more: nothing is written, read or timed from here on. */
  private void dropLink() {
    open = false;
    receiver.stop();
    Deadlines set;
    synchronized (wires) {
      handshake().lost();
      timeless = true;
      set = deadlines;
    }
    if (set != null) {
      set.stop();
    }
    link.abort();
    writer.discard();
    if (deflate != null) {
      deflate.release();
    }
  }

  private void end(Ending ending) {
    synchronized (wires) {
      if (ended) {
        return;
      }
      ended = true;
    }
    open = false;
    receiver.tell(ending);
  }

  @GuardedBy("wires")
  private CloseHandshake handshake() {
    if (handshake == null) {
      handshake = new CloseHandshake();
    }
    return handshake;
  }

  private void setDeadline(Deadlines.Kind kind, Duration fromNow) {
    Deadlines to;
    synchronized (wires) {
      if (deadlines == null && !timeless) {
        deadlines = new Deadlines(scheduler, this::onExpired);
      }
      to = deadlines;
    }
    if (to != null) {
      to.set(kind, fromNow);
    }
  }

  private void clearDeadline(Deadlines.Kind kind) {
    Deadlines to;
    synchronized (wires) {
      to = deadlines;
    }
    if (to != null) {
      to.clear(kind);
    }
  }

  private void onExpired(Deadlines.Kind kind) {
    switch (kind) {
      case WRITE -> {
        log.info("{}: the peer takes nothing; aborted", this);
        dropLink();
        end(new Ending(Ending.Cause.WRITE_TIMEOUT, CloseStatus.LOST, "write timeout"));
      }
      case CLOSE -> {
        dropLink();
        end(new Ending(Ending.Cause.LOCAL_CLOSE, CloseStatus.LOST, "close timeout"));
      }
      case ASSEMBLY -> {
        if (open) {
          fail(new ProtocolViolation(CloseCode.POLICY_VIOLATION, "message took too long"));
        }
      }
      case COMPRESSOR -> {
        if (deflate != null) {
          deflate.releaseIdle();
        }
      }
    }
  }

  /** Runs a call of the listener; what it throws ends the connection and goes no further. */
  void guarded(Runnable call) {
    if (!open) {
      return;
    }
    try {
      call.run();
    } catch (RuntimeException broken) {
      failOver(broken);
    }
  }

  /** Ends the connection over a bug of its owner: the one place where a stack trace is due. */
  void failOver(RuntimeException broken) {
    log.error("{}: listener failed", this, broken);
    fail(new ProtocolViolation(CloseCode.INTERNAL_ERROR, "internal error"));
  }

  /** What the writer tells. */
  private final class Wires implements FrameWriter.Events {
    @Override
    public void onStuck() {
      setDeadline(Deadlines.Kind.WRITE, options.writeTimeout());
    }

    @Override
    public void onProgress() {
      setDeadline(Deadlines.Kind.WRITE, options.writeTimeout());
    }

    @Override
    public void onUnstuck() {
      clearDeadline(Deadlines.Kind.WRITE);
    }

    @Override
    public void onWrittenOut() {
      guarded(receiver.listener()::onWritable);
    }

    @Override
    public void onCompressed() {
      if (keepsDeflater()) {
        setDeadline(Deadlines.Kind.COMPRESSOR, KEEP_DEFLATER);
      }
    }

    @Override
    public void onCloseWritten() {
      boolean now;
      synchronized (wires) {
        now = handshake().written();
      }
      if (now) {
        shutDown();
      }
    }
  }
}

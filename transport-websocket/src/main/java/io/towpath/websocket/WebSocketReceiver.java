package io.towpath.websocket;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a {@link WebSocketConnection}: what its link brings goes through the
 * decoder and the assembler to the listener, and is answered by the connection where the protocol
 * wants it. Called on the link's thread, but for {@link #stop} and {@link #tell}.
 */
final class WebSocketReceiver implements ByteLink.Events, MessageAssembler.Messages {
  private final WebSocketConnection connection;
  private final FrameDecoder decoder;
  private final MessageAssembler assembler;

  /** Null until {@link #start}; set before anything can arrive. */
  private @Nullable WebSocketListener listener;

  /** Whether bytes are still looked at; false for good once {@link #stop} is called. */
  private volatile boolean reading = true;

  // The link's thread only.

  /** Whether a message has been delivered since the last end of a burst. */
  private boolean delivered;

  /** Whether the message under way has its deadline. */
  private boolean assemblyTimed;

  /**
   * Creates the receiving half.
   *
   * @param role this end's
   * @param deflate null if messages are never compressed
   */
  WebSocketReceiver(
      WebSocketConnection connection,
      Role role,
      WebSocketOptions options,
      @Nullable PerMessageDeflate deflate) {
    this.connection = connection;
    this.assembler =
        new MessageAssembler(options.maxMessageBytes(), options.maxFragments(), deflate, this);
    boolean compressed = deflate != null;
    int frameBytes = options.maxFrameBytes();
    this.decoder =
        new FrameDecoder(
            role,
            compressed ? MessageAssembler.compressedLimit(frameBytes, 1) : frameBytes,
            compressed,
            assembler);
  }

  /** Says who gets the messages; called once, first. */
  void start(WebSocketListener to) {
    listener = to;
  }

  /**
   * Looks at nothing more that comes: after a violation, the peer's Close frame, or the loss of the
   * connection. Any thread.
   */
  void stop() {
    reading = false;
  }

  /** Tells the listener of the end, if there is one yet. Called once; any thread. */
  void tell(Ending ending) {
    WebSocketListener to = listener;
    // A connection that was never started has nobody to tell.
    if (to != null) {
      to.onClosed(ending);
    }
  }

  /**
   * Returns the listener.
   *
   * @throws IllegalStateException before {@link #start}
   */
  WebSocketListener listener() {
    if (listener == null) {
      throw new IllegalStateException("not started");
    }
    return listener;
  }

  /** Returns how many bytes are reserved for the message under way; for tests. */
  int reservedBytes() {
    return assembler.reservedBytes();
  }

  // The link.

  @Override
  public void onReadable(ByteBuffer bytes) {
    if (!reading) {
      bytes.position(bytes.limit());
      return;
    }
    try {
      decoder.decode(bytes);
    } catch (ProtocolViolation violation) {
      decoder.stop();
      connection.fail(violation);
    } catch (RuntimeException broken) {
      // The owner's fault, not the peer's.
      decoder.stop();
      connection.failOver(broken);
    }
    bytes.position(bytes.limit());
  }

  @Override
  public void onReadEnd() {
    timeAssembly();
    if (delivered) {
      delivered = false;
      connection.guarded(listener()::onBurstEnd);
    }
    // Pongs and Close frames wait until here, so that they leave with what the burst caused.
    connection.flush();
  }

  /** Gives a message that has not arrived in one burst its deadline. */
  private void timeAssembly() {
    if (assemblyTimed || !connection.isOpen() || !assembler.isAssembling()) {
      return;
    }
    assemblyTimed = true;
    connection.timeMessage();
  }

  @Override
  public void onWritable() {
    connection.onLinkWritable();
  }

  @Override
  public void onEnd() {
    connection.lost("connection closed without a Close frame");
  }

  @Override
  public void onFailed(String description) {
    connection.lost(description);
  }

  // The assembler.

  @Override
  public void onText(byte[] bytes, int offset, int length) {
    if (messageEnds()) {
      listener().onText(bytes, offset, length);
    }
  }

  @Override
  public void onBinary(byte[] bytes) {
    if (messageEnds()) {
      listener().onBinary(bytes);
    }
  }

  private boolean messageEnds() {
    if (assemblyTimed) {
      assemblyTimed = false;
      connection.messageInTime();
    }
    boolean open = connection.isOpen();
    delivered |= open;
    return open;
  }

  @Override
  public void onPing(byte[] payload) {
    connection.queuePong(payload);
    if (connection.isOpen()) {
      listener().onPing(payload);
    }
  }

  @Override
  public void onPong(byte[] payload) {
    if (connection.isOpen()) {
      listener().onPong(payload);
    }
  }

  @Override
  public void onClose(byte[] payload) {
    CloseStatus status = CloseStatus.decode(payload);
    stop();
    decoder.stop();
    connection.onCloseFrame(payload, status);
  }
}

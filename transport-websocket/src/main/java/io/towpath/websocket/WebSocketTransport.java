package io.towpath.websocket;

import io.towpath.engine.CloseReason;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.PacketException;
import io.towpath.engine.Scheduler;
import io.towpath.engine.Transport;
import io.towpath.engine.TransportName;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Engine.IO over one WebSocket: each packet is one message, text in its Engine.IO form, binary as
 * its bytes alone. Source: Engine.IO protocol v4, and the behaviour of the reference server.
 *
 * <p>A list that is sent is written together, as much as fits into one buffer at a time. The text
 * of a {@link MessageBatch} is copied straight behind its frame's header; nothing else is made.
 *
 * <p>How it ends, as the session is told: the peer's Close frame, or a lost connection, is {@link
 * CloseReason#TRANSPORT_CLOSE}; a broken rule of RFC 6455, a message that is too big, or a write
 * that got stuck {@link CloseReason#TRANSPORT_ERROR}; what is no packet {@link
 * CloseReason#PARSE_ERROR}, with a Close frame without a code, as the reference sends it.
 */
public final class WebSocketTransport implements Transport {
  /** Whether an upward call is running, and whether one may follow. */
  private static final int IDLE = 0;

  private static final int DELIVERING = 1;
  private static final int ENDING = 2;
  private static final int ENDED = 3;

  /** The type of a message in front of its bytes. */
  private static final byte REVISION_3_MESSAGE = 4;

  private static final byte[] GOODBYE = {'1'};

  private static final Logger log = LoggerFactory.getLogger(WebSocketTransport.class);

  private static final VarHandle UPWARD;
  private static final VarHandle END;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      UPWARD = lookup.findVarHandle(WebSocketTransport.class, "upward", int.class);
      END = lookup.findVarHandle(WebSocketTransport.class, "end", End.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final WebSocketConnection connection;
  private final Binary binary;

  /**
   * Keeps {@code onClosed} apart from other upward calls without a lock: an end that comes during
   * one is told after it.
   */
  @SuppressWarnings("UnusedVariable") // read through UPWARD
  private volatile int upward = IDLE;

  /** How this transport ended; null while it lives. The first to set it wins. */
  private volatile @Nullable End end;

  /** Null until {@link #start}; set before anything can arrive. */
  private @Nullable Events events;

  /** How binary messages travel. */
  public enum Binary {
    /** Revision 4: a binary frame with the bytes alone. */
    PLAIN,
    /** As {@link #PLAIN}, in a resumable session, which has packets of its own. */
    RESUMABLE,
    /** Revision 4, and the client has asked for text: {@code b} and base64. */
    BASE64,
    /** Revision 3: a binary frame with the bytes behind the packet's type. */
    TYPED,
    /** Revision 3, and the client has asked for text: {@code b4} and base64. */
    TYPED_BASE64;

    /** Returns what the opening request of a session asks for. */
    public static Binary of(int protocol, boolean base64) {
      if (protocol == 3) {
        return base64 ? TYPED_BASE64 : TYPED;
      }
      return base64 ? BASE64 : PLAIN;
    }

    private boolean isRevision3() {
      return this == TYPED || this == TYPED_BASE64;
    }
  }

  /** What the session is told in the end. */
  private record End(CloseReason reason, String description) {}

  /** Creates the transport of a connection that is not started yet. */
  public WebSocketTransport(WebSocketConnection connection) {
    this(connection, Binary.PLAIN);
  }

  /** Creates the transport of a connection that is not started yet. */
  public WebSocketTransport(WebSocketConnection connection, Binary binary) {
    this.connection = connection;
    this.binary = binary;
  }

  /** Creates the server's end over a link that is not started yet. */
  public WebSocketTransport(ByteLink link, Scheduler scheduler, WebSocketOptions options) {
    this(WebSocketConnection.server(link, scheduler, options));
  }

  @Override
  public TransportName name() {
    return TransportName.WEBSOCKET;
  }

  @Override
  public @Nullable Executor ioThread() {
    return connection.ioThread();
  }

  @Override
  public void start(Events to) {
    events = to;
    connection.start(new Received());
  }

  @Override
  public boolean isWritable() {
    return end == null && connection.isWritable();
  }

  @Override
  public void send(List<? extends Outgoing> batch) {
    for (Outgoing outgoing : batch) {
      if (outgoing instanceof MessageBatch message) {
        queue(message);
      } else if (outgoing instanceof EnginePacket.Binary message) {
        queueBinary(message.bytes(), true);
      } else if (outgoing instanceof EnginePacket packet) {
        byte[] text = EnginePacketCodec.encode(packet);
        connection.queue(Opcode.TEXT, text, 0, text.length, true);
      } else {
        throw new AssertionError(outgoing);
      }
    }
    connection.flush();
  }

  private void queue(MessageBatch message) {
    boolean compressible = message.isCompressible();
    if (message.hasText()) {
      byte[] text = message.textPacket();
      connection.queue(Opcode.TEXT, text, 0, text.length, compressible);
    }
    List<byte[]> binaries = message.binaries();
    for (int i = 0; i < binaries.size(); i++) {
      queueBinary(binaries.get(i), compressible);
    }
  }

  private void queueBinary(byte[] bytes, boolean compressible) {
    switch (binary) {
      case PLAIN, RESUMABLE:
        connection.queue(Opcode.BINARY, bytes, 0, bytes.length, compressible);
        break;
      case TYPED:
        byte[] typed = new byte[bytes.length + 1];
        typed[0] = REVISION_3_MESSAGE;
        System.arraycopy(bytes, 0, typed, 1, bytes.length);
        connection.queue(Opcode.BINARY, typed, 0, typed.length, compressible);
        break;
      default:
        String prefix = binary == Binary.BASE64 ? "b" : "b4";
        byte[] text =
            (prefix + Base64.getEncoder().encodeToString(bytes))
                .getBytes(StandardCharsets.ISO_8859_1);
        connection.queue(Opcode.TEXT, text, 0, text.length, compressible);
    }
  }

  @Override
  public void close() {
    connection.close(CloseStatus.NONE);
    end(CloseReason.FORCED_CLOSE, "closed");
  }

  @Override
  public void release() {
    connection.close(CloseStatus.NONE);
    end(CloseReason.FORCED_CLOSE, "released");
  }

  @Override
  public void dismiss(Dismissal why) {
    if (why == Dismissal.SESSION_OVER && end == null) {
      connection.sendText(GOODBYE, 0, GOODBYE.length);
    }
    connection.close(new CloseStatus(why.closeCode(), ""));
    end(CloseReason.FORCED_CLOSE, "dismissed");
  }

  @Override
  public void setReceiving(boolean receiving) {
    connection.setReceiving(receiving);
  }

  @Override
  public String toString() {
    return connection.toString();
  }

  private void end(CloseReason reason, String description) {
    if (!END.compareAndSet(this, null, new End(reason, description))) {
      return;
    }
    while (true) {
      if (UPWARD.compareAndSet(this, DELIVERING, ENDING)) {
        // Whoever delivers tells it afterwards.
        return;
      }
      if (UPWARD.compareAndSet(this, IDLE, ENDED)) {
        tellEnd();
        return;
      }
    }
  }

  private boolean enter() {
    return end == null && UPWARD.compareAndSet(this, IDLE, DELIVERING);
  }

  private void leave() {
    if (!UPWARD.compareAndSet(this, DELIVERING, IDLE)) {
      upward = ENDED;
      tellEnd();
    }
  }

  private void tellEnd() {
    End told = end;
    Events to = events;
    // A transport that was never started has nobody to tell.
    if (told != null && to != null) {
      to.onClosed(told.reason, told.description);
    }
  }

  private Events events() {
    if (events == null) {
      throw new IllegalStateException("not started");
    }
    return events;
  }

  /** What the connection tells. */
  private final class Received implements WebSocketListener {
    @Override
    public void onText(byte[] bytes, int offset, int length) {
      EnginePacket packet;
      try {
        packet =
            switch (binary) {
              case PLAIN, BASE64 -> EnginePacketCodec.decode(bytes, offset, length);
              case RESUMABLE -> EnginePacketCodec.decodeResumable(bytes, offset, length);
              case TYPED, TYPED_BASE64 -> EnginePacketCodec.decodeRevision3(bytes, offset, length);
            };
      } catch (PacketException noPacket) {
        noPacket(String.valueOf(noPacket.getMessage()));
        return;
      }
      deliver(packet);
    }

    private void noPacket(String description) {
      log.info("{}: closing: {}", connection, description);
      connection.close(CloseStatus.NONE);
      end(CloseReason.PARSE_ERROR, description);
    }

    @Override
    public void onBinary(byte[] bytes) {
      if (!binary.isRevision3()) {
        deliver(new EnginePacket.Binary(bytes));
      } else if (bytes.length > 0 && bytes[0] == REVISION_3_MESSAGE) {
        deliver(new EnginePacket.Binary(Arrays.copyOfRange(bytes, 1, bytes.length)));
      } else {
        noPacket("a binary packet that is no message");
      }
    }

    private void deliver(EnginePacket packet) {
      if (enter()) {
        try {
          events().onPacket(packet);
        } finally {
          leave();
        }
      }
    }

    @Override
    public void onBurstEnd() {
      if (enter()) {
        try {
          events().onBurstEnd();
        } finally {
          leave();
        }
      }
    }

    @Override
    public void onWritable() {
      if (enter()) {
        try {
          events().onWritable();
        } finally {
          leave();
        }
      }
    }

    @Override
    public void onClosed(Ending ending) {
      CloseReason reason =
          switch (ending.cause()) {
            case LOCAL_CLOSE -> CloseReason.FORCED_CLOSE;
            case PEER_CLOSE, LOST -> CloseReason.TRANSPORT_CLOSE;
            case VIOLATION, WRITE_TIMEOUT -> CloseReason.TRANSPORT_ERROR;
          };
      if (binary == Binary.RESUMABLE && ending.status().code() == CloseCode.TOO_BIG.code()) {
        // A replay would bring the same message again.
        end(CloseReason.PARSE_ERROR, "too large");
        return;
      }
      end(reason, ending.description());
    }
  }
}

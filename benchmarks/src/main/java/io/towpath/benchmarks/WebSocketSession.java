package io.towpath.benchmarks;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A Socket.IO session over WebSocket, as small as a client can be: masked text frames out,
 * unfragmented text frames in, the server's pings answered; if asked for, messages acknowledged as
 * in a resumable session, or inflated.
 */
final class WebSocketSession extends LoadConnection implements Session {
  /** What the client asks the server for. */
  enum Kind {
    /** Nothing but Socket.IO. */
    PLAIN,
    /** A session that could be resumed. */
    RESUMABLE,
    /** Compressed answers; what it sends itself is not compressed. */
    DEFLATE
  }

  /** After so many messages a resumable session says that it has them. */
  private static final int MESSAGES_PER_ACK = 100;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int MASK = 0x5a17c33d;
  private static final long LONG_MASK = (MASK & 0xffff_ffffL) << 32 | (MASK & 0xffff_ffffL);
  private static final byte[] CONNECT = {'0'};

  private final Listener listener;
  private final byte[] request;
  private final Kind kind;
  private final @Nullable Inflating inflating;
  private boolean upgraded;
  private boolean connected;
  private long received;

  WebSocketSession(LoadLoop loop, Listener listener) {
    this(loop, listener, Kind.PLAIN);
  }

  WebSocketSession(LoadLoop loop, Listener listener, Kind kind) {
    super(loop);
    this.listener = listener;
    this.kind = kind;
    this.inflating = kind == Kind.DEFLATE ? new Inflating() : null;
    request =
        """
        GET /socket.io/?EIO=4&transport=websocket%s HTTP/1.1
        Host: 127.0.0.1:%d
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Version: 13
        %s
        """
            .formatted(
                kind == Kind.RESUMABLE ? "&towpath=1" : "",
                loop.server().getPort(),
                kind == Kind.DEFLATE ? "Sec-WebSocket-Extensions: permessage-deflate\n" : "")
            .replace("\n", "\r\n")
            .getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  void connected() {
    write(request);
  }

  @Override
  int take(byte[] bytes, int length) {
    int at = 0;
    if (!upgraded) {
      at = HttpResponse.headEnd(bytes, 0, length);
      if (at < 0) {
        return 0;
      }
      if (HttpResponse.status(bytes, 0) != 101) {
        throw new LoadFailure("upgrade refused with status " + HttpResponse.status(bytes, 0));
      }
      if (inflating != null && !HttpResponse.headHas(bytes, at, "permessage-deflate")) {
        throw new LoadFailure("the server does not compress");
      }
      upgraded = true;
    }
    while (!isClosed()) {
      int next = frame(bytes, at, length);
      if (next < 0) {
        break;
      }
      at = next;
    }
    return isClosed() ? length : at;
  }

  /** Takes one frame; returns where the next one starts, or -1 if this one is not whole yet. */
  private int frame(byte[] bytes, int at, int length) {
    if (length - at < 2) {
      return -1;
    }
    int size = bytes[at + 1] & 0xff;
    int start = at + 2;
    if (size == 126) {
      start = at + 4;
      if (length < start) {
        return -1;
      }
      size = (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    } else if (size > 126) {
      throw new LoadFailure("a masked frame, or one of more than 64 KiB");
    }
    int end = start + size;
    if (end > length) {
      return -1;
    }
    int first = bytes[at] & 0xff;
    if (first == 0x81) {
      message(bytes, start, end);
    } else if (first == 0xc1 && inflating != null) {
      int inflated = inflating.inflate(bytes, start, size);
      message(inflating.bytes(), 0, inflated);
    } else if (first == 0x88) {
      closeAtOnce();
      listener.onEnd(this);
    } else {
      throw new LoadFailure("unexpected frame, first byte 0x" + Integer.toHexString(first));
    }
    return end;
  }

  private void message(byte[] bytes, int start, int end) {
    byte type = start < end ? bytes[start] : 0;
    if (type == '4') {
      if (kind == Kind.RESUMABLE && ++received % MESSAGES_PER_ACK == 0) {
        byte[] number = String.valueOf(received).getBytes(StandardCharsets.US_ASCII);
        frame((byte) '7', number, number.length);
      }
      if (connected) {
        listener.onPacket(this, bytes, start + 1, end);
      } else if (bytes[start + 1] == '0') {
        connected = true;
        listener.onConnected(this);
      } else {
        throw new LoadFailure(
            "the namespace was refused: "
                + new String(bytes, start, Math.min(80, end - start), StandardCharsets.UTF_8));
      }
    } else if (type == '2') {
      frame((byte) '3', CONNECT, 0);
    } else if (type == '0') {
      String open = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      if (kind == Kind.RESUMABLE && !open.contains("\"resume\":")) {
        throw new LoadFailure("the session is not resumable");
      }
      send(CONNECT, 1);
    } else if (type != '6' && !(type == '7' && kind == Kind.RESUMABLE)) {
      throw new LoadFailure("unexpected packet type " + type);
    }
  }

  @Override
  public void send(byte[] packet, int length) {
    frame((byte) '4', packet, length);
  }

  private void frame(byte type, byte[] packet, int length) {
    int size = length + 1;
    byte[] to = room(size + 8 + 8);
    int at = position();
    int start = at;
    to[at++] = (byte) 0x81;
    if (size < 126) {
      to[at++] = (byte) (0x80 | size);
    } else {
      to[at++] = (byte) (0x80 | 126);
      to[at++] = (byte) (size >> 8);
      to[at++] = (byte) size;
    }
    to[at++] = (byte) (MASK >> 24);
    to[at++] = (byte) (MASK >> 16);
    to[at++] = (byte) (MASK >> 8);
    to[at++] = (byte) MASK;
    to[at] = type;
    System.arraycopy(packet, 0, to, at + 1, length);
    int end = at + size;
    // Masks up to seven bytes past the end, which are overwritten by what follows.
    for (; at < end; at += 8) {
      LONGS.set(to, at, (long) LONGS.get(to, at) ^ LONG_MASK);
    }
    advance(end - start);
  }

  @Override
  public void end() {
    byte[] close = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xe8};
    write(close);
  }

  @Override
  void ended() {
    listener.onEnd(this);
  }
}

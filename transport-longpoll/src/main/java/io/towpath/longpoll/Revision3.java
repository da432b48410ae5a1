package io.towpath.longpoll;

import io.towpath.engine.EnginePacket;
import io.towpath.engine.EnginePacketCodec;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.Outgoing;
import io.towpath.engine.PacketException;
import io.towpath.engine.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Revision 3, which the clients of Socket.IO 1 and 2 speak. Source: Engine.IO protocol v3,
 * "Payload".
 *
 * <pre>
 * text    length ":" packet ...      the length in UTF-16 code units; binary as "b4" and base64
 * binary  kind digit* FF packet ...  kind 0: UTF-8; kind 1: type byte and bytes; a digit is a byte
 *                                    from 0 to 9, the length counts bytes
 * </pre>
 *
 * @param base64 whether binary is sent as text; otherwise a payload with binary in it is binary
 */
record Revision3(boolean base64) implements PollingDialect {
  static final String BINARY = "application/octet-stream";

  /** Ends the digits of a length in a binary payload. */
  private static final int END_OF_LENGTH = 0xff;

  private static final byte MESSAGE = 4;
  private static final int MAX_DIGITS = 9;

  /** One packet as it is written: UTF-8, or the bytes of a binary message. */
  private record Piece(byte[] bytes, boolean binary) {}

  @Override
  public PollResponse answer(List<? extends Outgoing> batch) {
    List<Piece> pieces = new ArrayList<>();
    boolean binary = false;
    for (Outgoing outgoing : batch) {
      add(pieces, outgoing);
    }
    for (Piece piece : pieces) {
      binary |= piece.binary;
    }
    return binary && !base64
        ? PollResponse.payload(BINARY, List.of(binary(pieces)))
        : PollResponse.payload(List.of(text(pieces)));
  }

  private static void add(List<Piece> pieces, Outgoing outgoing) {
    if (outgoing instanceof EnginePacket.Binary lone) {
      pieces.add(new Piece(lone.bytes(), true));
    } else if (outgoing instanceof EnginePacket packet) {
      pieces.add(new Piece(EnginePacketCodec.encode(packet), false));
    } else if (outgoing instanceof MessageBatch batch) {
      if (batch.hasText()) {
        pieces.add(new Piece(batch.textPacket(), false));
      }
      batch.binaries().forEach(bytes -> pieces.add(new Piece(bytes, true)));
    }
  }

  private static byte[] text(List<Piece> pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Piece piece : pieces) {
      byte[] packet =
          piece.binary
              ? ("b4" + Base64.getEncoder().encodeToString(piece.bytes))
                  .getBytes(StandardCharsets.ISO_8859_1)
              : piece.bytes;
      out.writeBytes((codeUnits(packet) + ":").getBytes(StandardCharsets.ISO_8859_1));
      out.writeBytes(packet);
    }
    return out.toByteArray();
  }

  /** Counts UTF-16 code units of well-formed UTF-8: one for each character, two beyond U+FFFF. */
  private static int codeUnits(byte[] utf8) {
    int units = 0;
    for (byte b : utf8) {
      units += (b & 0xc0) == 0x80 ? 0 : (b & 0xf8) == 0xf0 ? 2 : 1;
    }
    return units;
  }

  private static byte[] binary(List<Piece> pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Piece piece : pieces) {
      out.write(piece.binary ? 1 : 0);
      String length = Integer.toString(piece.bytes.length + (piece.binary ? 1 : 0));
      length.chars().forEach(digit -> out.write(digit - '0'));
      out.write(END_OF_LENGTH);
      if (piece.binary) {
        out.write(MESSAGE);
      }
      out.writeBytes(piece.bytes);
    }
    return out.toByteArray();
  }

  @Override
  public boolean takes(@Nullable String contentType) {
    return true;
  }

  @Override
  public Packets read(byte[] body, @Nullable String contentType, int maxPackets) {
    return new Reader(body, BINARY.equals(contentType), maxPackets);
  }

  /** Takes the packets out of one body. */
  private static final class Reader implements Packets {
    private final byte[] body;
    private final boolean binary;
    private final int maxPackets;

    private int position;
    private int packets;
    private boolean closed;
    private @Nullable String violation;

    Reader(byte[] body, boolean binary, int maxPackets) {
      this.body = body;
      this.binary = binary;
      this.maxPackets = maxPackets;
    }

    @Override
    public @Nullable String violation() {
      return violation;
    }

    @Override
    public @Nullable EnginePacket next() {
      boolean over = position == body.length && packets > 0;
      if (violation != null || closed || over) {
        return null;
      }
      try {
        if (packets == maxPackets) {
          throw new PacketException("too many packets in a payload");
        }
        EnginePacket packet = binary ? nextBinary() : nextText();
        packets++;
        closed = packet instanceof EnginePacket.Close;
        return packet;
      } catch (PacketException bad) {
        violation = bad.getMessage();
        return null;
      }
    }

    private EnginePacket nextText() {
      int units = length(':', '0');
      int start = position;
      int end = start;
      while (units > 0 && end < body.length) {
        int lead = body[end] & 0xff;
        int bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        units -= bytes == 4 ? 2 : 1;
        end += bytes;
      }
      if (units != 0 || end > body.length || !Utf8.isValid(body, start, end)) {
        throw new PacketException("a packet's length is wrong, or it is malformed UTF-8");
      }
      position = end;
      return textPacket(start, end);
    }

    private EnginePacket nextBinary() {
      int kind = position < body.length ? body[position++] : -1;
      if (kind != 0 && kind != 1) {
        throw new PacketException("unknown kind of packet in a binary payload");
      }
      int length = length(END_OF_LENGTH, 0);
      if (length > body.length - position) {
        throw new PacketException("a packet's length is wrong");
      }
      int start = position;
      position += length;
      if (kind == 1) {
        if (length == 0 || body[start] != MESSAGE) {
          throw new PacketException("a binary packet that is no message");
        }
        return new EnginePacket.Binary(Arrays.copyOfRange(body, start + 1, position));
      }
      if (!Utf8.isValid(body, start, position)) {
        throw new PacketException("malformed UTF-8");
      }
      return textPacket(start, position);
    }

    private EnginePacket textPacket(int start, int end) {
      return EnginePacketCodec.decodeRevision3(body, start, end - start);
    }

    /** Reads digits up to a mark, and steps over it. */
    private int length(int mark, int zero) {
      int length = 0;
      int digits = 0;
      while (position < body.length && (body[position] & 0xff) != mark) {
        int digit = (body[position++] & 0xff) - zero;
        if (digit < 0 || digit > 9 || ++digits > MAX_DIGITS) {
          throw new PacketException("a packet's length is no number");
        }
        length = length * 10 + digit;
      }
      if (digits == 0 || position == body.length) {
        throw new PacketException("a packet's length is missing");
      }
      position++;
      return length;
    }
  }
}

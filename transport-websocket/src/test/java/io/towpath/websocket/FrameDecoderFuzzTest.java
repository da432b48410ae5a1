package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes are frames and messages, or refused with {@link ProtocolViolation}; and the outcome
 * does not depend on the pieces that they come in. The first byte of the input chooses the role and
 * whether compression was negotiated, the second how long the pieces are.
 */
class FrameDecoderFuzzTest {
  private static final int MAX_MESSAGE = 1000;

  static Stream<byte[]> seeds() {
    // RFC 6455 section 5.7: text, masked text, fragments, ping, 256 bytes; RFC 7692 section 7.2.3.
    return Stream.of(
            "0101810548656c6c6f",
            "0003818537fa213d7f9f4d5158",
            "0102010348656c80026c6f",
            "0101890548656c6c6f",
            "0140827e0100" + "00".repeat(256),
            "0302c107f248cdc9c90700",
            "03014103f248cd8004c9c90700",
            "01018802" + "03e8",
            "0101817e007d",
            "0101c100",
            "010181027fff")
        .map(HexFormat.of()::parseHex);
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyBytesAreMessagesOrRefusedWhateverPiecesTheyComeIn(byte[] data) {
    if (data.length < 2) {
      return;
    }
    Role role = (data[0] & 1) == 0 ? Role.SERVER : Role.CLIENT;
    boolean compressed = (data[0] & 2) != 0;
    byte[] wire = Arrays.copyOfRange(data, 2, data.length);
    List<String> whole = receive(role, compressed, wire, Math.max(1, wire.length));
    List<String> pieces = receive(role, compressed, wire, 1 + (data[1] & 0x3f));
    assertEquals(whole, pieces);
  }

  private static List<String> receive(Role role, boolean compressed, byte[] wire, int piece) {
    Recorder recorder = new Recorder();
    PerMessageDeflate deflate = compressed ? deflate(role) : null;
    MessageAssembler assembler = new MessageAssembler(MAX_MESSAGE, 20, deflate, recorder);
    FrameDecoder decoder = new FrameDecoder(role, MAX_MESSAGE, compressed, assembler);
    try {
      for (int at = 0; at < wire.length; at += piece) {
        int end = Math.min(wire.length, at + piece);
        decoder.decode(ByteBuffer.wrap(Arrays.copyOfRange(wire, at, end)));
        assertTrue(assembler.reservedBytes() <= 5 * MAX_MESSAGE + 8192, "too much reserved");
      }
    } catch (ProtocolViolation refused) {
      recorder.log.add("refused " + refused.code());
    } finally {
      if (deflate != null) {
        deflate.release();
      }
    }
    return recorder.log;
  }

  private static @Nullable PerMessageDeflate deflate(Role role) {
    return new PerMessageDeflate(role, new DeflateParameters(false, false, 15, 15), 0);
  }

  private static final class Recorder implements MessageAssembler.Messages {
    final List<String> log = new ArrayList<>();

    @Override
    public void onText(byte[] bytes, int offset, int length) {
      log.add("text " + new String(bytes, offset, length, StandardCharsets.UTF_8));
    }

    @Override
    public void onBinary(byte[] bytes) {
      log.add("binary " + Hex.of(bytes));
    }

    @Override
    public void onPing(byte[] payload) {
      log.add("ping " + Hex.of(payload));
    }

    @Override
    public void onPong(byte[] payload) {
      log.add("pong " + Hex.of(payload));
    }

    @Override
    public void onClose(byte[] payload) {
      log.add("close " + Hex.of(payload));
    }
  }
}

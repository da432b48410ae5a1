package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.MessageBatch;
import io.towpath.engine.SessionListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A server on loopback whose sessions echo: text as text, binary as binary. The text {@code big N}
 * is answered with a binary message of N bytes, each its index; {@code pause} stops receiving.
 */
final class EchoServer implements AutoCloseable {
  static final String POLLING = "/socket.io/?EIO=4&transport=polling";
  static final String WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";

  final TowpathServer server;

  /** Sessions in the order of their opening. */
  final BlockingQueue<EngineSession> opened = new LinkedBlockingQueue<>();

  /** Text messages that have arrived. */
  final BlockingQueue<String> received = new LinkedBlockingQueue<>();

  private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
  private final @Nullable SSLContext tls;

  private EchoServer(@Nullable SSLContext tls, UnaryOperator<TowpathServer.Builder> change) {
    this.tls = tls;
    TowpathServer.Builder builder =
        TowpathServer.builder().port(0).ioThreads(2).drain(Duration.ofMillis(100));
    if (tls != null) {
      builder.tls(tls);
    }
    server =
        change
            .apply(builder.towpath(towpath -> towpath.rawSessions(this::listener)))
            .build()
            .start();
  }

  static EchoServer start() {
    return start(null, builder -> builder);
  }

  static EchoServer start(@Nullable SSLContext tls, UnaryOperator<TowpathServer.Builder> change) {
    return new EchoServer(tls, change);
  }

  RawConnection connect() {
    return RawConnection.to(server.address(), tls);
  }

  /** Opens a session over polling and returns the target of its requests. */
  String openPolling() {
    try (RawConnection connection = connect()) {
      return openPolling(connection);
    }
  }

  static String openPolling(RawConnection connection) {
    RawConnection.Answer answer = connection.get(POLLING).answer();
    assertEquals(200, answer.status(), answer.toString());
    Matcher sid = Pattern.compile("\"sid\":\"([^\"]+)\"").matcher(answer.body());
    if (!sid.find()) {
      throw new AssertionError(answer.body());
    }
    return POLLING + "&sid=" + sid.group(1);
  }

  /** Opens a session over WebSocket and reads its open packet. */
  RawWebSocket openWebSocket() {
    return RawWebSocket.open(connect(), WEBSOCKET).begun();
  }

  /** Waits for the next end of a session and returns its reason. */
  String ended() {
    return next(ended);
  }

  static <T> T next(BlockingQueue<T> queue) {
    try {
      T next = queue.poll(10, TimeUnit.SECONDS);
      assertNotNull(next, "nothing within ten seconds");
      return next;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + (i >>> 8));
    }
    return bytes;
  }

  @Override
  public void close() {
    server.stop();
  }

  private SessionListener listener(EngineSession session) {
    opened.add(session);
    return new SessionListener() {
      @Override
      public void onText(EnginePacket.Text message) {
        String text = message.string();
        received.add(text);
        if (text.startsWith("big ")) {
          session.send(MessageBatch.binary(pattern(Integer.parseInt(text.substring(4)))));
        } else if (text.equals("pause")) {
          session.setReceiving(false);
        } else {
          session.send(MessageBatch.text(text));
        }
      }

      @Override
      public void onBinary(byte[] message) {
        session.send(MessageBatch.binary(Arrays.copyOf(message, message.length)));
      }

      @Override
      public void onClose(CloseReason reason, @Nullable String description) {
        ended.add(reason.wording());
      }
    };
  }
}

package io.towpath.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.ImmediatePooledByteBuffer;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * A GET that has been parked for a while, without Undertow's exchange: what its answer still needs.
 * When there is an answer, the connection goes back to HTTP together with a short request that
 * stands for the one that came, and that one is answered.
 *
 * <p>Belongs to the connection's I/O thread; {@link #answer} and {@link #cut}: any thread.
 */
final class RestingPoll implements ChannelListener<ConduitStreamSourceChannel> {
  /** Only requests rest whose answer depends on nothing else that they say. */
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);

  private static final HeaderValues[] NONE = {};

  private final StreamConnection network;
  private final UpgradableConnection.End end;
  private final IdleConnections idle;
  private final UndertowPollExchange poll;
  private final @Nullable String acceptEncoding;

  /** The headers that the answer has got so far. */
  private final HeaderValues[] headers;

  /** What has come behind the request; null if nothing has. I/O thread. */
  private byte @Nullable [] ahead;

  RestingPoll(
      StreamConnection network,
      UpgradableConnection.End end,
      IdleConnections idle,
      UndertowPollExchange poll,
      HttpServerExchange exchange) {
    this.network = network;
    this.end = end;
    this.idle = idle;
    this.poll = poll;
    this.acceptEncoding = exchange.getRequestHeaders().getFirst(Headers.ACCEPT_ENCODING);
    HeaderMap given = exchange.getResponseHeaders();
    HeaderValues[] kept = given.size() == 0 ? NONE : new HeaderValues[given.size()];
    int count = 0;
    for (HeaderValues values : given) {
      kept[count++] = values;
    }
    this.headers = kept;
  }

  /** Returns whether an exchange may be replaced by one of these. */
  static boolean suits(HttpServerExchange exchange) {
    return exchange.getRequestMethod().equals(Methods.GET)
        && exchange.getProtocol().equals(Protocols.HTTP_1_1)
        && exchange.isPersistent()
        && exchange.isRequestComplete()
        && !exchange.isResponseStarted();
  }

  /** Returns the one header that the answer to a GET depends on; null for any other. */
  @Nullable String header(String name) {
    return Headers.ACCEPT_ENCODING.equalToString(name) ? acceptEncoding : null;
  }

  /** Begins to listen for the client's departure. */
  void listen() {
    ConduitStreamSourceChannel source = network.getSourceChannel();
    source.setReadListener(this);
    source.resumeReads();
  }

  private void stopListening() {
    network.getSourceChannel().suspendReads();
    network.getSourceChannel().setReadListener(null);
  }

  /** There is something to read, or the end. */
  @Override
  public void handleEvent(ConduitStreamSourceChannel source) {
    PooledByteBuffer pooled = idle.buffers().allocate();
    int count;
    try {
      ByteBuffer buffer = pooled.getBuffer();
      count = read(source, buffer);
      if (count > 0) {
        // The next request is here before the answer to this one: keep it, and look no further.
        buffer.flip();
        byte[] next = new byte[count];
        buffer.get(next);
        ahead = next;
      }
    } finally {
      pooled.close();
    }
    if (count != 0) {
      stopListening();
    }
    if (count < 0) {
      IoUtils.safeClose(network);
      poll.onLost();
    }
  }

  /** Reads what is there; a lost connection reads as one that has ended. */
  static int read(ConduitStreamSourceChannel source, ByteBuffer buffer) {
    try {
      return source.read(buffer);
    } catch (IOException lost) {
      return -1;
    }
  }

  /** Gives the connection back to HTTP, and the exchange that is to be answered to an action. */
  void answer(Consumer<HttpServerExchange> action) {
    idle.execute(
        () -> {
          stopListening();
          if (!network.isOpen()) {
            return;
          }
          idle.open(
              network,
              end,
              new ImmediatePooledByteBuffer(ByteBuffer.wrap(REQUEST)),
              exchange -> {
                prepare(exchange);
                action.accept(exchange);
              });
        });
  }

  private void prepare(HttpServerExchange exchange) {
    for (HeaderValues values : headers) {
      exchange.getResponseHeaders().addAll(values.getHeaderName(), values);
    }
    byte[] next = ahead;
    if (next != null && exchange.getConnection() instanceof HttpServerConnection http) {
      // Only now: behind a request that it knows of, Undertow would hold the answer to this one
      // back.
      http.ungetRequestBytes(new ImmediatePooledByteBuffer(ByteBuffer.wrap(next)));
    }
  }

  /** Cuts the connection. */
  void cut() {
    idle.execute(() -> IoUtils.safeClose(network));
  }
}

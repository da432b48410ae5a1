package io.towpath.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.longpoll.PollExchange;
import io.towpath.longpoll.PollResponse;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * One poll on Undertow. The exchange has been dispatched and its handler has returned, so that any
 * thread may answer.
 *
 * <p>Undertow does not notice that the client of a parked HTTP/1.1 exchange has gone. So a parked
 * exchange listens on the connection's source channel: an end-of-stream there is the client's
 * departure, bytes are its next request, which are put back. After a while {@link RestingPoll}
 * takes the place of the exchange.
 */
final class UndertowPollExchange implements PollExchange {
  private static final Logger log = LoggerFactory.getLogger(UndertowPollExchange.class);

  /** Undertow's part; null once this rests. Changed under the lock, on the I/O thread. */
  private volatile @Nullable HttpServerExchange exchange;

  /** What is left of a GET that has been parked for a while; null before. */
  @GuardedBy("this")
  private @Nullable RestingPoll resting;

  /** What is to be done when the client of a parked exchange has gone. */
  @GuardedBy("this")
  private @Nullable Runnable onGone;

  /** Whether the answer, the cut, or the client's departure was first. */
  @GuardedBy("this")
  private boolean over;

  /** The connection's source while this exchange is parked and listens to it. */
  @GuardedBy("this")
  private @Nullable ConduitStreamSourceChannel watched;

  /** Adds headers to an answer of status 200; null if there are none to add. */
  private final @Nullable Consumer<HttpServerExchange> onSuccess;

  /** Milliseconds that a body may take. */
  private final long bodyTimeout;

  /**
   * Creates a poll.
   *
   * @param bodyTimeout milliseconds that a body may take to arrive
   */
  UndertowPollExchange(
      HttpServerExchange exchange,
      @Nullable Consumer<HttpServerExchange> onSuccess,
      long bodyTimeout) {
    this.bodyTimeout = bodyTimeout;
    this.exchange = exchange;
    this.onSuccess = onSuccess;
  }

  @Override
  public String method() {
    HttpServerExchange open = exchange;
    // Nothing else rests.
    return open == null ? "GET" : open.getRequestMethod().toString();
  }

  @Override
  public @Nullable String header(String name) {
    HttpServerExchange open = exchange;
    if (open != null) {
      return open.getRequestHeaders().getFirst(name);
    }
    synchronized (this) {
      return resting == null ? null : resting.header(name);
    }
  }

  /** Returns Undertow's part of what does not rest: a request that is read, or being answered. */
  private HttpServerExchange open() {
    HttpServerExchange open = exchange;
    if (open == null) {
      throw new IllegalStateException("only a GET that is parked rests");
    }
    return open;
  }

  @Override
  public void receive(int limit, Body body) {
    HttpServerExchange exchange = open();
    if (exchange.getRequestContentLength() > limit) {
      body.tooLarge();
      return;
    }
    if (HttpContinue.requiresContinueResponse(exchange)) {
      // A client that asks first, as curl does with large bodies, sends nothing until it is told.
      HttpContinue.sendContinueResponse(exchange, new Continued(limit, body));
    } else {
      readBody(limit, body);
    }
  }

  private void readBody(int limit, Body body) {
    HttpServerExchange exchange = open();
    StreamSourceChannel channel = exchange.getRequestChannel();
    if (channel == null) {
      body.complete(new byte[0]);
      return;
    }
    BodyReader reader = new BodyReader(limit, body);
    if (!reader.read(channel)) {
      XnioExecutor.Key timeout =
          exchange
              .getIoThread()
              .executeAfter(reader::onTimeout, bodyTimeout, TimeUnit.MILLISECONDS);
      channel
          .getReadSetter()
          .set(
              readable -> {
                if (reader.read(readable)) {
                  timeout.remove();
                  readable.suspendReads();
                }
              });
      channel.resumeReads();
    }
  }

  /** Reads the body when the client has been told to send it. */
  private final class Continued implements IoCallback {
    private final int limit;
    private final Body body;

    Continued(int limit, Body body) {
      this.limit = limit;
      this.body = body;
    }

    @Override
    public void onComplete(HttpServerExchange told, Sender sender) {
      readBody(limit, body);
    }

    @Override
    public void onException(HttpServerExchange told, Sender sender, IOException gone) {
      abandon();
      body.aborted();
    }
  }

  /** Collects a body; confined to the I/O thread. */
  private final class BodyReader {
    private final int limit;
    private final Body body;
    private byte[] bytes;
    private int length;
    private boolean over;

    BodyReader(int limit, Body body) {
      this.limit = limit;
      this.body = body;
      long announced = open().getRequestContentLength();
      // An announced length may be a lie: it is only believed as far as it costs little.
      this.bytes = new byte[(int) Math.min(Math.max(announced, 256), 16 << 10)];
    }

    /** Cuts off a client that sends its body too slowly. */
    void onTimeout() {
      if (!over) {
        over = true;
        log.info("POST cut off: its body took too long");
        abandon();
        body.aborted();
      }
    }

    /** Reads what is there; returns whether it was the end, one way or another. */
    boolean read(StreamSourceChannel channel) {
      over = over || take(channel);
      return over;
    }

    private boolean take(StreamSourceChannel channel) {
      PooledByteBuffer pooled = open().getConnection().getByteBufferPool().allocate();
      try {
        ByteBuffer buffer = pooled.getBuffer();
        while (true) {
          buffer.clear();
          int count = channel.read(buffer);
          if (count == 0) {
            return false;
          }
          if (count < 0) {
            body.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
            return true;
          }
          if (count > limit - length) {
            body.tooLarge();
            return true;
          }
          buffer.flip();
          append(buffer, count);
        }
      } catch (IOException gone) {
        abandon();
        body.aborted();
        return true;
      } finally {
        pooled.close();
      }
    }

    private void append(ByteBuffer buffer, int count) {
      if (bytes.length - length < count) {
        long doubled = Math.min((long) bytes.length * 2, limit);
        bytes = Arrays.copyOf(bytes, (int) Math.max(length + count, doubled));
      }
      buffer.get(bytes, length, count);
      length += count;
    }
  }

  @Override
  public void respond(PollResponse response) {
    RestingPoll calm;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      stopWatching();
      calm = resting;
    }
    if (calm == null) {
      send(response, open());
    } else {
      calm.answer(awake -> send(response, awake));
    }
  }

  private void send(PollResponse response, HttpServerExchange exchange) {
    UnreadBody.limit(exchange, bodyTimeout);
    exchange.setStatusCode(response.status());
    if (onSuccess != null && response.status() == 200) {
      onSuccess.accept(exchange);
    }
    for (Map.Entry<String, String> header : response.headers().entrySet()) {
      exchange.getResponseHeaders().put(new HttpString(header.getKey()), header.getValue());
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_LENGTH, response.length());
    List<byte[]> pieces = response.body();
    ByteBuffer[] buffers = new ByteBuffer[pieces.size()];
    for (int i = 0; i < buffers.length; i++) {
      buffers[i] = ByteBuffer.wrap(pieces.get(i));
    }
    if (buffers.length == 0 && exchange.isRequestComplete()) {
      exchange.endExchange();
    } else if (buffers.length == 0) {
      UnreadBody.answerFirst(exchange);
    } else {
      exchange.getResponseSender().send(buffers, Answered.INSTANCE);
    }
  }

  @Override
  public Stream stream(Map<String, String> headers, StreamEvents events) {
    HttpServerExchange exchange = open();
    exchange.setStatusCode(200);
    if (onSuccess != null) {
      onSuccess.accept(exchange);
    }
    headers.forEach(
        (name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
    UndertowStream stream = new UndertowStream(exchange, events, this::takeEnd);
    // The end is noticed as that of a parked exchange.
    watch(stream::lost);
    return stream;
  }

  /** Ends a stream's exchange, unless it has ended; returns whether it had not. */
  private boolean takeEnd() {
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      stopWatching();
      return true;
    }
  }

  /** Ends the exchange when its answer is written; a client that went away meanwhile is no news. */
  private enum Answered implements IoCallback {
    INSTANCE;

    @Override
    public void onComplete(HttpServerExchange exchange, Sender sender) {
      exchange.endExchange();
    }

    @Override
    public void onException(HttpServerExchange exchange, Sender sender, IOException gone) {
      IoUtils.safeClose(exchange.getConnection());
      exchange.endExchange();
    }
  }

  @Override
  public void destroy() {
    RestingPoll calm;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      stopWatching();
      calm = resting;
    }
    if (calm != null) {
      calm.cut();
      return;
    }
    HttpServerExchange exchange = open();
    if (Thread.currentThread() == exchange.getIoThread()) {
      abandon();
    } else {
      try {
        exchange.getIoThread().execute(this::abandon);
      } catch (RejectedExecutionException stopped) {
        // The server has been stopped, and its connections are closed with it.
      }
    }
  }

  /**
   * Cuts the connection and ends the exchange on the I/O thread, so that handlers around this one
   * that count exchanges hear of it. Over HTTP/2 the connection carries other requests too, and
   * this one alone is refused.
   */
  private void abandon() {
    HttpServerExchange exchange = open();
    if (exchange.getConnection() instanceof HttpServerConnection) {
      IoUtils.safeClose(exchange.getConnection());
    } else if (!exchange.isResponseStarted()) {
      UnreadBody.limit(exchange, bodyTimeout);
      exchange.setStatusCode(400);
    }
    exchange.endExchange();
  }

  @Override
  public void onAbort(Runnable action) {
    HttpServerExchange parked = open();
    UpgradableConnection connection = UpgradableConnection.of(parked);
    if (watch(action) && connection != null && RestingPoll.suits(parked)) {
      connection.park(this);
    }
  }

  /** Begins to listen for the client's departure; returns whether it could. */
  private boolean watch(Runnable action) {
    if (!(open().getConnection() instanceof HttpServerConnection connection)) {
      // Over HTTP/2 a reset stream goes unnoticed: there the ping timeout decides.
      return false;
    }
    ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
    synchronized (this) {
      if (over) {
        return false;
      }
      watched = source;
      onGone = action;
      source.setReadListener(channel -> look(connection));
      source.resumeReads();
      return true;
    }
  }

  /**
   * Lets go of Undertow's exchange if this is still parked; its connection calls it on the I/O
   * thread, after a while in which nothing has happened.
   *
   * @return whether the connection rests
   */
  boolean rest(UpgradableConnection connection) {
    RestingPoll calm;
    synchronized (this) {
      HttpServerExchange parked = exchange;
      if (over || watched == null || parked == null || !connection.isSpare()) {
        return false;
      }
      stopWatching();
      calm = connection.resting(this, parked);
      resting = calm;
      exchange = null;
    }
    connection.letGo();
    calm.listen();
    return true;
  }

  /** The client of this poll, which rests, has gone. I/O thread. */
  void onLost() {
    Runnable action;
    synchronized (this) {
      action = onGone;
    }
    if (takeEnd() && action != null) {
      action.run();
    }
  }

  /** Looks what woke the connection of a parked exchange. */
  private void look(HttpServerConnection connection) {
    Runnable action = null;
    PooledByteBuffer pooled = connection.getByteBufferPool().allocate();
    boolean keep = false;
    boolean gone = false;
    try {
      synchronized (this) {
        ConduitStreamSourceChannel source = watched;
        if (over || source == null) {
          return;
        }
        ByteBuffer buffer = pooled.getBuffer();
        int count = RestingPoll.read(source, buffer);
        if (count > 0) {
          // The next request is here before the answer to this one: keep it, and look no further.
          buffer.flip();
          connection.ungetRequestBytes(pooled);
          keep = true;
          stopWatching();
        } else if (count < 0) {
          over = true;
          gone = true;
          action = onGone;
          stopWatching();
        }
      }
    } finally {
      if (!keep) {
        pooled.close();
      }
    }
    if (gone) {
      abandon();
      if (action != null) {
        action.run();
      }
    }
  }

  @GuardedBy("this")
  private void stopWatching() {
    if (watched != null) {
      watched.suspendReads();
      watched.setReadListener(null);
      watched = null;
    }
  }

  @Override
  public String toString() {
    HttpServerExchange open = exchange;
    return open == null ? "GET at rest" : method() + " from " + open.getSourceAddress();
  }
}

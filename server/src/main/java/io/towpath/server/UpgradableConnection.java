package io.towpath.server;

import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.Option;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A network connection as long as HTTP has it. Undertow ties what it keeps for each connection (its
 * parser, its response, its timeouts) to the connection's close listener, where it stays until the
 * end. This stands between: an upgrade takes the network connection out, closes what is left, and
 * so lets go of all that HTTP needed. A connection on which nothing happens is taken out in the
 * same way, and is given back to HTTP under a new one of these ({@link IdleConnections}).
 *
 * <p>Belongs to the connection's I/O thread; any thread may close it or end an exchange on it.
 */
final class UpgradableConnection extends StreamConnection
    implements ChannelListener<StreamConnection>, IdleConnections.Entry {
  private final StreamConnection network;
  private final StreamSourceConduit bare;
  private final HeardConduit heard;
  private final AnswerConduit answers;
  private final End end;
  private final IdleConnections idle;

  /** Answers the first request in place of the handler; null from then on. I/O thread. */
  private @Nullable Consumer<HttpServerExchange> answer;

  /**
   * What Undertow has for this connection; null before the first request. Written by {@link
   * #begin}, as {@link #requests} is, and seen by others with {@link #clean}.
   */
  private @Nullable HttpServerConnection http;

  /** Requests that have begun. */
  private int requests;

  /** What {@link #requests} was when the connection was last looked at. I/O thread. */
  private int requestsSeen;

  /** See {@link IdleConnections.Entry}. I/O thread. */
  private int place = -1;

  /** Whether the application has seen this connection, and may have tied something to it. */
  private volatile boolean shared;

  /**
   * Whether no request is under way and nothing of a next one has been read. Set by whoever ends an
   * exchange, before Undertow reads again; cleared by whoever reads, or begins the next one.
   */
  private volatile boolean clean;

  /** Threads that are about to have Undertow read on; {@link #clean} means nothing before. */
  private final AtomicInteger completing = new AtomicInteger();

  /** The GET that is parked here, or one that has been answered already. */
  private volatile @Nullable UndertowPollExchange poll;

  /** Whether the network connection lives on without this; set once, on the I/O thread. */
  private volatile boolean released;

  /**
   * Stands before a network connection.
   *
   * @param end what a former one of these has left at the network connection; null for a new one
   * @param answer answers the first request in place of the handler; or null
   */
  UpgradableConnection(
      StreamConnection network,
      @Nullable End end,
      IdleConnections idle,
      @Nullable Consumer<HttpServerExchange> answer) {
    super(network.getIoThread());
    this.network = network;
    this.idle = idle;
    this.answer = answer;
    this.bare = network.getSourceChannel().getConduit();
    this.heard = new HeardConduit(bare, this);
    network.getSourceChannel().setConduit(heard);
    this.answers = new AnswerConduit(network.getSinkChannel().getConduit());
    network.getSinkChannel().setConduit(answers);
    if (end == null) {
      this.end = new End(this);
      network.setCloseListener(this.end);
    } else {
      this.end = end;
      end.listener = this;
      if (!network.isOpen()) {
        handleEvent(network);
      }
    }
  }

  /** Returns that of an exchange; null if Undertow itself has listened for its connection. */
  static @Nullable UpgradableConnection of(HttpServerExchange exchange) {
    return exchange.getConnection() instanceof HttpServerConnection http
            && http.getChannel() instanceof UpgradableConnection connection
        ? connection
        : null;
  }

  @Override
  public ConduitStreamSourceChannel getSourceChannel() {
    return network.getSourceChannel();
  }

  @Override
  public ConduitStreamSinkChannel getSinkChannel() {
    return network.getSinkChannel();
  }

  /** Returns what an upgrade takes over. */
  StreamConnection network() {
    return network;
  }

  // What happens on the connection, as far as it tells whether anything does.

  /**
   * A request has come. Called by the thread that Undertow has read it on: the I/O thread, or
   * another one if it came behind another request.
   *
   * @return false if it has its answer already
   */
  boolean begin(HttpServerExchange exchange) {
    http = (HttpServerConnection) exchange.getConnection();
    requests++;
    clean = false;
    poll = null;
    exchange.addExchangeCompleteListener(Complete.INSTANCE);
    Consumer<HttpServerExchange> first = answer;
    if (first == null) {
      return true;
    }
    answer = null;
    exchange.dispatch(SameThreadExecutor.INSTANCE, () -> first.accept(exchange));
    return false;
  }

  /** Says that the application is given an exchange of this connection. */
  void share() {
    shared = true;
  }

  /** Holds back all that HTTP writes from now on, until {@link #takeAnswer}; I/O thread. */
  void holdAnswer() {
    answers.hold();
  }

  /** Returns what has been held back, which the caller writes; null for nothing. I/O thread. */
  byte @Nullable [] takeAnswer() {
    return answers.take();
  }

  /** Says which GET is parked here. */
  void park(UndertowPollExchange parked) {
    poll = parked;
  }

  /** Something has been read. Any thread. */
  void onRead() {
    clean = false;
  }

  /** Hears of the end of each exchange before Undertow goes on to the next one. */
  private enum Complete implements ExchangeCompletionListener {
    INSTANCE;

    @Override
    public void exchangeEvent(HttpServerExchange exchange, NextListener next) {
      UpgradableConnection connection = of(exchange);
      if (connection == null) {
        next.proceed();
      } else if (!connection.released) {
        connection.complete(exchange, next);
      }
      // Else Undertow would read on, on a connection that is no longer its own.
    }
  }

  private void complete(HttpServerExchange exchange, ExchangeCompletionListener.NextListener next) {
    completing.incrementAndGet();
    poll = null;
    // The end of one that does not persist is Undertow's: it waits a while for the client's.
    clean =
        exchange.isPersistent()
            && !exchange.isUpgrade()
            && ((HttpServerConnection) exchange.getConnection()).getExtraBytes() == null;
    try {
      next.proceed();
    } finally {
      completing.decrementAndGet();
    }
  }

  /** Lets HTTP go if nothing has happened since the last look. */
  @Override
  public boolean look(long now) {
    HttpServerConnection undertow = http;
    if (released || !isOpen()) {
      return false;
    }
    boolean quiet = requests == requestsSeen;
    requestsSeen = requests;
    if (!quiet || undertow == null) {
      return true;
    }
    UndertowPollExchange parked = poll;
    if (parked != null && parked.rest(this)) {
      return false;
    }
    if (!clean || completing.get() > 0 || !isSpare() || !isBare(undertow)) {
      return true;
    }
    RestingConnection resting = new RestingConnection(network, end, idle, now);
    letGo();
    resting.listen();
    return false;
  }

  /**
   * Returns whether nobody but the one who asks needs HTTP here: neither the application nor a
   * request that has been read ahead. Asked when no other thread has a request under way on this
   * connection, because such a thread changes both, and what has been read ahead is not to be
   * looked at then.
   */
  boolean isSpare() {
    HttpServerConnection undertow = http;
    return !shared
        && undertow != null
        && undertow.getPipelineBuffer() == null
        && undertow.getExtraBytes() == null;
  }

  /** Returns whether nothing has been put around the network connection. */
  private boolean isBare(HttpServerConnection undertow) {
    return getSourceChannel().getConduit() == heard
        && getSinkChannel().getConduit() == undertow.getOriginalSinkConduit();
  }

  /** Returns what takes the place of an exchange that is parked here; I/O thread. */
  RestingPoll resting(UndertowPollExchange parked, HttpServerExchange exchange) {
    return new RestingPoll(network, end, idle, parked, exchange);
  }

  /** Ends HTTP on this connection, which rests from now on; I/O thread. */
  void letGo() {
    HttpServerConnection undertow = http;
    if (undertow != null) {
      // Around the source of a request without a body is what would hold bytes read ahead.
      undertow.clearChannel();
    }
    release(idle.rest());
  }

  /**
   * Ends HTTP on this connection; its close listeners are called.
   *
   * @param onClose told from then on when the network connection is closed
   * @return false if HTTP has read ahead and still holds bytes, so that it has to stay
   */
  boolean release(ChannelListener<StreamConnection> onClose) {
    if (getSourceChannel().getConduit() != heard) {
      return false;
    }
    released = true;
    end.listener = onClose;
    idle.remove(this);
    getSourceChannel().setReadListener(null);
    getSinkChannel().setWriteListener(null);
    getSourceChannel().setConduit(bare);
    getSinkChannel().setConduit(answers.network());
    IoUtils.safeClose(this);
    return true;
  }

  /** The network connection is closed, and HTTP still has it. */
  @Override
  public void handleEvent(StreamConnection closed) {
    idle.remove(this);
    IoUtils.safeClose(this);
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void place(int newPlace) {
    place = newPlace;
  }

  @Override
  protected void closeAction() throws IOException {
    if (!released) {
      network.close();
    }
  }

  @Override
  protected void notifyReadClosed() {
    if (!released) {
      super.notifyReadClosed();
    }
  }

  @Override
  protected void notifyWriteClosed() {
    if (!released) {
      super.notifyWriteClosed();
    }
  }

  @Override
  public SocketAddress getPeerAddress() {
    return network.getPeerAddress();
  }

  @Override
  public SocketAddress getLocalAddress() {
    return network.getLocalAddress();
  }

  @Override
  public boolean supportsOption(Option<?> option) {
    return network.supportsOption(option);
  }

  @Override
  public <T> T getOption(Option<T> option) throws IOException {
    return network.getOption(option);
  }

  @Override
  public <T> T setOption(Option<T> option, T value) throws IOException {
    return network.setOption(option, value);
  }

  /** XNIO only adds close listeners; this one can be replaced. */
  static final class End implements ChannelListener<StreamConnection> {
    private volatile ChannelListener<StreamConnection> listener;

    End(ChannelListener<StreamConnection> first) {
      listener = first;
    }

    @Override
    public void handleEvent(StreamConnection closed) {
      listener.handleEvent(closed);
    }
  }
}

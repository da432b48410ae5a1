package io.towpath.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.testkit.HostileProxy.Mode;
import io.towpath.testkit.HttpHead.Body;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One client of the {@link HostileProxy}, and its connection to the target once it has one.
 *
 * <p>Two threads pump: one the requests, one the responses. Each follows the bounds of HTTP
 * messages, so that an upgrade is seen wherever it stands on a keep-alive connection. A request
 * that may change the protocol holds back what the client sends after it until the answer is known:
 * a 101 makes the connection a tunnel, anything else leaves it HTTP.
 *
 * <pre>
 *   HTTP -> TUNNEL (101) -> CLOSED
 *     |  \-> TURNED_AWAY (answered by the proxy itself) -> CLOSED
 *     \----> CLOSED
 * </pre>
 */
final class ProxyConnection {
  private enum State {
    HTTP,
    TUNNEL,
    TURNED_AWAY,
    CLOSED
  }

  /** A request that waits for its response. */
  private record Exchange(String method, boolean mayChangeProtocol, boolean opensWebSocket) {}

  /** How long a side that nobody waits for may stay open, in milliseconds. */
  static final int LINGER_MILLIS = 5_000;

  private final HostileProxy proxy;
  private final Socket client;

  @GuardedBy("this")
  private State state = State.HTTP;

  @GuardedBy("this")
  private final Deque<Exchange> outstanding = new ArrayDeque<>();

  /** Null until the first request is passed on. */
  @GuardedBy("this")
  private @Nullable Socket target;

  /** True once nothing more will come from the target, so that nobody waits for it. */
  @GuardedBy("this")
  private boolean answersOver;

  /** Threads that have not ended; the last one closes what is left. */
  @GuardedBy("this")
  private int pumps = 1;

  /** True for a tunnel made by a WebSocket handshake: only those meet with hostility. */
  @GuardedBy("this")
  private boolean webSocket;

  /** True once a byte has vanished: a stream with a hole in it never speaks again. */
  @GuardedBy("this")
  private boolean mute;

  /** When a byte last came from either side, by the system's nanosecond clock. */
  private volatile long movedAt = System.nanoTime();

  /** The end that mode {@code cut} has planned; null while there is none. */
  @GuardedBy("this")
  private @Nullable Future<?> plannedCut;

  ProxyConnection(HostileProxy proxy, Socket client) {
    this.proxy = proxy;
    this.client = client;
  }

  /** Starts the first pump. */
  void start() {
    proxy.thread(this::pumpRequests, "requests").start();
  }

  /** Ends both sides at once; with a reset, as far as the system allows. Any thread. */
  void reset() {
    Socket other;
    synchronized (this) {
      state = State.CLOSED;
      other = target;
      notifyAll();
    }
    reset(client);
    if (other != null) {
      reset(other);
    }
  }

  private static void reset(Socket socket) {
    try {
      // A linger time of zero makes close send RST instead of FIN.
      socket.setSoLinger(true, 0);
    } catch (SocketException closed) {
      // Nothing is left to reset.
    }
    close(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      // It is gone either way.
    }
  }

  /** Takes up the present mode: plans the end of an open WebSocket in mode {@code cut}. */
  synchronized void modeChanged() {
    if (state == State.TUNNEL && webSocket && plannedCut == null && proxy.mode() == Mode.CUT) {
      plannedCut = proxy.afterCutTime(this::cut);
    }
  }

  void moved() {
    movedAt = System.nanoTime();
  }

  boolean isIdleSince(long nanos) {
    return movedAt - nanos < 0;
  }

  /** Resets both sides because the mode says so, and not because one of them failed. */
  void cutNow() {
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
    }
    proxy.cut.incrementAndGet();
    reset();
  }

  /** Lets nothing pass any more, and nobody know. */
  synchronized void silence() {
    if (!mute) {
      mute = true;
      proxy.muted.incrementAndGet();
    }
  }

  private void cut() {
    synchronized (this) {
      plannedCut = null;
      if (state != State.TUNNEL || proxy.mode() != Mode.CUT) {
        return;
      }
    }
    proxy.cut.incrementAndGet();
    reset();
  }

  // ---- requests: client to target ----

  private void pumpRequests() {
    try {
      HttpRelay requests = new HttpRelay(new ProxyLine(client.getInputStream(), this, proxy));
      while (requests.fill()) {
        if (awaitAnswerToChange()) {
          tunnel(requests);
          ended(true);
          return;
        }
        HttpHead head = requests.readHead();
        if (head == null) {
          break;
        }
        if (head.opensWebSocket() && !admitted(requests)) {
          return;
        }
        if (!passOn(requests, head)) {
          break;
        }
      }
      ended(true);
    } catch (MalformedHttpException e) {
      turnAway("400 Bad Request", "The proxy cannot tell where this request ends.", null);
    } catch (IOException e) {
      failed(true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reset();
    } finally {
      pumpEnded();
    }
  }

  /** Returns false after it has dealt with a WebSocket handshake that the mode lets nobody see. */
  private boolean admitted(HttpRelay requests) {
    proxy.upgrades.incrementAndGet();
    Mode mode = proxy.mode();
    if (mode == Mode.REJECT || mode == Mode.BUFFER) {
      proxy.rejected.incrementAndGet();
      turnAway("403 Forbidden", "No WebSocket passes here.", requests);
      return false;
    }
    if (mode == Mode.HANG) {
      proxy.hung.incrementAndGet();
      synchronized (this) {
        state = State.TURNED_AWAY;
      }
      swallow(requests, 0);
      reset();
      return false;
    }
    return true;
  }

  private boolean passOn(HttpRelay requests, HttpHead head) throws IOException {
    Body body = head.requestBody();
    if (!connected(requests)) {
      return false;
    }
    synchronized (this) {
      outstanding.add(new Exchange(head.method(), head.mayChangeProtocol(), head.opensWebSocket()));
    }
    boolean twice = proxy.mode() == Mode.DUPLICATE_REQUEST && head.method().equals("POST");
    OutputStream out = requests.out();
    TeeOutputStream tee = new TeeOutputStream(out);
    if (twice) {
      requests.to(tee);
    }
    requests.writeHead(head);
    try {
      boolean whole = requests.copyBody(body, head);
      // What follows may be held back, but not this.
      requests.flush();
      if (twice && whole) {
        proxy.sendAgain(tee.copy());
      }
      return whole;
    } catch (MalformedHttpException e) {
      throw new IOException("the target has half of a request that makes no sense", e);
    } finally {
      requests.to(out);
    }
  }

  /** Connects to the target, once. Returns false after having answered 502 because it cannot. */
  private boolean connected(HttpRelay requests) throws IOException {
    synchronized (this) {
      if (target != null) {
        return true;
      }
    }
    Socket fresh;
    try {
      fresh = proxy.connect();
    } catch (IOException e) {
      turnAway("502 Bad Gateway", "The target does not answer.", requests);
      return false;
    }
    synchronized (this) {
      if (state == State.CLOSED) {
        close(fresh);
        throw new SocketException("closed while connecting");
      }
      target = fresh;
      pumps++;
    }
    requests.to(new BufferedOutputStream(fresh.getOutputStream()));
    proxy.thread(() -> pumpResponses(fresh), "responses").start();
    return true;
  }

  /** Waits for the answer to a request that may change the protocol. True if it was a 101. */
  private synchronized boolean awaitAnswerToChange() throws InterruptedException, IOException {
    while (state == State.HTTP
        && !answersOver
        && outstanding.stream().anyMatch(Exchange::mayChangeProtocol)) {
      wait();
    }
    if (state == State.CLOSED) {
      throw new SocketException("closed");
    }
    return state == State.TUNNEL;
  }

  /** Answers in the target's place, after all earlier answers, and ends the connection. */
  private void turnAway(String status, String text, @Nullable HttpRelay requests) {
    Socket other;
    synchronized (this) {
      while (state == State.HTTP && !answersOver && !outstanding.isEmpty()) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
      if (state != State.HTTP) {
        return;
      }
      state = State.TURNED_AWAY;
      other = target;
    }
    if (other != null) {
      close(other);
    }
    String answer =
        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(status, text.length(), text);
    try {
      client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
      client.shutdownOutput();
      // Closing with input unread would reset the connection and could take the answer with it.
      swallow(requests != null ? requests : new HttpRelay(client.getInputStream()), LINGER_MILLIS);
    } catch (IOException gone) {
      // The client did not wait for its answer.
    }
    close(client);
  }

  private void swallow(HttpRelay requests, int timeoutMillis) {
    try {
      client.setSoTimeout(timeoutMillis);
      while (requests.fill()) {
        requests.dropBuffered();
      }
    } catch (IOException gone) {
      // The client has ended it, or was given time enough.
    }
  }

  // ---- responses: target to client ----

  private void pumpResponses(Socket from) {
    try {
      HttpRelay responses = new HttpRelay(new ProxyLine(from.getInputStream(), this, proxy));
      OutputStream toClient = new BufferedOutputStream(client.getOutputStream());
      responses.to(toClient);
      while (responses.fill()) {
        HttpHead head = responses.readHead();
        if (head == null) {
          break;
        }
        Exchange exchange = peek();
        int status = head.status();
        boolean drops = status >= 200 && proxy.dropsResponse();
        ByteArrayOutputStream held = new ByteArrayOutputStream();
        boolean holds = status >= 200 && proxy.mode() == Mode.BUFFER;
        if (drops) {
          responses.to(OutputStream.nullOutputStream());
        } else if (holds) {
          responses.to(held);
        }
        responses.writeHead(head);
        if (status == 101) {
          // First the state: the client may end the tunnel as soon as it has read the 101.
          becomeTunnel(exchange);
          responses.flush();
          modeChanged();
          tunnel(responses);
          break;
        }
        if (status < 200) {
          continue; // an interim response: the real one follows
        }
        boolean whole = responses.copyBody(head.responseBody(exchange.method()), head);
        if (drops) {
          proxy.dropped.incrementAndGet();
          reset();
          return;
        }
        responses.to(toClient);
        if (holds) {
          held.writeTo(toClient);
        }
        if (!whole) {
          break;
        }
        responses.flush();
        answered();
      }
      responses.flush();
      ended(false);
    } catch (IOException e) {
      failed(false);
    } finally {
      answersOver();
      pumpEnded();
    }
  }

  /** The request that is being answered. A server may also speak unasked: 408 before it closes. */
  private synchronized Exchange peek() {
    Exchange exchange = outstanding.peek();
    return exchange != null ? exchange : new Exchange("", false, false);
  }

  private synchronized void answered() {
    outstanding.poll();
    notifyAll();
  }

  private synchronized void answersOver() {
    answersOver = true;
    notifyAll();
  }

  private synchronized void becomeTunnel(Exchange exchange) throws IOException {
    if (state != State.HTTP) {
      throw new SocketException("closed");
    }
    state = State.TUNNEL;
    webSocket = exchange.opensWebSocket();
    outstanding.clear();
    notifyAll();
  }

  // ---- both ways ----

  private void tunnel(HttpRelay relay) throws IOException {
    while (relay.fill()) {
      if (vanishes()) {
        relay.dropBuffered();
      } else {
        relay.copyBuffered();
      }
    }
  }

  /** True if what arrives now must not arrive at the other side. */
  synchronized boolean vanishes() {
    Mode mode = proxy.mode();
    if (mode == Mode.BLACKOUT || mode == Mode.MUTE && webSocket && state == State.TUNNEL) {
      silence();
    }
    return mute;
  }

  /** One side sends no more. The other side hears of it, unless the connection is mute. */
  private void ended(boolean byClient) throws IOException {
    Socket one;
    Socket other;
    synchronized (this) {
      if (state == State.TURNED_AWAY || target == null) {
        return;
      }
      one = byClient ? client : target;
      other = byClient ? target : client;
    }
    if (vanishes()) {
      close(one);
    } else {
      other.shutdownOutput();
    }
  }

  /** One side is gone. So is the other then, unless it must not hear of it. */
  private void failed(boolean byClient) {
    Socket silenced;
    synchronized (this) {
      if (state == State.TURNED_AWAY) {
        return;
      }
      silenced = !mute ? null : byClient ? client : target;
    }
    if (silenced != null) {
      close(silenced);
    } else {
      reset();
    }
  }

  private void pumpEnded() {
    Socket other;
    synchronized (this) {
      if (--pumps > 0) {
        return;
      }
      state = State.CLOSED;
      other = target;
      if (plannedCut != null) {
        plannedCut.cancel(false);
      }
    }
    close(client);
    if (other != null) {
      close(other);
    }
    proxy.forget(this);
  }
}

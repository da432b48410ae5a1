package io.towpath.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.longpoll.PollingTransport;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that polls a {@link PollingTransport} in memory. It keeps every request it has sent, so
 * that a test can look at all answers. Any thread may send; the answers are read by one.
 */
public final class PollingTestPeer {
  private static final String SEPARATOR = "\u001e";

  private final PollingTransport transport;

  @GuardedBy("this")
  private final List<MemoryPollExchange> polls = new ArrayList<>();

  @GuardedBy("this")
  private final List<MemoryPollExchange> posts = new ArrayList<>();

  /** How many answered polls {@link #received} has read. */
  @GuardedBy("this")
  private int read;

  /** Creates a client of a transport that has been started, or will be before its first request. */
  public PollingTestPeer(PollingTransport transport) {
    this.transport = transport;
  }

  /** Sends a GET. */
  @CanIgnoreReturnValue
  public MemoryPollExchange poll() {
    MemoryPollExchange exchange = MemoryPollExchange.of("GET");
    synchronized (this) {
      polls.add(exchange);
    }
    transport.onRequest(exchange);
    return exchange;
  }

  /** Sends a POST with packets in text form. */
  @CanIgnoreReturnValue
  public MemoryPollExchange post(String... packets) {
    return post(MemoryPollExchange.post(String.join(SEPARATOR, packets)));
  }

  /** Sends a POST of the test's own making. */
  @CanIgnoreReturnValue
  public MemoryPollExchange post(MemoryPollExchange exchange) {
    synchronized (this) {
      posts.add(exchange);
    }
    transport.onRequest(exchange);
    return exchange;
  }

  /** Aborts the polls that wait for an answer. */
  public void abortPolls() {
    polls().forEach(MemoryPollExchange::abort);
  }

  /** Returns the packets that the polls have brought since the last call, in order. */
  public synchronized List<String> received() {
    List<String> packets = new ArrayList<>();
    while (read < polls.size() && polls.get(read).isAnswered()) {
      MemoryPollExchange poll = polls.get(read++);
      if (poll.status() == 200) {
        packets.addAll(List.of(poll.text().split(SEPARATOR, -1)));
      }
    }
    return packets;
  }

  /** Returns whether a poll was answered with packet {@code 1} or refused. */
  public boolean sawEnd() {
    return polls().stream()
        .filter(MemoryPollExchange::isAnswered)
        .anyMatch(poll -> poll.status() != 200 || endsWithClose(poll.text()));
  }

  private static boolean endsWithClose(String payload) {
    return payload.equals("1") || payload.endsWith(SEPARATOR + "1");
  }

  /** Returns all GETs, in the order in which they were sent. */
  public synchronized List<MemoryPollExchange> polls() {
    return List.copyOf(polls);
  }

  /** Returns all POSTs, in the order in which they were sent. */
  public synchronized List<MemoryPollExchange> posts() {
    return List.copyOf(posts);
  }

  /** Returns what the transport did to its requests that no server allows. */
  public List<String> violations() {
    List<String> violations = new ArrayList<>();
    polls().forEach(exchange -> violations.addAll(exchange.violations()));
    posts().forEach(exchange -> violations.addAll(exchange.violations()));
    return violations;
  }
}

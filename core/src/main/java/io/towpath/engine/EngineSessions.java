package io.towpath.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All sessions of a server by their ids; the only place that creates and removes them. Any thread.
 */
public final class EngineSessions {
  private static final List<TransportName> BEST_FIRST =
      List.of(TransportName.WEBSOCKET, TransportName.STREAM, TransportName.POLLING);

  private final ConcurrentHashMap<String, EngineSession> byId = new ConcurrentHashMap<>();
  private final EngineOptions options;
  private final DeadlineWheel wheel;
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong outboundBytes = new AtomicLong();
  private final ResumableFactory resumable;
  private final DetachedSessions detached;

  /** What all sessions tell of their changes of transport. */
  final TransportCounts transportCounts = new TransportCounts();

  /** One for each I/O thread. */
  private final ConcurrentHashMap<Executor, WriteTurns> turns = new ConcurrentHashMap<>();

  private final long maxTurnBytes;
  private volatile boolean closed;

  /** Makes a resumable session. */
  interface ResumableFactory {
    ResumableSession create(
        String id, HandshakeRequest request, EngineSessions sessions, Transport transport);
  }

  /** Creates an empty table. */
  public EngineSessions(EngineOptions options, DeadlineWheel wheel) {
    this(options, wheel, ResumableSession::new);
  }

  /** Creates an empty table with resumable sessions of the caller's; tests plant faults in them. */
  EngineSessions(EngineOptions options, DeadlineWheel wheel, ResumableFactory resumable) {
    this.resumable = resumable;
    this.options = options;
    this.wheel = wheel;
    this.maxTurnBytes = Math.min(FanOut.MAX_WAITING_BYTES, options.maxOutboundBytes() / 4);
    this.detached = new DetachedSessions(options.resume().detachedBytes());
  }

  /** Returns the options that every session here has. */
  public EngineOptions options() {
    return options;
  }

  DeadlineWheel wheel() {
    return wheel;
  }

  /**
   * Opens a session on a transport and sends the handshake over it.
   *
   * @param listener gives the new session its listener before anything arrives
   * @return the session, or null if the server is closing or the bound on sessions is reached; the
   *     transport is then untouched
   */
  public @Nullable EngineSession open(
      HandshakeRequest request,
      Transport transport,
      Function<EngineSession, SessionListener> listener) {
    return open(SessionId.next(), request, transport, listener);
  }

  /**
   * Opens a session under an id of the application's choice.
   *
   * @param id has to be as hard to guess as one from {@link SessionId#next}: who has it has the
   *     session
   * @return the session, or null as above, or if there is a session of that id
   * @throws IllegalArgumentException if the id is not well-formed; see {@link
   *     SessionId#isWellFormed}
   */
  public @Nullable EngineSession open(
      String id,
      HandshakeRequest request,
      Transport transport,
      Function<EngineSession, SessionListener> listener) {
    if (!SessionId.isWellFormed(id)) {
      throw new IllegalArgumentException("not an id of a session");
    }
    if (closed) {
      return null;
    }
    if (count.incrementAndGet() > options.maxSessions()) {
      count.decrementAndGet();
      return null;
    }
    boolean isResumable = options.isResumable(request);
    EngineSession session =
        isResumable
            ? resumable.create(id, request, this, transport)
            : new ClassicSession(id, request, this, transport);
    if (byId.putIfAbsent(id, session) != null) {
      count.decrementAndGet();
      return null;
    }
    SessionListener heard;
    try {
      heard = listener.apply(session);
    } catch (RuntimeException | Error failed) {
      remove(session);
      throw failed;
    }
    transportCounts.add(transport.name(), "open");
    session.open(heard, handshake(session.id(), transport.name(), isResumable));
    if (closed) {
      session.close();
    }
    return session;
  }

  /** Returns whether no session can be opened now: the bound is reached, or the server stops. */
  public boolean isFull() {
    return closed || count.get() >= options.maxSessions();
  }

  /** Returns whether a session has that id, or had it a moment ago. */
  public boolean has(String id) {
    return byId.containsKey(id);
  }

  /** Returns a session that has not ended, after acting on its deadlines; null if there is none. */
  public @Nullable EngineSession find(String id) {
    if (!SessionId.isWellFormed(id)) {
      return null;
    }
    EngineSession session = byId.get(id);
    return session != null && session.checkDeadlines() ? session : null;
  }

  /** Returns how many sessions there are. */
  public int size() {
    return byId.size();
  }

  /** Returns the sessions of this moment. */
  public List<EngineSession> all() {
    return List.copyOf(byId.values());
  }

  /**
   * Returns how often sessions have changed their transport since the server started, by transport
   * and reason: the counters behind {@link EngineSession#transportHistory}. At most 64 different
   * ones are told apart.
   */
  public List<TransportCount> transportCounts() {
    return transportCounts.list();
  }

  /** Opens no more sessions and closes each that is there. */
  public void close() {
    closed = true;
    all().forEach(EngineSession::close);
  }

  void remove(EngineSession session) {
    if (byId.remove(session.id(), session)) {
      count.decrementAndGet();
    }
  }

  /** Returns how many bytes may wait for a session's turn: far less than may wait for a peer. */
  long maxTurnBytes() {
    return maxTurnBytes;
  }

  /**
   * Returns where sessions wait for an I/O thread to write them; null if there is no such thread.
   */
  @Nullable WriteTurns turns(@Nullable Executor thread) {
    return thread == null ? null : turns.computeIfAbsent(thread, WriteTurns::new);
  }

  DetachedSessions detached() {
    return detached;
  }

  /** Adds to the bytes that wait for all peers. */
  void addOutbound(long bytes) {
    outboundBytes.addAndGet(bytes);
  }

  /** Returns how many bytes wait for all peers. */
  long outboundBytes() {
    return outboundBytes.get();
  }

  /** The JSON of the open packet; members and their order as the reference has them. */
  private String handshake(String sid, TransportName transport, boolean resumable) {
    boolean upgrade =
        transport == TransportName.POLLING
            && options.allowUpgrades()
            && options.transports().contains(TransportName.WEBSOCKET);
    return "{\"sid\":\""
        + sid
        + "\",\"upgrades\":["
        + (upgrade ? "\"websocket\"" : "")
        + "],\"pingInterval\":"
        + options.pingInterval()
        + ",\"pingTimeout\":"
        + options.pingTimeout()
        + ",\"maxPayload\":"
        + options.maxPayload()
        + (resumable ? resume() : "")
        + "}";
  }

  /** What a client that asks for it learns of resumable sessions here. */
  private String resume() {
    List<String> names = new ArrayList<>();
    for (TransportName name : BEST_FIRST) {
      if (options.transports().contains(name)) {
        names.add("\"" + name + "\"");
      }
    }
    return ",\"resume\":{\"v\":1,\"window\":"
        + options.resume().window()
        + ",\"buffer\":"
        + options.resume().buffer()
        + ",\"transports\":["
        + String.join(",", names)
        + "]}";
  }
}

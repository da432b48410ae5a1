package io.towpath.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent to one peer, within the bounds on outbound bytes. Past them the session's
 * {@link SlowConsumer} policy makes room, or says that there is none.
 *
 * <p>Not thread safe: guarded by the lock of its session. Calls nobody but the counter of all
 * outbound bytes.
 */
sealed class OutboundQueue permits Outflow {
  /** Past the total outbound bound, sessions with less than this waiting are spared. */
  static final long SPARED_BYTES = 64 << 10;

  private final EngineSessions sessions;
  private SlowConsumer policy;

  /** What an idle session has; nothing is ever added to it. */
  private static final ArrayList<@Nullable Outgoing> NOTHING = new ArrayList<>(0);

  /** In the order of sending; null where something was dropped or replaced. */
  private ArrayList<@Nullable Outgoing> waiting = NOTHING;

  /** How many places in {@link #waiting} are empty. */
  private int gaps;

  /** No droppable message waits before this place. */
  private int oldest;

  /** Where the message of each key waits; null unless messages are conflated. */
  private @Nullable Map<String, Integer> places;

  /** Where {@link #takeOne} goes on; what comes before it is gaps. */
  private int first;

  private long bound;

  /** What each message that waits counts beside its bytes. */
  private int overhead;

  private long queuedBytes;

  /** Bytes that the transport has taken and not yet written. */
  private long takenBytes;

  private long dropped;

  OutboundQueue(EngineSessions sessions) {
    this.sessions = sessions;
    this.policy = sessions.options().slowConsumer();
    this.bound = sessions.options().maxOutboundBytes();
  }

  void policy(SlowConsumer newPolicy) {
    policy = newPolicy;
    if (newPolicy != SlowConsumer.CONFLATE) {
      places = null;
    }
  }

  SlowConsumer policy() {
    return policy;
  }

  boolean isEmpty() {
    return waiting.size() == gaps;
  }

  /** Returns how many messages and control packets wait here. */
  int size() {
    return waiting.size() - gaps;
  }

  /** Returns how many bytes wait here and in the transport. */
  long bytes() {
    return queuedBytes + takenBytes;
  }

  /** Returns whether the transport has written all that it took. */
  boolean isWritten() {
    return takenBytes == 0;
  }

  /** Returns how many messages were dropped or replaced for want of room. */
  long dropped() {
    return dropped;
  }

  /** Adds a control packet, which counts for no bound. */
  void add(EnginePacket packet) {
    own().add(packet);
  }

  /** Returns {@link #waiting} for adding to it. */
  @SuppressWarnings("ReferenceEquality") // any other empty list may be added to
  private List<@Nullable Outgoing> own() {
    if (waiting == NOTHING) {
      waiting = new ArrayList<>(2);
    }
    return waiting;
  }

  /** Adds what begins a session, in this order and before all else. */
  void begin(EnginePacket.Open open, @Nullable MessageBatch greeting) {
    own().add(0, open);
    if (greeting != null) {
      sessions.addOutbound(greeting.size());
      queuedBytes += greeting.size();
      waiting.add(1, greeting);
    }
  }

  /**
   * Adds a message, after making room for it as far as the policy allows; it may itself be what is
   * dropped.
   *
   * @return false if there is no room, and nothing was added
   */
  boolean add(MessageBatch message) {
    String key = policy == SlowConsumer.CONFLATE ? message.key() : null;
    if (key != null) {
      forgetOlder(key);
    }
    if (!hasRoomFor(message)) {
      if (policy != SlowConsumer.DROP_OLDEST) {
        return false;
      }
      while (!hasRoomFor(message) && dropOldest()) {}
      if (!hasRoomFor(message)) {
        dropped += message.isDroppable() ? 1 : 0;
        return message.isDroppable();
      }
    }
    if (key != null) {
      remember(key);
    }
    own().add(message);
    queuedBytes += message.size();
    sessions.addOutbound(message.size());
    return true;
  }

  /** Returns whether a message would be within the bounds; one alone may be larger. */
  boolean hasRoomFor(MessageBatch message) {
    long before = bytes();
    long beside = (long) overhead * (waiting.size() - gaps + message.packets());
    return (before == 0 || before + beside + message.size() <= bound)
        && (before <= SPARED_BYTES
            || sessions.outboundBytes() + message.size()
                <= sessions.options().maxTotalOutboundBytes());
  }

  private boolean dropOldest() {
    while (oldest < waiting.size()) {
      int place = oldest++;
      if (waiting.get(place) instanceof MessageBatch message && message.isDroppable()) {
        vacate(place, message);
        return true;
      }
    }
    return false;
  }

  private void forgetOlder(String key) {
    Integer place = places == null ? null : places.remove(key);
    if (place != null && waiting.get(place) instanceof MessageBatch older) {
      vacate(place, older);
    }
  }

  private void remember(String key) {
    if (places == null) {
      places = new HashMap<>();
    }
    places.put(key, waiting.size());
  }

  private void vacate(int place, MessageBatch message) {
    waiting.set(place, null);
    gaps++;
    dropped++;
    queuedBytes -= message.size();
    sessions.addOutbound(-message.size());
    if (gaps > 16 && gaps > waiting.size() / 2) {
      keepFrom(0);
    }
  }

  /**
   * Takes what the transport is to write now; its bytes count until {@link #written}. Where
   * messages may still be dropped or replaced, no more than a quarter of the bound is taken at
   * once: what the transport has is out of reach.
   */
  List<Outgoing> take() {
    boolean all = policy == SlowConsumer.DISCONNECT || policy == SlowConsumer.BLOCK;
    if (gaps == 0 && (all || queuedBytes <= sessions.options().maxOutboundBytes() / 4)) {
      List<Outgoing> batch = whole();
      takenBytes += queuedBytes;
      reset();
      return batch;
    }
    List<Outgoing> batch = new ArrayList<>();
    long limit = all ? Long.MAX_VALUE : sessions.options().maxOutboundBytes() / 4;
    long bytes = 0;
    int end = 0;
    while (end < waiting.size() && (bytes == 0 || bytes < limit)) {
      Outgoing next = waiting.get(end++);
      if (next != null) {
        batch.add(next);
        bytes += next instanceof MessageBatch message ? message.size() : 0;
      }
    }
    takenBytes += bytes;
    queuedBytes -= bytes;
    keepFrom(end);
    return batch;
  }

  @SuppressWarnings("NullAway") // There are no gaps.
  private List<Outgoing> whole() {
    return waiting;
  }

  private void reset() {
    waiting = NOTHING;
    first = 0;
    queuedBytes = 0;
    gaps = 0;
    oldest = 0;
    places = null;
  }

  /** Closes the gaps and leaves out what comes before a place. */
  private void keepFrom(int from) {
    List<@Nullable Outgoing> old = waiting;
    boolean conflating = places != null;
    waiting = new ArrayList<>(Math.max(2, old.size() - from - gaps));
    places = null;
    gaps = 0;
    oldest = 0;
    first = 0;
    for (int i = from; i < old.size(); i++) {
      Outgoing kept = old.get(i);
      if (kept instanceof MessageBatch message && conflating && message.key() != null) {
        remember(message.key());
      }
      if (kept != null) {
        waiting.add(kept);
      }
    }
  }

  /**
   * Takes the oldest message that waits, or null if there is none; its bytes count until {@link
   * #released}. For sessions whose control packets wait elsewhere.
   */
  @Nullable MessageBatch takeOne() {
    while (first < waiting.size()) {
      int place = first++;
      if (waiting.set(place, null) instanceof MessageBatch message) {
        gaps++;
        oldest = Math.max(oldest, first);
        queuedBytes -= message.size();
        takenBytes += message.size();
        if (places != null && message.key() != null) {
          places.remove(message.key(), place);
        }
        if (isEmpty()) {
          waiting.clear();
          gaps = 0;
          oldest = 0;
          first = 0;
        } else if (first > 1024 && first > waiting.size() / 2) {
          keepFrom(first);
        }
        return message;
      }
    }
    return null;
  }

  /** Messages that were taken one by one are no longer kept. */
  void released(long bytes) {
    takenBytes -= bytes;
    sessions.addOutbound(-bytes);
  }

  /**
   * Sets how many bytes may wait.
   *
   * @param overhead what each message that waits counts beside its bytes
   */
  void bound(long bytes, int overhead) {
    bound = bytes;
    this.overhead = overhead;
  }

  /** The transport has written what it took. */
  void written() {
    if (takenBytes != 0) {
      sessions.addOutbound(-takenBytes);
      takenBytes = 0;
    }
  }

  /** Drops everything, because the session has ended. */
  void clear() {
    sessions.addOutbound(-bytes());
    takenBytes = 0;
    reset();
  }
}

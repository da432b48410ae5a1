package io.towpath.socket;

import io.towpath.engine.PacketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The handlers of one socket by the names of their events. Registration copies; look-up reads an
 * array. Any thread may register; dispatch is confined to the socket's inbox.
 */
final class EventHandlers {
  /** Names that mean something to Socket.IO itself and are refused in packets and in emit. */
  static final Set<String> RESERVED =
      Set.of(
          "connect",
          "connect_error",
          "disconnect",
          "disconnecting",
          "newListener",
          "removeListener");

  private static final String[] RESERVED_NAMES = RESERVED.toArray(new String[0]);

  /** A handler in the one form that dispatch knows. */
  @FunctionalInterface
  interface Call {
    void run(PayloadReader reader, Ack ack) throws Exception;
  }

  /** One registration; a class and no record, because two registrations are never equal. */
  private static final class Entry {
    private final String event;
    private final Object handler;
    private final Call call;
    private final boolean once;

    Entry(String event, Object handler, Call call, boolean once) {
      this.event = event;
      this.handler = handler;
      this.call = call;
      this.once = once;
    }
  }

  /** Replaced as a whole; never changed. */
  private volatile List<Entry> entries = List.of();

  synchronized void add(String event, Object handler, Call call, boolean once) {
    List<Entry> more = new ArrayList<>(entries);
    more.add(new Entry(event, handler, call, once));
    entries = List.copyOf(more);
  }

  synchronized void remove(String event) {
    entries = entries.stream().filter(entry -> !entry.event.equals(event)).toList();
  }

  synchronized void remove(String event, Object handler) {
    entries =
        entries.stream()
            .filter(entry -> !(entry.event.equals(event) && entry.handler == handler))
            .toList();
  }

  /** Returns what was registered for an event. */
  List<Object> of(String event) {
    return entries.stream()
        .filter(entry -> entry.event.equals(event))
        .map(entry -> entry.handler)
        .toList();
  }

  /** Returns the events that something is registered for, in the order of registration. */
  Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    entries.forEach(entry -> names.add(entry.event));
    return names;
  }

  synchronized void clear() {
    entries = List.of();
  }

  private synchronized boolean removeOnce(Entry once) {
    List<Entry> fewer = new ArrayList<>(entries);
    boolean removed = fewer.remove(once);
    entries = List.copyOf(fewer);
    return removed;
  }

  /**
   * Runs every handler of an event; without any, the event is only checked.
   *
   * @throws PacketException if the payload is no valid event
   * @throws Exception what a handler throws
   */
  void dispatch(Json json, Payload payload, Ack ack) throws Exception {
    PayloadReader reader = json.read(payload);
    reader.takeName();
    for (String reserved : RESERVED_NAMES) {
      if (reader.isNamed(reserved)) {
        throw new PacketException("reserved event name");
      }
    }
    boolean handled = false;
    List<Entry> registered = entries;
    for (int i = 0; i < registered.size(); i++) {
      Entry entry = registered.get(i);
      if (!reader.isNamed(entry.event) || entry.once && !removeOnce(entry)) {
        continue;
      }
      if (handled) {
        reader = json.read(payload);
        reader.takeName();
      }
      handled = true;
      entry.call.run(reader, ack);
    }
    if (!handled) {
      reader.finish();
    }
  }

  static void requireReceivable(String event) {
    if (RESERVED.contains(event)) {
      throw new PacketException("reserved event name");
    }
  }

  static void requireUsable(String event) {
    if (RESERVED.contains(event)) {
      throw new IllegalArgumentException("\"" + event + "\" is a reserved event name");
    }
  }
}

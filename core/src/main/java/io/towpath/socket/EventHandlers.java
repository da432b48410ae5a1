package io.towpath.socket;

import io.towpath.engine.PacketException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
  private static class Entry {
    final String event;
    final Object handler;
    final Call call;

    Entry(String event, Object handler, Call call) {
      this.event = event;
      this.handler = handler;
      this.call = call;
    }
  }

  /** One that runs the next time and then no more. */
  private static final class OnceEntry extends Entry {
    OnceEntry(String event, Object handler, Call call) {
      super(event, handler, call);
    }
  }

  private static final Entry[] NONE = {};

  /** Replaced as a whole; never changed. */
  private volatile Entry[] entries = NONE;

  synchronized void add(String event, Object handler, Call call, boolean once) {
    Entry[] before = entries;
    Entry[] more = Arrays.copyOf(before, before.length + 1);
    more[before.length] =
        once ? new OnceEntry(event, handler, call) : new Entry(event, handler, call);
    entries = more;
  }

  synchronized void remove(String event) {
    keep(entry -> !entry.event.equals(event));
  }

  synchronized void remove(String event, Object handler) {
    keep(entry -> !(entry.event.equals(event) && entry.handler == handler));
  }

  private synchronized void keep(Predicate<Entry> wanted) {
    entries = Stream.of(entries).filter(wanted).toArray(Entry[]::new);
  }

  /** Returns what was registered for an event. */
  List<Object> of(String event) {
    return Stream.of(entries)
        .filter(entry -> entry.event.equals(event))
        .map(entry -> entry.handler)
        .toList();
  }

  /** Returns the events that something is registered for, in the order of registration. */
  Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    for (Entry entry : entries) {
      names.add(entry.event);
    }
    return names;
  }

  synchronized void clear() {
    entries = NONE;
  }

  private synchronized boolean removeOnce(Entry once) {
    int before = entries.length;
    keep(entry -> entry != once);
    return entries.length < before;
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
    for (Entry entry : entries) {
      if (!reader.isNamed(entry.event) || entry instanceof OnceEntry && !removeOnce(entry)) {
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

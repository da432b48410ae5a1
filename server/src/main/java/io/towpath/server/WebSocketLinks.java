package io.towpath.server;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.xnio.XnioIoThread;

/** The open WebSocket connections of one server, and what their I/O threads are for them. */
final class WebSocketLinks {
  private final Set<XnioByteLink> open = ConcurrentHashMap.newKeySet();
  private final Map<XnioIoThread, FairExecutor> threads = new ConcurrentHashMap<>();

  void add(XnioByteLink link) {
    open.add(link);
  }

  void remove(XnioByteLink link) {
    open.remove(link);
  }

  /** Returns how many are open, also those whose sessions have ended. */
  int size() {
    return open.size();
  }

  /** Returns whether one has bytes to write, also one whose session has ended. */
  boolean isWriting() {
    return open.stream().anyMatch(XnioByteLink::isWriting);
  }

  /** Returns what runs tasks on an I/O thread, the same for all of its connections. */
  Executor executor(XnioIoThread thread) {
    return threads.computeIfAbsent(thread, FairExecutor::new);
  }

  /** Lets go of what the I/O threads were given; the connections stay. */
  void close() {
    threads.values().forEach(FairExecutor::close);
  }
}

package io.towpath.socket;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything that sees each event of a socket; only sockets that use it have one. Any thread. */
final class Taps {
  /** A listener, and the object that the application knows it by. */
  record Incoming(Object key, CatchAll.WithAck listener) {}

  final List<Incoming> incoming = new CopyOnWriteArrayList<>();
  final List<CatchAll> outgoing = new CopyOnWriteArrayList<>();
  final List<EventMiddleware> middlewares = new CopyOnWriteArrayList<>();
}

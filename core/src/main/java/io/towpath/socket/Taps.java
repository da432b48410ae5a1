package io.towpath.socket;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything that sees each event of a socket; only sockets that use it have one. Any thread. */
final class Taps {
  /** A listener, and the object that the application knows it by. */
  record Incoming(Object key, CatchAll.WithAck listener) {
    /** Returns a listener that leaves the ack alone. */
    static Incoming of(CatchAll listener) {
      return new Incoming(listener, (event, arguments, ack) -> listener.on(event, arguments));
    }
  }

  final List<Incoming> incoming = new CopyOnWriteArrayList<>();
  final List<CatchAll> outgoing = new CopyOnWriteArrayList<>();
  final List<EventMiddleware> middlewares = new CopyOnWriteArrayList<>();
}

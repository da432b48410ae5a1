package io.towpath.socket;

import io.towpath.engine.PacketException;

/**
 * The way of one event through a socket that looks at every event: past the catch-all listeners,
 * through the middlewares, to the handlers. Runs in the socket's inbox.
 */
final class EventPassage {
  private final Socket socket;
  private final Taps taps;
  private final Payload payload;
  private final Ack ack;
  private final String event;
  private final Arguments arguments;

  /**
   * Reads the event.
   *
   * @throws PacketException if it is none
   */
  EventPassage(Socket socket, Taps taps, Payload payload, Ack ack) {
    this.socket = socket;
    this.taps = taps;
    this.payload = payload;
    this.ack = ack;
    PayloadReader reader = socket.namespace().server().json().read(payload);
    event = reader.eventName();
    EventHandlers.requireReceivable(event);
    arguments = reader.rest();
  }

  /** Shows the event to whoever sees them all, and then lets it pass. */
  void begin() throws Exception {
    for (Taps.Incoming tap : taps.incoming) {
      tap.listener().on(event, arguments, ack);
    }
    pass(0);
  }

  private void pass(int index) throws Exception {
    if (index == taps.middlewares.size()) {
      socket.handlers.dispatch(socket.namespace().server().json(), payload, ack);
      return;
    }
    Verdict verdict = new Verdict(index);
    taps.middlewares.get(index).handle(event, arguments, verdict);
    verdict.returned();
  }

  /** What a middleware says, once: while it runs, or later. */
  private final class Verdict implements EventMiddleware.Next {
    private final int index;

    /** Guarded by this object. */
    private boolean given;

    /** Whether the event may pass, and the middleware has not returned; guarded by this object. */
    private boolean passes;

    /** Whether the middleware has returned; guarded by this object. */
    private boolean late;

    Verdict(int index) {
      this.index = index;
    }

    @Override
    public void proceed() {
      synchronized (this) {
        if (given) {
          return;
        }
        given = true;
        if (!late) {
          passes = true;
          return;
        }
      }
      socket.inbox.runInOrder(this::passLate);
    }

    private void passLate() {
      try {
        if (!socket.state.isDeaf()) {
          pass(index + 1);
        }
      } catch (PacketException invalid) {
        socket.violation(invalid);
      } catch (Throwable thrown) {
        socket.report(thrown);
      }
    }

    @Override
    public void refuse(Throwable why) {
      synchronized (this) {
        if (given) {
          return;
        }
        given = true;
      }
      socket.report(why);
    }

    /** The middleware has returned: what it let pass goes on at once, before later events. */
    void returned() throws Exception {
      boolean now;
      synchronized (this) {
        late = true;
        now = passes;
      }
      if (now) {
        pass(index + 1);
      }
    }
  }
}

package io.towpath.socket;

/**
 * Decides whether an event reaches the handlers of a socket. Middlewares run in the order of their
 * registration, after catch-all listeners; each must call its {@link Next} once, now or later, from
 * any thread. An event whose middleware answers later is handled then; events behind it do not wait
 * for it. One that throws refuses the event.
 */
@FunctionalInterface
public interface EventMiddleware {
  /** Looks at an event that has come in. */
  void handle(String event, Arguments arguments, Next next) throws Exception;

  /** How a middleware says its verdict; only the first one counts. */
  interface Next {
    /** Lets the event pass on to the next middleware, or to the handlers. */
    void proceed();

    /** Drops the event, and reports why to {@link SocketIo#onError}; the client is not told. */
    void refuse(Throwable why);
  }
}

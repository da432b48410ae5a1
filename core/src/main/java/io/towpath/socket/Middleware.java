package io.towpath.socket;

import org.jspecify.annotations.Nullable;

/**
 * Decides whether a client may join a namespace. Middlewares run in the order of their
 * registration, for every CONNECT, on the handler threads; each must call its {@link Next} once,
 * now or later, from any thread. One that throws a {@link RefusedException} refuses the client with
 * what that says; one that throws anything else refuses it with the message {@code Internal error}
 * and is reported to {@link SocketIo#onError}.
 */
@FunctionalInterface
public interface Middleware {
  /** Looks at a client that asks to join. */
  void handle(Socket socket, Next next) throws Exception;

  /** How a middleware says its verdict; only the first one counts. */
  interface Next {
    /** Lets the client pass on to the next middleware, or in. */
    void proceed();

    /** Refuses the client; it gets {@code connect_error} with that message. */
    default void refuse(String message) {
      refuse(message, null);
    }

    /**
     * Refuses the client; it gets {@code connect_error} with that message and data, written as
     * JSON.
     */
    void refuse(String message, @Nullable Object data);
  }
}

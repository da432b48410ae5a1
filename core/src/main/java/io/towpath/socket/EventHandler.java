package io.towpath.socket;

import org.jspecify.annotations.Nullable;

/**
 * What handles an event: untyped here, typed in the nested interfaces. Handlers of one socket run
 * one at a time and in order; by default they may block, and delay only their own socket. What a
 * handler throws goes to {@link SocketIo#onError} and costs the session nothing. An argument that
 * the client left out, or sent as {@code null}, is null.
 */
@FunctionalInterface
public interface EventHandler {
  /**
   * Handles an event with whatever arguments it has; the ack does nothing if the client asked for
   * none.
   */
  void on(Arguments arguments, Ack ack) throws Exception;

  /** Handles an event whose ack is of no interest. */
  @FunctionalInterface
  interface Plain {
    /** Handles the event. */
    void on(Arguments arguments) throws Exception;
  }

  /** Handles an event without arguments. */
  @FunctionalInterface
  interface None {
    /** Handles the event. */
    void on() throws Exception;
  }

  /**
   * Handles an event with one argument.
   *
   * @param <A> its type
   */
  @FunctionalInterface
  interface One<A> {
    /** Handles the event. */
    void on(A first) throws Exception;
  }

  /**
   * Handles an event with one argument and an ack.
   *
   * @param <A> the argument's type
   */
  @FunctionalInterface
  interface OneAck<A> {
    /** Handles the event. */
    void on(A first, Ack ack) throws Exception;
  }

  /**
   * Handles an event with two arguments.
   *
   * @param <A> the first argument's type
   * @param <B> the second argument's type
   */
  @FunctionalInterface
  interface Two<A, B> {
    /** Handles the event. */
    void on(A first, B second) throws Exception;
  }

  /**
   * Handles an event with two arguments and an ack.
   *
   * @param <A> the first argument's type
   * @param <B> the second argument's type
   */
  @FunctionalInterface
  interface TwoAck<A, B> {
    /** Handles the event. */
    void on(A first, B second, Ack ack) throws Exception;
  }

  /** Handles an event with three arguments. */
  @FunctionalInterface
  interface Three<A, B, C> {
    /** Handles one event. */
    void on(A first, B second, C third) throws Exception;
  }

  /** Handles an event with three arguments and its ack. */
  @FunctionalInterface
  interface ThreeAck<A, B, C> {
    /** Handles one event. */
    void on(A first, B second, C third, Ack ack) throws Exception;
  }

  /** Answers an event, whatever its arguments. */
  @FunctionalInterface
  interface Request {
    /** Returns the answer, or a stage with it. */
    @Nullable Object on(Arguments arguments) throws Exception;
  }

  /** Answers an event with one argument. */
  @FunctionalInterface
  interface RequestOne<A> {
    /** Returns the answer, or a stage with it. */
    @Nullable Object on(A first) throws Exception;
  }

  /** Answers an event with two arguments. */
  @FunctionalInterface
  interface RequestTwo<A, B> {
    /** Returns the answer, or a stage with it. */
    @Nullable Object on(A first, B second) throws Exception;
  }
}

package io.towpath.socket;

import java.util.List;
import java.util.Set;

/**
 * Something that events arrive at: a {@link Socket}, from its client, and a {@link Namespace}, from
 * other servers. Handlers of one event run in the order of their registration.
 *
 * <p>Arguments are read as the types that a handler names, by Jackson; one that is missing is null.
 * A value that does not fit its type is reported to {@link SocketIo#onError} and the handler is not
 * called. What a handler throws is reported there too. Any thread may register and remove.
 *
 * @param <S> the receiver itself, for chaining
 */
public abstract sealed class EventReceiver<S extends EventReceiver<S>> permits Socket, Namespace {
  final EventHandlers handlers = new EventHandlers();

  EventReceiver() {}

  abstract S self();

  /** Returns what answers that come later report their failure to. */
  abstract Calls calls();

  private S add(String event, Object handler, EventHandlers.Call call, boolean once) {
    EventHandlers.requireUsable(event);
    handlers.add(event, handler, call, once);
    return self();
  }

  /** Handles an event, whatever its arguments, with its ack. */
  public S on(String event, EventHandler handler) {
    return add(event, handler, Calls.all(handler), false);
  }

  /** Handles an event, whatever its arguments. */
  public S on(String event, EventHandler.Plain handler) {
    return add(event, handler, Calls.plain(handler), false);
  }

  /** Handles an event; arguments are ignored. */
  public S on(String event, EventHandler.None handler) {
    return add(event, handler, Calls.none(handler), false);
  }

  /** Handles an event with one argument of a type that Jackson can read. */
  public <A> S on(String event, Class<A> type, EventHandler.One<A> handler) {
    return add(event, handler, Calls.one(type, handler), false);
  }

  /** Handles an event with one argument of a type with parameters. */
  public <A> S on(String event, TypeRef<A> type, EventHandler.One<A> handler) {
    return add(event, handler, Calls.one(type.type(), handler), false);
  }

  /** Handles an event with one argument and its ack. */
  public <A> S on(String event, Class<A> type, EventHandler.OneAck<A> handler) {
    return add(event, handler, Calls.oneAck(type, handler), false);
  }

  /** Handles an event with one argument of a type with parameters and its ack. */
  public <A> S on(String event, TypeRef<A> type, EventHandler.OneAck<A> handler) {
    return add(event, handler, Calls.oneAck(type.type(), handler), false);
  }

  /** Handles an event with two arguments. */
  public <A, B> S on(
      String event, Class<A> first, Class<B> second, EventHandler.Two<A, B> handler) {
    return add(event, handler, Calls.two(first, second, handler), false);
  }

  /** Handles an event with two arguments of types with parameters. */
  public <A, B> S on(
      String event, TypeRef<A> first, TypeRef<B> second, EventHandler.Two<A, B> handler) {
    return add(event, handler, Calls.two(first.type(), second.type(), handler), false);
  }

  /** Handles an event with two arguments and its ack. */
  public <A, B> S on(
      String event, Class<A> first, Class<B> second, EventHandler.TwoAck<A, B> handler) {
    return add(event, handler, Calls.twoAck(first, second, handler), false);
  }

  /** Handles an event with two arguments of types with parameters and its ack. */
  public <A, B> S on(
      String event, TypeRef<A> first, TypeRef<B> second, EventHandler.TwoAck<A, B> handler) {
    return add(event, handler, Calls.twoAck(first.type(), second.type(), handler), false);
  }

  /** Handles an event with three arguments. */
  public <A, B, C> S on(
      String event,
      Class<A> first,
      Class<B> second,
      Class<C> third,
      EventHandler.Three<A, B, C> handler) {
    return add(event, handler, Calls.three(first, second, third, handler), false);
  }

  /** Handles an event with three arguments and its ack. */
  public <A, B, C> S on(
      String event,
      Class<A> first,
      Class<B> second,
      Class<C> third,
      EventHandler.ThreeAck<A, B, C> handler) {
    return add(event, handler, Calls.threeAck(first, second, third, handler), false);
  }

  /** Handles an event with three arguments of types with parameters. */
  public <A, B, C> S on(
      String event,
      TypeRef<A> first,
      TypeRef<B> second,
      TypeRef<C> third,
      EventHandler.Three<A, B, C> handler) {
    EventHandlers.Call call = Calls.three(first.type(), second.type(), third.type(), handler);
    return add(event, handler, call, false);
  }

  /** Handles an event with three arguments of types with parameters and its ack. */
  public <A, B, C> S on(
      String event,
      TypeRef<A> first,
      TypeRef<B> second,
      TypeRef<C> third,
      EventHandler.ThreeAck<A, B, C> handler) {
    EventHandlers.Call call = Calls.threeAck(first.type(), second.type(), third.type(), handler);
    return add(event, handler, call, false);
  }

  /** Handles an event, whatever its arguments, the next time that it comes, and then no more. */
  public S once(String event, EventHandler handler) {
    return add(event, handler, Calls.all(handler), true);
  }

  /** Handles an event, whatever its arguments, the next time that it comes, and then no more. */
  public S once(String event, EventHandler.Plain handler) {
    return add(event, handler, Calls.plain(handler), true);
  }

  /** Handles an event the next time that it comes, and then no more; arguments are ignored. */
  public S once(String event, EventHandler.None handler) {
    return add(event, handler, Calls.none(handler), true);
  }

  /** Handles an event with one argument the next time that it comes, and then no more. */
  public <A> S once(String event, Class<A> type, EventHandler.One<A> handler) {
    return add(event, handler, Calls.one(type, handler), true);
  }

  /** Handles an event with one argument the next time that it comes, and then no more. */
  public <A> S once(String event, TypeRef<A> type, EventHandler.One<A> handler) {
    return add(event, handler, Calls.one(type.type(), handler), true);
  }

  /** Handles an event with one argument and its ack the next time, and then no more. */
  public <A> S once(String event, Class<A> type, EventHandler.OneAck<A> handler) {
    return add(event, handler, Calls.oneAck(type, handler), true);
  }

  /** Handles an event with two arguments the next time that it comes, and then no more. */
  public <A, B> S once(
      String event, Class<A> first, Class<B> second, EventHandler.Two<A, B> handler) {
    return add(event, handler, Calls.two(first, second, handler), true);
  }

  /** Handles an event with two arguments and its ack the next time, and then no more. */
  public <A, B> S once(
      String event, Class<A> first, Class<B> second, EventHandler.TwoAck<A, B> handler) {
    return add(event, handler, Calls.twoAck(first, second, handler), true);
  }

  /** The same as {@link #once(String, Class, EventHandler.OneAck)} for a type with parameters. */
  public <A> S once(String event, TypeRef<A> type, EventHandler.OneAck<A> handler) {
    return add(event, handler, Calls.oneAck(type.type(), handler), true);
  }

  /** Handles an event with two arguments of types with parameters the next time, and no more. */
  public <A, B> S once(
      String event, TypeRef<A> first, TypeRef<B> second, EventHandler.Two<A, B> handler) {
    return add(event, handler, Calls.two(first.type(), second.type(), handler), true);
  }

  /** The same with its ack. */
  public <A, B> S once(
      String event, TypeRef<A> first, TypeRef<B> second, EventHandler.TwoAck<A, B> handler) {
    return add(event, handler, Calls.twoAck(first.type(), second.type(), handler), true);
  }

  /** Handles an event with three arguments the next time that it comes, and then no more. */
  public <A, B, C> S once(
      String event,
      Class<A> first,
      Class<B> second,
      Class<C> third,
      EventHandler.Three<A, B, C> handler) {
    return add(event, handler, Calls.three(first, second, third, handler), true);
  }

  /** Handles an event with three arguments and its ack the next time, and then no more. */
  public <A, B, C> S once(
      String event,
      Class<A> first,
      Class<B> second,
      Class<C> third,
      EventHandler.ThreeAck<A, B, C> handler) {
    return add(event, handler, Calls.threeAck(first, second, third, handler), true);
  }

  /**
   * Answers an event with what a function returns: a value; a {@link
   * java.util.concurrent.CompletionStage}, whose value is sent when it is there; {@link Arguments},
   * which are sent unchanged. When it throws, or the stage fails, the error is reported and the
   * client gets no answer.
   */
  public S onRequest(String event, EventHandler.Request handler) {
    return add(event, handler, calls().request(handler), false);
  }

  /** Answers an event with one argument; see {@link #onRequest(String, EventHandler.Request)}. */
  public <A> S onRequest(String event, Class<A> type, EventHandler.RequestOne<A> handler) {
    return add(event, handler, calls().requestOne(type, handler), false);
  }

  /** Answers an event with one argument; see {@link #onRequest(String, EventHandler.Request)}. */
  public <A> S onRequest(String event, TypeRef<A> type, EventHandler.RequestOne<A> handler) {
    return add(event, handler, calls().requestOne(type.type(), handler), false);
  }

  /** Answers an event with two arguments; see {@link #onRequest(String, EventHandler.Request)}. */
  public <A, B> S onRequest(
      String event, Class<A> first, Class<B> second, EventHandler.RequestTwo<A, B> handler) {
    return add(event, handler, calls().requestTwo(first, second, handler), false);
  }

  /**
   * Handles events with the methods of an object that {@link OnEvent} names, inherited ones among
   * them.
   *
   * @throws IllegalArgumentException if none is annotated, one cannot be called from here, or one
   *     asks for a {@link Socket} where there is none
   */
  public S listen(Object object) {
    for (AnnotatedMethod method : AnnotatedMethod.of(object.getClass())) {
      add(method.event(), object, calls().annotated(method, object), method.once());
    }
    return self();
  }

  /**
   * Returns the handlers of an event in the order in which they run: the objects that were
   * registered. A snapshot.
   */
  public List<Object> listeners(String event) {
    return handlers.of(event);
  }

  /** Returns the names of the events that have handlers. A snapshot. */
  public Set<String> eventNames() {
    return handlers.names();
  }

  /** Removes every handler of an event. */
  public S off(String event) {
    handlers.remove(event);
    return self();
  }

  /**
   * Removes one handler of an event: the very object that was registered, or whose methods were.
   */
  public S off(String event, Object handler) {
    handlers.remove(event, handler);
    return self();
  }

  /** Removes every handler of every event. */
  public S off() {
    handlers.clear();
    return self();
  }
}

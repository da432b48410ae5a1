package io.towpath.socket;

import java.lang.reflect.Type;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings handlers of every shape into the one form that dispatch knows. The payload has been
 * checked to its end before a handler runs. Stateless but for where failures go; any thread.
 *
 * @param socket the socket that methods may ask for, or null
 * @param failures takes why a late answer failed
 */
record Calls(@Nullable Socket socket, Consumer<Throwable> failures) {
  static EventHandlers.Call all(EventHandler handler) {
    return (reader, ack) -> handler.on(reader.rest(), ack);
  }

  static EventHandlers.Call plain(EventHandler.Plain handler) {
    return (reader, ack) -> handler.on(reader.rest());
  }

  static EventHandlers.Call none(EventHandler.None handler) {
    return (reader, ack) -> {
      reader.finish();
      handler.on();
    };
  }

  static <A> EventHandlers.Call one(Type type, EventHandler.One<A> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(type));
      reader.finish();
      handler.on(a);
    };
  }

  static <A> EventHandlers.Call oneAck(Type type, EventHandler.OneAck<A> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(type));
      reader.finish();
      handler.on(a, ack);
    };
  }

  static <A, B> EventHandlers.Call two(Type first, Type second, EventHandler.Two<A, B> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(first));
      B b = cast(reader.next(second));
      reader.finish();
      handler.on(a, b);
    };
  }

  static <A, B> EventHandlers.Call twoAck(
      Type first, Type second, EventHandler.TwoAck<A, B> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(first));
      B b = cast(reader.next(second));
      reader.finish();
      handler.on(a, b, ack);
    };
  }

  static <A, B, C> EventHandlers.Call three(
      Type first, Type second, Type third, EventHandler.Three<A, B, C> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(first));
      B b = cast(reader.next(second));
      C c = cast(reader.next(third));
      reader.finish();
      handler.on(a, b, c);
    };
  }

  static <A, B, C> EventHandlers.Call threeAck(
      Type first, Type second, Type third, EventHandler.ThreeAck<A, B, C> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(first));
      B b = cast(reader.next(second));
      C c = cast(reader.next(third));
      reader.finish();
      handler.on(a, b, c, ack);
    };
  }

  EventHandlers.Call request(EventHandler.Request handler) {
    return (reader, ack) -> answer(ack, handler.on(reader.rest()));
  }

  <A> EventHandlers.Call requestOne(Type type, EventHandler.RequestOne<A> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(type));
      reader.finish();
      answer(ack, handler.on(a));
    };
  }

  <A, B> EventHandlers.Call requestTwo(
      Type first, Type second, EventHandler.RequestTwo<A, B> handler) {
    return (reader, ack) -> {
      A a = cast(reader.next(first));
      B b = cast(reader.next(second));
      reader.finish();
      answer(ack, handler.on(a, b));
    };
  }

  EventHandlers.Call annotated(AnnotatedMethod method, Object object) {
    if (method.wantsSocket() && socket == null) {
      throw new IllegalArgumentException(method + " asks for a socket, and there is none");
    }
    return (reader, ack) -> {
      Object result = method.call(object, socket, reader, ack);
      if (method.answers()) {
        answer(ack, result);
      }
    };
  }

  private void answer(Ack ack, @Nullable Object result) {
    if (result instanceof CompletionStage<?> stage) {
      stage.whenComplete(
          (value, thrown) -> {
            if (thrown != null) {
              failures.accept(thrown);
              return;
            }
            try {
              send(ack, value);
            } catch (RuntimeException unwritable) {
              failures.accept(unwritable);
            }
          });
    } else {
      send(ack, result);
    }
  }

  private static void send(Ack ack, @Nullable Object value) {
    if (value instanceof Arguments arguments) {
      ack.send(arguments);
    } else {
      ack.send(new @Nullable Object[] {value});
    }
  }

  /** The reader has made the value of the type that the handler asked for. */
  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T cast(@Nullable Object value) {
    return (T) value;
  }
}

package io.towpath.socket;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A method that {@link OnEvent} names, and what its parameters want. Immutable; any thread. */
final class AnnotatedMethod {
  /** Looked up once for each class, and let go with it. */
  private static final ClassValue<List<AnnotatedMethod>> FOUND =
      new ClassValue<>() {
        @Override
        protected List<AnnotatedMethod> computeValue(Class<?> type) {
          return find(type);
        }
      };

  private final Method method;
  private final String event;
  private final boolean once;
  private final Type[] parameters;

  private AnnotatedMethod(Method method, OnEvent annotation) {
    this.method = method;
    this.event = annotation.value();
    this.once = annotation.once();
    this.parameters = method.getGenericParameterTypes();
    List<Type> wanted = Arrays.asList(parameters);
    if (wanted.contains(Arguments.class)
        && wanted.stream().anyMatch(type -> isArgument(type) && type != Arguments.class)) {
      throw new IllegalArgumentException(this + " asks for all arguments and for single ones");
    }
    if (!method.trySetAccessible()) {
      throw new IllegalArgumentException(
          this + " cannot be called; its package has to be open to io.towpath.core");
    }
  }

  /**
   * Returns the annotated methods of a class and of what it extends; overridden ones once.
   *
   * @throws IllegalArgumentException if there is none, or one cannot be called
   */
  static List<AnnotatedMethod> of(Class<?> type) {
    return FOUND.get(type);
  }

  private static List<AnnotatedMethod> find(Class<?> type) {
    List<AnnotatedMethod> found = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Class<?> from = type; from != null && from != Object.class; from = from.getSuperclass()) {
      for (Method method : from.getDeclaredMethods()) {
        if (method.isBridge() || method.isSynthetic()) {
          continue;
        }
        boolean inherited = !Modifier.isPrivate(method.getModifiers());
        String signature = method.getName() + Arrays.toString(method.getParameterTypes());
        if (inherited && !seen.add(signature)) {
          continue;
        }
        OnEvent annotation = method.getAnnotation(OnEvent.class);
        if (annotation != null) {
          found.add(new AnnotatedMethod(method, annotation));
        }
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(type.getName() + " has no method with @OnEvent");
    }
    return List.copyOf(found);
  }

  private static boolean isArgument(Type type) {
    return type != Socket.class && type != Ack.class;
  }

  String event() {
    return event;
  }

  boolean once() {
    return once;
  }

  /** Whether what it returns is the answer. */
  boolean answers() {
    return method.getReturnType() != void.class;
  }

  boolean wantsSocket() {
    return Arrays.asList(parameters).contains(Socket.class);
  }

  @Nullable Object call(Object object, @Nullable Socket socket, PayloadReader reader, Ack ack)
      throws Exception {
    @Nullable Object[] values = new @Nullable Object[parameters.length];
    boolean finished = false;
    for (int i = 0; i < values.length; i++) {
      Type type = parameters[i];
      if (type == Socket.class) {
        values[i] = socket;
      } else if (type == Ack.class) {
        values[i] = ack;
      } else if (type == Arguments.class) {
        values[i] = reader.rest();
        finished = true;
      } else {
        values[i] = reader.next(type);
      }
    }
    if (!finished) {
      reader.finish();
    }
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null && parameters[i] instanceof Class<?> type && type.isPrimitive()) {
        throw new IllegalArgumentException(this + ": parameter " + (i + 1) + " is missing");
      }
    }
    try {
      return method.invoke(object, values);
    } catch (InvocationTargetException thrown) {
      if (thrown.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (thrown.getCause() instanceof Error cause) {
        throw cause;
      }
      throw thrown;
    }
  }

  @Override
  public String toString() {
    return method.getDeclaringClass().getName() + "." + method.getName();
  }
}

package io.towpath.socket;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the event that a method handles; see {@link EventReceiver#listen}.
 *
 * <p>A parameter of the type {@link Socket} gets the socket, {@link Ack} the ack, {@link Arguments}
 * all arguments as they came; the others get the event's arguments in turn, each as its own type,
 * null if it is missing. What a method returns is the answer, as with {@link
 * EventReceiver#onRequest(String, EventHandler.Request)}; {@code void} answers nothing by itself.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface OnEvent {
  /** Returns the event's name. */
  String value();

  /** Returns whether the method handles only the next such event. */
  boolean once() default false;
}

package io.towpath.adapter;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes the events that other servers send to a namespace. Any thread. */
@FunctionalInterface
public interface ServerEventListener {
  /**
   * Takes an event.
   *
   * @param event its name and arguments
   * @param answer takes the answer, at most once; null if none is wanted
   */
  void on(Answer event, @Nullable Consumer<Answer> answer);
}

package io.towpath.socket;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has been answered to a broadcast: the first argument of each answer, as in the reference, in
 * the order of arrival. Immutable; any thread.
 */
public final class BroadcastAnswers {
  private final List<Arguments> answers;

  BroadcastAnswers(List<Arguments> answers) {
    this.answers = List.copyOf(answers);
  }

  /** Returns how many answers there are. */
  public int size() {
    return answers.size();
  }

  /**
   * Returns the answers as a type; null for one that is JSON null or has no argument.
   *
   * @throws IllegalArgumentException if one does not fit the type
   */
  public <T> List<@Nullable T> as(Class<T> type) {
    List<@Nullable T> values = new ArrayList<>(answers.size());
    for (Arguments answer : answers) {
      values.add(answer.get(0, type));
    }
    return values;
  }

  /** Returns the answers as a type with parameters; see {@link #as(Class)}. */
  public <T> List<@Nullable T> as(TypeRef<T> type) {
    List<@Nullable T> values = new ArrayList<>(answers.size());
    for (Arguments answer : answers) {
      values.add(answer.get(0, type));
    }
    return values;
  }

  /** Returns the answers as JSON, for logs and tests. */
  @Override
  public String toString() {
    return answers.toString();
  }
}

package io.towpath.socket;

/**
 * Not everybody has answered a broadcast: the time is over, or those who have not answered have
 * left.
 */
public final class MissingAnswersException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient BroadcastAnswers answers;

  MissingAnswersException(BroadcastAnswers answers) {
    super("operation has timed out");
    this.answers = answers;
  }

  /** Returns the answers that have come. */
  public BroadcastAnswers answers() {
    return answers;
  }
}

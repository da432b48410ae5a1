package io.towpath.benchmarks;

/**
 * Something that a server is made to do over and over, and that counts only verified answers.
 * Confined to the loop's thread.
 */
interface Load {
  /** Opens the sessions and begins; returns when all are there. */
  void begin(LoadLoop loop);

  /** Returns how many answers have been verified so far. */
  long done();

  /** Returns how many of all answers so far came before that to an older event of their session. */
  default long disordered() {
    return 0;
  }

  /** Sends nothing new; returns when everything that was sent has been answered. */
  void end(LoadLoop loop);
}

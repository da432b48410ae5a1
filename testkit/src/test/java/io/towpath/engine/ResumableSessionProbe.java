package io.towpath.engine;

/** What the model test looks at inside of a session. */
public final class ResumableSessionProbe {
  private ResumableSessionProbe() {}

  /** Returns how many offers are open. */
  public static int openOffers(ResumableSession session) {
    return session.openOffers();
  }

  /** Returns the generation of the transport that was confirmed last. */
  public static long confirmed(ResumableSession session) {
    return session.confirmedGeneration();
  }
}

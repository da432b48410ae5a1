package io.towpath.benchmarks;

/** A server did not do what a load expects of it; the message says what. */
final class LoadFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  LoadFailure(String message) {
    super(message);
  }
}

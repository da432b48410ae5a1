package io.towpath.testkit;

import java.io.IOException;

/** A message whose end cannot be found, so that what follows it could not be looked at. */
final class MalformedHttpException extends IOException {
  private static final long serialVersionUID = 1;

  MalformedHttpException(String message) {
    super(message);
  }
}

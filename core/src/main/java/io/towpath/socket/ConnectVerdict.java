package io.towpath.socket;

import org.jspecify.annotations.Nullable;

/** What a middleware may say of a client that wants to join, once. Any thread. */
final class ConnectVerdict implements Middleware.Next {
  private final Connecting connecting;

  /** Which middleware speaks. */
  private final int index;

  /** Whether the verdict has been given; guarded by this object. */
  private boolean given;

  ConnectVerdict(Connecting connecting, int index) {
    this.connecting = connecting;
    this.index = index;
  }

  private synchronized boolean first() {
    boolean first = !given;
    given = true;
    return first;
  }

  @Override
  public void proceed() {
    if (first()) {
      connecting.proceed(index);
    }
  }

  @Override
  public void refuse(String message, @Nullable Object data) {
    if (first()) {
      connecting.refuse(message, data);
    }
  }
}

package io.towpath.socket;

import org.jspecify.annotations.Nullable;

/** What a middleware may say of a client that wants to join, once. Any thread. */
final class ConnectVerdict implements Middleware.Next {
  private final Socket socket;
  private final Runnable next;

  /** Whether the verdict has been given; guarded by this object. */
  private boolean given;

  ConnectVerdict(Socket socket, Runnable next) {
    this.socket = socket;
    this.next = next;
  }

  private synchronized boolean first() {
    boolean first = !given;
    given = true;
    return first;
  }

  @Override
  public void proceed() {
    if (first()) {
      socket.runInOrder(next);
    }
  }

  @Override
  public void refuse(String message, @Nullable Object data) {
    if (first()) {
      socket.runInOrder(() -> socket.refused(message, data));
    }
  }
}

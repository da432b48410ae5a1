package io.towpath.longpoll;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The POSTs of one transport of a resumable session. While the session is behind and takes nothing,
 * one POST is held; when that lasts too long it is answered without having been taken, before its
 * client takes the silence for a broken connection. Any thread.
 */
final class PostLane {
  /** Less than the 6 s after which a client sends a POST again. */
  static final long HOLD_MILLIS = 4_000;

  private final Scheduler scheduler;

  @GuardedBy("this")
  private boolean receiving = true;

  @GuardedBy("this")
  private ResumableHttp.@Nullable Post held;

  PostLane(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Takes a POST now, or as soon as the session receives. */
  void take(ResumableHttp.Post post) {
    ResumableHttp.Post older;
    boolean now;
    synchronized (this) {
      // What has nothing to hand on need not wait: it is how a client confirms, or acknowledges.
      now = receiving || post.isEmpty();
      older = now ? null : held;
      held = now ? held : post;
    }
    if (older != null) {
      older.giveBack();
    }
    if (now) {
      post.deliver();
    } else {
      Scheduler.Task unused = scheduler.schedule(HOLD_MILLIS, () -> giveBack(post));
    }
  }

  private void giveBack(ResumableHttp.Post post) {
    synchronized (this) {
      if (held != post) {
        return;
      }
      held = null;
    }
    post.giveBack();
  }

  void setReceiving(boolean newReceiving) {
    ResumableHttp.Post post;
    synchronized (this) {
      receiving = newReceiving;
      post = receiving ? held : null;
      held = receiving ? null : held;
    }
    if (post != null) {
      post.deliver();
    }
  }

  /** The transport has ended: a POST that is held finds that out. */
  void end() {
    setReceiving(true);
  }
}

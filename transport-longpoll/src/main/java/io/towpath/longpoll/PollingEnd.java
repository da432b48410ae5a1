package io.towpath.longpoll;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.towpath.engine.CloseReason;
import io.towpath.engine.Transport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a {@link PollingTransport}: why, what its open requests are told, and when. Whoever
 * ends the transport decides that under the lock. The session hears of it once, when no call into
 * it is running any more, and only then are the requests answered. This object is the transport's
 * lock.
 */
final class PollingEnd {
  private static final Logger log = LoggerFactory.getLogger(PollingTransport.class);

  /**
   * Why a transport ends, and what is to be done once the session knows.
   *
   * @param description for logs; may be null
   */
  private record Ending(
      CloseReason reason, @Nullable String description, List<Runnable> farewells) {}

  /** Null until the transport ends. */
  @GuardedBy("this")
  private @Nullable Ending ending;

  /** Whether a thread has taken it upon itself to tell it. */
  @GuardedBy("this")
  private boolean told;

  /** Calls into the session that have not returned. */
  @GuardedBy("this")
  private int upwardCalls;

  /** A call into the session begins. */
  @GuardedBy("this")
  void callBegins() {
    upwardCalls++;
  }

  /** A call into the session has returned. */
  @GuardedBy("this")
  void callEnds() {
    upwardCalls--;
  }

  /** Begins the end, unless it has begun. Returns whether it had not. */
  @GuardedBy("this")
  boolean begin(CloseReason reason, @Nullable String description) {
    if (ending != null) {
      return false;
    }
    ending = new Ending(reason, description, new ArrayList<>());
    return true;
  }

  /** Returns why the transport ends; null until it does. */
  @GuardedBy("this")
  @Nullable CloseReason reason() {
    return ending == null ? null : ending.reason();
  }

  /**
   * Adds what is to be done once the session knows.
   *
   * @throws IllegalStateException if the end has not begun
   */
  @GuardedBy("this")
  void then(Runnable farewell) {
    if (ending == null) {
      throw new IllegalStateException("the transport has not ended");
    }
    ending.farewells().add(farewell);
  }

  /**
   * Tells the end, if it has come, nobody has told it, and no call into the session is running.
   * Holds no lock while it does.
   *
   * @param session null if the transport was never started
   */
  void tell(Transport.@Nullable Events session) {
    Ending end;
    synchronized (this) {
      end = ending;
      if (end == null || told || upwardCalls > 0) {
        return;
      }
      told = true;
    }
    log.debug("polling ends: {} ({})", end.reason(), end.description());
    if (session != null) {
      survives(() -> session.onClosed(end.reason(), end.description()));
    }
    for (Runnable farewell : end.farewells()) {
      farewell.run();
    }
  }

  /** Calls into the session; returns whether that went well. */
  static boolean survives(Runnable call) {
    try {
      call.run();
      return true;
    } catch (RuntimeException bug) {
      // A session does not throw. If it does, the client must not wait for ever.
      log.error("A session has failed; its polling transport ends", bug);
      return false;
    }
  }
}

package io.towpath.testkit.resume;

import io.towpath.engine.Scheduler;
import io.towpath.websocket.WebSocketConnection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One transport of the client, from its offer to its end. */
final class Path extends Half.Lane {
  /** The kinds, the better ones last. */
  enum Kind {
    POLLING("polling"),
    STREAM("stream"),
    WEBSOCKET("websocket");

    private final String wire;

    Kind(String wire) {
      this.wire = wire;
    }

    String wire() {
      return wire;
    }
  }

  enum State {
    OFFERED,
    CONFIRMING,
    ON
  }

  final Kind kind;
  final long generation;
  State state = State.OFFERED;
  boolean dead;
  long since;

  /** When the server was heard last. */
  long heard;

  /** When the server was asked whether it is there; -1 if it was not. */
  long asked = -1;

  /** Since when acknowledgements are due, and the last one. */
  long ackedAt;

  long lastAcked = -1;
  @Nullable WebSocketConnection webSocket;
  SimLink.@Nullable Connection link;
  @Nullable SimRequest offer;
  @Nullable SimRequest get;
  @Nullable SimRequest post;
  String unended = "";
  final List<String> controls = new ArrayList<>();
  boolean wantsPost;
  int posting;
  int failedPosts;
  int failedGets;
  Scheduler.@Nullable Task timeout;
  Scheduler.@Nullable Task ackTimer;
  Scheduler.@Nullable Task watchTimer;
  Scheduler.@Nullable Task postTimer;
  Scheduler.@Nullable Task getTimer;

  Path(Kind kind, long generation, long now) {
    this.kind = kind;
    this.generation = generation;
    this.heard = now;
  }

  void control(String packet) {
    if (controls.size() < 8) {
      controls.add(packet);
    }
  }

  void cancelTimers() {
    cancel(timeout);
    cancel(ackTimer);
    cancel(watchTimer);
    cancel(postTimer);
    cancel(getTimer);
  }

  static void cancel(Scheduler.@Nullable Task task) {
    if (task != null) {
      task.cancel();
    }
  }
}

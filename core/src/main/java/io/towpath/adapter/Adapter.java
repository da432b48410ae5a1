package io.towpath.adapter;

import io.towpath.engine.MessageBatch;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The rooms of one namespace, on this server and, with a remote adapter, on all of them. A
 * namespace has one adapter and tells it who is there; the adapter finds whom a broadcast reaches.
 * Every socket is also in a room named by its own id.
 *
 * <p>What follows {@link #broadcast} has a default that is right for one server. A remote adapter
 * overrides it: it does the same on the other servers unless {@link BroadcastTarget#local} says
 * otherwise, and gives up on a server that does not answer in time, so that no stage stays open.
 * Extending {@link LocalAdapter} gives it the local part. {@code AdapterContract} in the testkit
 * tests what this page says.
 *
 * <p>All methods may be called by any thread. An adapter holds none of its locks while it calls a
 * {@link Member}, except {@link Member#enqueue}.
 */
public interface Adapter {
  /** Makes the adapter of a namespace. */
  @FunctionalInterface
  interface Factory {
    /** Creates an adapter for the namespace of that name. */
    Adapter create(String namespace);
  }

  /** Adds a socket that has connected; it is in no room but its own. */
  void add(Member member);

  /** Removes a socket that has gone, from all rooms; does nothing if it is not there. */
  void remove(Member member);

  /** Puts a socket into rooms; does nothing if the socket is not there. */
  void join(Member member, Collection<String> rooms);

  /** Takes a socket out of a room. */
  void leave(Member member, String room);

  /** Returns the rooms that a socket is in, its own among them; empty if it is not there. */
  Set<String> rooms(Member member);

  /** Returns the sockets of this node that a target names, each once. */
  List<Member> members(BroadcastTarget target);

  /** Hands a message to everybody whom the target names, each once. */
  void broadcast(MessageBatch message, BroadcastTarget target);

  /** Returns the rooms of this server that somebody is in, those named by ids among them. */
  Set<String> rooms();

  /** Tells a listener how the rooms of this server change from now on. */
  void onRoomChange(RoomListener listener);

  /**
   * Hands a message to everybody whom the target names, each once, and collects their answers.
   *
   * @param ackId the ack id in the message
   * @param timeoutMillis how long to wait for each, or 0 for as long as it is there
   * @param answers is told how many to expect, once by each of {@link #serverCount} servers
   */
  default void broadcast(
      MessageBatch message,
      BroadcastTarget target,
      long ackId,
      long timeoutMillis,
      AnswerCollector answers) {
    List<Member> members = members(target);
    answers.expect(members.size());
    for (Member member : members) {
      member.deliver(message, ackId, timeoutMillis, answers);
    }
  }

  /**
   * The same as {@link #broadcast(MessageBatch, BroadcastTarget)} for an event that sockets get
   * with an offset if this adapter keeps it for those who are away; called only where connection
   * state recovery is on. Everybody gets such events in the same order.
   */
  default void broadcast(OffsetMessage message, BroadcastTarget target) {
    broadcast(message.plain(), target);
  }

  /** Keeps a socket that was lost, and is not there any more; by default it cannot come back. */
  default void persistSession(StoredSession session) {}

  /**
   * Takes out a socket that was lost, so that it can come back once; null if it is not there, has
   * been away too long, or has missed something that is not there any more.
   *
   * @param offset the last one that the client has received
   */
  default CompletionStage<@Nullable RestoredSession> restoreSession(
      String privateId, String offset) {
    return CompletableFuture.completedStage(null);
  }

  /**
   * Adds a socket that has come back, in its rooms.
   *
   * @param lastOffset as {@link #restoreSession} said
   * @return what has been sent to those rooms since, of which the socket gets nothing otherwise;
   *     null if that is not there any more
   */
  default @Nullable List<MessageBatch> rejoin(
      Member member, Collection<String> rooms, String lastOffset) {
    add(member);
    join(member, rooms);
    return List.of();
  }

  /** Returns what there is to know about everybody whom the target names. */
  default CompletionStage<List<MemberDetails>> fetch(BroadcastTarget target) {
    return CompletableFuture.completedStage(members(target).stream().map(Member::details).toList());
  }

  /** Puts everybody whom the target names into rooms. */
  default void join(BroadcastTarget target, Collection<String> rooms) {
    for (Member member : members(target)) {
      join(member, rooms);
    }
  }

  /** Takes everybody whom the target names out of rooms. */
  default void leave(BroadcastTarget target, Collection<String> rooms) {
    for (Member member : members(target)) {
      for (String room : rooms) {
        leave(member, room);
      }
    }
  }

  /** Makes everybody whom the target names leave the namespace. */
  default void disconnect(BroadcastTarget target, boolean close) {
    for (Member member : members(target)) {
      member.disconnect(close);
    }
  }

  /** Returns how many servers there are, this one among them. */
  default CompletionStage<Integer> serverCount() {
    return CompletableFuture.completedStage(1);
  }

  /** Sends an event to the other servers; without any, it goes nowhere. */
  default void emitToServers(Answer event) {}

  /** Sends an event to the other servers, of which each answers once, and collects the answers. */
  default void emitToServers(Answer event, long timeoutMillis, AnswerCollector answers) {
    answers.expect(0);
  }

  /** Sets who takes the events of other servers; called once, before anything else. */
  default void onServerEvent(ServerEventListener listener) {}

  /** Lets go of everything. */
  default void close() {}
}

package io.towpath.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.engine.MessageBatch;
import io.towpath.testkit.AdapterContract;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who comes back, and with what. Reference: 4.10. */
class SessionAwareAdapterTest extends AdapterContract {
  private static final Duration LIMIT = Duration.ofMillis(100);

  private final List<String> offsets = new ArrayList<>();
  private long now;
  private SessionAwareAdapter adapter =
      adapter(RecoveryOptions.builder().maxDisconnectionDuration(LIMIT).build());

  private SessionAwareAdapter adapter(RecoveryOptions options) {
    return new SessionAwareAdapter(options, () -> now);
  }

  @Override
  protected Adapter create() {
    return adapter(RecoveryOptions.builder().build());
  }

  /** Sends an event, whose offset is the next one in {@link #offsets}. */
  private void send(String text, Set<String> rooms, Set<String> except) {
    adapter.broadcast(
        new OffsetMessage() {
          @Override
          public MessageBatch plain() {
            throw new AssertionError("without an offset it cannot be kept");
          }

          @Override
          public MessageBatch at(String offset) {
            offsets.add(offset);
            return MessageBatch.text(text);
          }
        },
        new BroadcastTarget(rooms, except, false, false));
  }

  private void send(String text) {
    send(text, Set.of(), Set.of());
  }

  private void lose(String id, String... rooms) {
    adapter.persistSession(new StoredSession(id, "pid of " + id, Set.of(rooms), Map.of()));
  }

  private @Nullable List<String> missed(String id, String offset) {
    RestoredSession restored =
        adapter.restoreSession("pid of " + id, offset).toCompletableFuture().join();
    return restored == null ? null : texts(restored.missed());
  }

  private static List<String> texts(@Nullable List<MessageBatch> messages) {
    assertNotNull(messages);
    return messages.stream()
        .map(message -> new String(message.textPacket(), StandardCharsets.UTF_8).substring(1))
        .toList();
  }

  @Test
  void whoComesBackGetsWhatWasSentAfterTheOffset() {
    send("a");
    send("b");
    lose("anna", "anna");
    send("c");
    assertEquals(List.of("b", "c"), missed("anna", offsets.get(0)));
  }

  @Test
  void onlyWhatWasForTheRoomsAndNotExceptedWasMissed() {
    send("first");
    lose("anna", "anna", "red");
    send("everybody");
    send("red", Set.of("red"), Set.of());
    send("blue", Set.of("blue"), Set.of());
    send("private", Set.of("anna"), Set.of());
    send("not red", Set.of(), Set.of("red"));
    send("not anna", Set.of("red"), Set.of("anna"));
    assertEquals(List.of("everybody", "red", "private"), missed("anna", offsets.get(0)));
  }

  @Test
  void nobodyComesBackTwice() {
    send("a");
    lose("anna", "anna");
    assertEquals(List.of(), missed("anna", offsets.get(0)));
    assertNull(missed("anna", offsets.get(0)));
  }

  @Test
  void aTryWithAnUnknownOffsetIsTheLastOne() {
    send("a");
    lose("anna", "anna");
    assertNull(missed("anna", "unknown"));
    assertNull(missed("anna", offsets.get(0)));
  }

  @Test
  void whoWasAwayForTheWholeTimeComesBackAndOneMillisecondMoreIsTooLong() {
    send("a");
    lose("anna", "anna");
    lose("bert", "bert");
    now = LIMIT.toMillis();
    assertEquals(List.of(), missed("anna", offsets.get(0)));
    now++;
    assertNull(missed("bert", offsets.get(0)));
  }

  @Test
  void anOldOffsetIsGoodAsLongAsNothingIsMissing() {
    send("a");
    now = 10 * LIMIT.toMillis();
    lose("anna", "anna");
    send("b");
    assertEquals(List.of("b"), missed("anna", offsets.get(0)));
  }

  @Test
  void whoHasMissedWhatIsTooOldDoesNotComeBack() {
    send("a");
    send("b");
    now = LIMIT.toMillis() + 1;
    lose("anna", "anna");
    assertNull(missed("anna", offsets.get(0)));
  }

  @Test
  void pastTheBoundOnSessionsTheOneThatWasLostFirstIsForgotten() {
    adapter = adapter(RecoveryOptions.builder().maxSessions(2).build());
    send("a");
    lose("anna", "anna");
    lose("bert", "bert");
    lose("carl", "carl");
    assertNull(missed("anna", offsets.get(0)));
    assertEquals(List.of(), missed("bert", offsets.get(0)));
    assertEquals(List.of(), missed("carl", offsets.get(0)));
  }

  @Test
  void pastTheBoundOnPacketsTheOldestOffsetIsForgotten() {
    adapter = adapter(RecoveryOptions.builder().maxPackets(2).build());
    send("a");
    send("b");
    send("c");
    lose("anna", "anna");
    lose("bert", "bert");
    assertNull(missed("anna", offsets.get(0)));
    assertEquals(List.of("c"), missed("bert", offsets.get(1)));
  }

  @Test
  void pastTheBoundOnBytesTheOldestMessageIsForgotten() {
    // With the packet's type each message has two bytes.
    adapter = adapter(RecoveryOptions.builder().maxPacketBytes(4).build());
    send("a");
    send("b");
    send("c");
    lose("anna", "anna");
    lose("bert", "bert");
    send("d");
    assertNull(missed("anna", offsets.get(0)));
    assertEquals(List.of("c", "d"), missed("bert", offsets.get(1)));
  }

  @Test
  void whatIsSentBeforeTheSocketIsInItsRoomsAgainIsNotLost() {
    send("a");
    lose("anna", "anna", "red");
    RestoredSession restored =
        adapter.restoreSession("pid of anna", offsets.get(0)).toCompletableFuture().join();
    assertNotNull(restored);
    send("b", Set.of("red"), Set.of());
    send("c", Set.of("blue"), Set.of());
    List<String> got = new ArrayList<>();
    List<MessageBatch> more =
        adapter.rejoin(
            new Queueing("anna", got), restored.session().rooms(), restored.lastOffset());
    assertEquals(List.of("b"), texts(more));
    send("d", Set.of("red"), Set.of());
    assertEquals(List.of("d", "flush"), got);
  }

  /** A member that writes down what it gets. */
  private record Queueing(String id, List<String> got) implements Member {
    @Override
    public void deliver(MessageBatch message, boolean droppable) {
      throw new AssertionError("out of order");
    }

    @Override
    public void deliver(
        MessageBatch message, long ackId, long timeoutMillis, AnswerCollector answers) {
      throw new AssertionError("no answer is wanted");
    }

    @Override
    public void enqueue(MessageBatch message) {
      got.addAll(texts(List.of(message)));
    }

    @Override
    public void flush() {
      got.add("flush");
    }

    @Override
    public void disconnect(boolean close) {
      throw new AssertionError("nobody leaves");
    }

    @Override
    public MemberDetails details() {
      throw new AssertionError("nobody asks");
    }
  }
}

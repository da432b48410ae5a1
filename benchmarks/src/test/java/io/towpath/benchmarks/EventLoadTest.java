package io.towpath.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A load takes every answer once, with its own content, in whatever order; anything else fails. */
class EventLoadTest {
  private static final int SESSIONS = 3;
  private static final int WINDOW = 4;

  private final List<Remembering> sessions = new ArrayList<>();

  private final EventLoad load =
      new EventLoad(
          (loop, listener) -> {
            Remembering session = new Remembering(listener);
            sessions.add(session);
            listener.onConnected(session);
            return session;
          },
          SESSIONS,
          WINDOW,
          64);

  /** Each look at the time finds that a minute has passed. */
  private long minutes;

  private final LoadLoop loop =
      new LoadLoop(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          () -> TimeUnit.MINUTES.toNanos(minutes++));

  @BeforeEach
  void begin() {
    load.begin(loop);
  }

  @AfterEach
  void closeTheLoop() {
    loop.close();
  }

  /** Keeps the events that the load sends, and answers them when the test says so. */
  private static final class Remembering implements Session {
    private final Listener listener;
    private final Deque<String> events = new ArrayDeque<>();

    Remembering(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void send(byte[] packet, int length) {
      events.add(new String(packet, 0, length, StandardCharsets.US_ASCII));
    }

    @Override
    public void flush() {}

    @Override
    public void end() {
      listener.onEnd(this);
    }

    void hear(String packet) {
      byte[] bytes = packet.getBytes(StandardCharsets.US_ASCII);
      listener.onPacket(this, bytes, 0, bytes.length);
    }
  }

  /** What a server answers to {@code 2ID["text","TEXT"]}. */
  private static String ack(String event) {
    return "3"
        + event.substring(1, event.indexOf('[') + 1)
        + event.substring(event.indexOf(',') + 1);
  }

  private Remembering first() {
    return sessions.get(0);
  }

  private void fails(String message, Runnable action) {
    assertEquals(message, assertThrows(LoadFailure.class, action::run).getMessage());
  }

  @Test
  void answersInOrderAreCountedAndNoneIsOutOfOrder() {
    for (int i = 0; i < 100; i++) {
      for (Remembering session : sessions) {
        session.hear(ack(session.events.remove()));
      }
    }
    assertEquals(100 * SESSIONS, load.done());
    assertEquals(0, load.disordered());
  }

  @Test
  void answersOutOfOrderAreTakenAndCounted() {
    String oldest = first().events.remove();
    String second = first().events.remove();
    String third = first().events.remove();
    first().hear(ack(third));
    first().hear(ack(second));
    first().hear(ack(oldest));
    assertEquals(3, load.done());
    assertEquals(2, load.disordered());
    first().hear(ack(first().events.remove()));
    assertEquals(2, load.disordered());
  }

  @Test
  void everyAnswerBringsANewEventAndAllAreAwaitedAtTheEnd() {
    for (Remembering session : sessions) {
      assertEquals(WINDOW, session.events.size());
      session.hear(ack(session.events.remove()));
      assertEquals(WINDOW, session.events.size());
    }
    fails("the last ack took longer than 20 s", () -> load.end(loop));
    for (Remembering session : sessions) {
      while (!session.events.isEmpty()) {
        session.hear(ack(session.events.remove()));
      }
    }
    load.end(loop);
    assertEquals(SESSIONS * (WINDOW + 1), load.done());
  }

  @Test
  void aSecondAckFails() {
    String ack = ack(first().events.remove());
    first().hear(ack);
    fails("a second ack for an event", () -> first().hear(ack));
  }

  @Test
  void aSecondAckFailsWhileAnOlderOneIsDue() {
    first().events.remove();
    String ack = ack(first().events.remove());
    first().hear(ack);
    fails("a second ack for an event", () -> first().hear(ack));
  }

  @Test
  void aMissingAckFailsTheEnd() {
    for (Remembering session : sessions) {
      while (session.events.size() > 1) {
        session.hear(ack(session.events.remove()));
        session.events.removeLast();
      }
    }
    fails("the last ack took longer than 20 s", () -> load.end(loop));
  }

  @Test
  void aMissingAckFailsWhenTooManyLaterOnesHaveCome() {
    String lost = first().events.remove();
    for (int i = 0; i < Unanswered.MOST_EARLY; i++) {
      first().hear(ack(first().events.remove()));
    }
    fails("an event without its ack", () -> first().hear(ack(first().events.remove())));
    assertTrue(lost.startsWith("20["));
    assertEquals(Unanswered.MOST_EARLY, load.done());
  }

  @Test
  void anAckForNoEventFails() {
    long unsent = (long) SESSIONS * WINDOW;
    String text = ack(first().events.peekLast()).replaceAll("[0-9]{10}", "00000000" + unsent);
    String ack = "3" + unsent + text.substring(text.indexOf('['));
    fails("an ack for no event of its session", () -> first().hear(ack));
  }

  @Test
  void anAckForAnotherSessionsEventFails() {
    String ack = ack(sessions.get(1).events.remove());
    fails("an ack for no event of its session", () -> first().hear(ack));
  }

  @Test
  void anotherEventsTextFails() {
    String ack = ack(first().events.remove());
    String other = ack(first().events.remove());
    String wrong = ack.substring(0, ack.indexOf('[')) + other.substring(other.indexOf('['));
    String said = assertThrows(LoadFailure.class, () -> first().hear(wrong)).getMessage();
    assertTrue(String.valueOf(said).startsWith("wrong content: "), said);
    assertEquals(0, load.done());
  }

  @Test
  void aTextThatIsCutOrChangedFails() {
    String ack = ack(first().events.remove());
    assertThrows(LoadFailure.class, () -> first().hear(ack.replace("h", "H")));
    assertThrows(LoadFailure.class, () -> first().hear(ack.substring(0, ack.length() - 3) + "\"]"));
    assertEquals(0, load.done());
  }

  @Test
  void aPacketThatIsNoAckFails() {
    fails("no ack but a packet of type 2", () -> first().hear(first().events.remove()));
  }
}

package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryLink;
import io.towpath.websocket.Ending.Cause;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/**
 * A connection over a link in memory, its owner and a peer that speaks in hex; for the tests of
 * what both do.
 */
abstract class OpenWebSocket {
  static final WebSocketOptions OPTIONS =
      WebSocketOptions.builder()
          .maxMessageBytes(100_000)
          .maxFragments(4)
          .assemblyTimeout(Duration.ofMillis(1000))
          .closeTimeout(Duration.ofMillis(200))
          .writeTimeout(Duration.ofMillis(3000))
          .maxPendingControlFrames(4)
          .build();

  static final String HELLO = "48656c6c6f";

  /** Writes down what the owner of a connection is told. */
  static final class Owner implements WebSocketListener {
    final List<String> log = new ArrayList<>();
    @Nullable Ending ending;
    Runnable onMessage = () -> {};

    @Override
    public void onText(byte[] bytes, int offset, int length) {
      note("text " + new String(bytes, offset, length, StandardCharsets.UTF_8));
      onMessage.run();
    }

    @Override
    public void onBinary(byte[] bytes) {
      note("binary " + (bytes.length > 100 ? bytes.length + " bytes" : Hex.of(bytes)));
      onMessage.run();
    }

    @Override
    public void onPing(byte[] payload) {
      note("ping " + Hex.of(payload));
    }

    @Override
    public void onPong(byte[] payload) {
      note("pong " + Hex.of(payload));
    }

    @Override
    public void onBurstEnd() {
      note("burst end");
    }

    @Override
    public void onWritable() {
      note("writable");
    }

    @Override
    public void onClosed(Ending how) {
      note("closed");
      ending = how;
    }

    private void note(String entry) {
      assertNull(ending, () -> "after the end: " + entry);
      log.add(entry);
    }

    Cause cause() {
      assertTrue(ending != null, "not ended");
      return ending.cause();
    }

    int code() {
      assertTrue(ending != null, "not ended");
      return ending.status().code();
    }
  }

  final FakeScheduler scheduler = new FakeScheduler();
  final MemoryLink[] links = MemoryLink.pair();
  final Owner owner = new Owner();

  // Set by open(), which every test calls first.
  WebSocketConnection connection = WebSocketConnection.server(links[0], scheduler, OPTIONS);
  RawPeer peer = new RawPeer(MemoryLink.pair()[0], Role.SERVER);

  final void open(Role role) {
    Random keys = new Random(9);
    connection =
        role == Role.SERVER
            ? WebSocketConnection.server(links[0], scheduler, OPTIONS)
            : WebSocketConnection.client(links[0], scheduler, OPTIONS, null, keys::nextInt);
    connection.start(owner);
    peer = new RawPeer(links[1], role);
  }

  final void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    connection.sendText(utf8, 0, utf8.length);
  }

  /** Whatever a test did: when its connection is over, nothing of it is left. */
  @AfterEach
  void nothingIsLeftBehind() {
    connection.abort();
    assertEquals(0, links[0].lentBuffers());
    assertEquals(0, scheduler.pending());
    assertEquals(1, owner.log.stream().filter("closed"::equals).count());
    assertTrue(links[0].isDead());
  }
}

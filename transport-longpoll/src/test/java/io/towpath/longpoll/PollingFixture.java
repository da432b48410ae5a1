package io.towpath.longpoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.towpath.engine.CloseReason;
import io.towpath.engine.MessageBatch;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryPollExchange;
import io.towpath.testkit.PollingTestPeer;
import io.towpath.testkit.TransportEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A polling transport without a network, its session, and a client that keeps the protocol. */
abstract class PollingFixture {
  static final PollingOptions OPTIONS =
      PollingOptions.builder().maxBodyBytes(100).maxPayloadPackets(10).build();
  static final Map<String, String> PAYLOAD_HEADERS =
      Map.of("Content-Type", "text/plain; charset=UTF-8", "Cache-Control", "no-store");

  final FakeScheduler scheduler = new FakeScheduler();
  final TransportEvents events = new TransportEvents();
  final PollingTransport transport = new PollingTransport(OPTIONS, scheduler);
  final PollingTestPeer peer = new PollingTestPeer(transport);

  @BeforeEach
  void start() {
    transport.start(events);
  }

  @AfterEach
  void theContractWasKept() {
    assertEquals(List.of(), events.violations());
    assertEquals(List.of(), peer.violations());
  }

  void send(String... texts) {
    List<MessageBatch> batch = new ArrayList<>();
    for (String text : texts) {
      batch.add(MessageBatch.text(text));
    }
    transport.send(batch);
  }

  void assertEnded(CloseReason reason, @Nullable String description) {
    assertEquals(reason, events.closeReason());
    assertEquals(description, events.closeDescription());
  }

  void assertOpen() {
    assertNull(events.closeReason());
    MemoryPollExchange poll = peer.poll();
    send("alive");
    assertEquals("4alive", poll.text());
  }

  static void assertEmpty(int status, MemoryPollExchange exchange) {
    assertEquals(new PollResponse(status, Map.of(), List.of()), exchange.response());
  }
}

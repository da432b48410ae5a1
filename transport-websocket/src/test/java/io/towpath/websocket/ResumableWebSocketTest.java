package io.towpath.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.towpath.engine.Dismissal;
import io.towpath.engine.EnginePacket;
import io.towpath.testkit.FakeScheduler;
import io.towpath.testkit.MemoryLink;
import io.towpath.testkit.TransportEvents;
import io.towpath.testkit.WebSocketTestClient;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a WebSocket does for resumable sessions beside what it does for all. */
class ResumableWebSocketTest {
  private final FakeScheduler scheduler = new FakeScheduler();
  private final MemoryLink[] links = MemoryLink.pair();
  private final WebSocketTransport transport = transport(WebSocketTransport.Binary.RESUMABLE);
  private final TransportEvents events = new TransportEvents();

  private WebSocketTransport transport(WebSocketTransport.Binary binary) {
    WebSocketOptions options = WebSocketOptions.builder().maxMessageBytes(100).build();
    return new WebSocketTransport(WebSocketConnection.server(links[0], scheduler, options), binary);
  }

  @ParameterizedTest
  @EnumSource(Dismissal.class)
  void everyDismissalHasItsCloseCode(Dismissal why) {
    transport.start(events);
    WebSocketTestClient client = new WebSocketTestClient(links[1], scheduler);
    transport.dismiss(why);
    assertEquals(why.closeCode(), Objects.requireNonNull(client.ending()).status().code());
    assertEquals(why == Dismissal.SESSION_OVER ? List.of("1") : List.of(), client.received());
  }

  @Test
  void numbersTravelInPacketsOfTheirOwn() {
    transport.start(events);
    WebSocketTestClient client = new WebSocketTestClient(links[1], scheduler);
    transport.send(List.of(new EnginePacket.Received(4), new EnginePacket.Next(7)));
    assertEquals(List.of("74", "87"), client.received());
    client.sendPackets("75", "81");
    assertEquals("[75, 81]", events.packets().toString());
  }

  @Test
  void inAClassicSessionTheyEndTheTransport() {
    WebSocketTransport classic = transport(WebSocketTransport.Binary.PLAIN);
    classic.start(events);
    WebSocketTestClient client = new WebSocketTestClient(links[1], scheduler);
    client.sendPackets("75");
    assertEquals("parse error", String.valueOf(events.closeReason()));
  }

  @Test
  void aMessageThatIsTooLargeEndsTheSessionBecauseAReplayWouldRepeatIt() {
    transport.start(events);
    WebSocketTestClient client = new WebSocketTestClient(links[1], scheduler);
    client.sendText("4" + "x".repeat(100));
    assertEquals(1009, Objects.requireNonNull(client.ending()).status().code());
    assertEquals("parse error", String.valueOf(events.closeReason()));
    assertNotNull(client.ending());
  }
}

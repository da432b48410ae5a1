package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.SessionListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Joining, leaving, and what ends the whole session. Reference: 4.4 and 4.7. */
class NamespaceRouterTest {
  private final SocketFixture server =
      new SocketFixture(
          SocketOptions.builder()
              .connectTimeout(Duration.ofMillis(1000))
              .attachmentTimeout(Duration.ofMillis(400))
              .maxNamespaces(2)
              .build());
  private final List<String> log = new ArrayList<>();

  @BeforeEach
  void twoNamespacesThatRemember() {
    for (String name : List.of("/", "/a")) {
      server
          .io
          .of(name)
          .onConnection(
              socket -> {
                log.add(name + " connected");
                socket.on("e", arguments -> log.add(name + " e" + arguments));
                socket.onDisconnect(reason -> log.add(name + " " + reason));
              });
    }
  }

  private SocketFixture.Client joined(String... namespaces) {
    SocketFixture.Client client = server.client();
    for (String namespace : namespaces) {
      client.join(namespace);
    }
    log.clear();
    return client;
  }

  @Test
  void aClientJoinsTheRootAndOtherNamespaces() {
    SocketFixture.Client client = server.client();
    String root = client.join("/");
    String other = client.join("/a");
    assertNotEquals(root, other);
    assertNotEquals(root, client.session.id());
    assertEquals(22, root.length());
    assertEquals(List.of("/ connected", "/a connected"), log);
  }

  @Test
  void eventsReachTheNamespaceThatTheyName() {
    SocketFixture.Client client = joined("/", "/a");
    client.send("2[\"e\",1]", "2/a,[\"e\",2]", "2[\"e\",3]");
    assertEquals(List.of("/ e[1]", "/ e[3]", "/a e[2]"), log);
  }

  @Test
  void anUnknownNamespaceIsRefusedAndTheConnectionStays() {
    SocketFixture.Client client = server.client();
    client.send("0/foo,", "0/a?x=1");
    assertEquals(
        List.of(
            "4/foo,{\"message\":\"Invalid namespace\"}",
            "4/a?x=1,{\"message\":\"Invalid namespace\"}"),
        client.received());
    client.join("/");
  }

  @Test
  void asManyNamespacesAsTheBoundMayBeJoined() {
    server.io.of("/b");
    SocketFixture.Client client = joined("/", "/a");
    client.send("0/b,");
    assertEquals(List.of("4/b,{\"message\":\"Too many namespaces\"}"), client.received());
    client.send("1/a,");
    client.join("/b");
  }

  @Test
  void aNamespaceThatTheClientLeftMayBeJoinedAgain() {
    SocketFixture.Client client = joined("/");
    client.send("1");
    assertEquals(List.of("/ client namespace disconnect"), log);
    assertTrue(client.isOpen());
    assertEquals(List.of(), client.received());
    client.join("/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2[\"e\"]",
        "30[]",
        "1",
        "2/a,[\"e\"]",
        "1/a,",
        "3/a,1[]",
        "4\"x\"",
        "4{\"message\":\"x\"}",
        "51-[\"e\",{\"_placeholder\":true,\"num\":0}]",
        "9",
        "",
        "0[]",
        "0{\"a\":1}x",
        "0{\"a\"",
      })
  void whatIsOutOfPlaceOrBrokenBeforeAConnectClosesTheSession(String packet) {
    SocketFixture.Client client = server.client();
    client.send(packet);
    assertFalse(client.isOpen());
    assertEquals(List.of(), client.received());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "0{}",
        "2/a,[\"e\"]",
        "1/a,",
        "4\"x\"",
        "2[\"connect\"]",
        "2[]",
        "2[null]",
        "2{}",
        "2[\"e\"",
        "2[\"e\"]x",
        "2[\"nobody listens\"",
        "31{}",
        "30[",
        "1{}",
        "7",
        "2[\"disconnecting\"]",
        "2[\"newListener\"]",
        "2[\"removeListener\"]",
        "2[\"connect_error\"]",
        "2[\"disconnect\"]",
        "50-[\"e\"]",
        "511-[\"e\"]",
        "bAQ==",
      })
  void whatIsOutOfPlaceOrBrokenAfterwardsIsAForcedClose(String packet) {
    SocketFixture.Client client = joined("/");
    client.send(packet);
    assertFalse(client.isOpen());
    assertEquals(List.of("/ forced close"), log);
    assertEquals("close", client.transport.ending());
  }

  @ParameterizedTest
  @ValueSource(strings = {"2[\"connection\"]", "2[\"error\"]", "2[5]", "399[]", "299[\"e2\"]"})
  void whatOnlyLooksOutOfPlaceIsFine(String packet) {
    SocketFixture.Client client = joined("/");
    client.send(packet);
    assertTrue(client.isOpen());
  }

  @Test
  void aViolationEndsEveryNamespaceOfTheSession() {
    SocketFixture.Client client = joined("/", "/a");
    client.send("0/a,");
    assertEquals(List.of("/ forced close", "/a forced close"), log);
  }

  @Test
  void anEventBeforeTheConnectAnswerClosesTheSession() {
    SocketFixture.Client client = server.client();
    client.post("0", "2[\"e\"]");
    assertFalse(client.isOpen());
    server.handlers.run();
    assertEquals(List.of(), log);
  }

  @Test
  void anEventWhileAMiddlewareRunsClosesTheSession() {
    server.io.of("/").use((socket, next) -> {});
    SocketFixture.Client client = server.client();
    client.send("0");
    client.send("2[\"e\"]");
    assertFalse(client.isOpen());
    assertEquals(List.of(), log);
  }

  @Test
  void aSecondConnectBeforeTheFirstIsAnsweredClosesTheSession() {
    SocketFixture.Client client = server.client();
    client.post("0", "0");
    assertFalse(client.isOpen());
  }

  @Test
  void eventsForANamespaceThatTheServerHasLeftAreIgnored() {
    SocketFixture.Client client = joined("/");
    server.socket("/").disconnect();
    client.send("2[\"e\",1]", "30[]", "51-[\"e\",{\"_placeholder\":true,\"num\":0}]", "bAQ==", "1");
    assertTrue(client.isOpen());
    assertEquals(List.of("1"), client.received());
    assertEquals(List.of("/ server namespace disconnect"), log);
    client.join("/");
    client.send("2[\"e\",2]");
    assertEquals("/ e[2]", log.get(log.size() - 1));
  }

  @Test
  void eventsForANamespaceThatTheClientHasLeftCloseTheSession() {
    SocketFixture.Client client = joined("/");
    client.send("1", "2[\"e\",1]");
    assertFalse(client.isOpen());
  }

  @Test
  void anEngineHeartbeatMayComeBetweenAHeaderAndItsAttachments() {
    SocketFixture.Client client = joined("/");
    client.transport.deliver("451-[\"e\",{\"_placeholder\":true,\"num\":0}]", "3", "bAQ==");
    server.handlers.run();
    assertEquals(List.of("/ e[{\"_placeholder\":true,\"num\":0}]"), log);
  }

  @Test
  void textBetweenAHeaderAndItsAttachmentsClosesTheSession() {
    SocketFixture.Client client = joined("/");
    client.send("51-[\"e\",{\"_placeholder\":true,\"num\":0}]", "2[\"e\"]");
    assertFalse(client.isOpen());
  }

  @Test
  void attachmentsHaveToArriveInTime() {
    SocketFixture.Client client = joined("/");
    client.send("52-[\"e\"]", "bAQ==");
    server.scheduler.advance(396);
    assertTrue(client.isOpen());
    server.scheduler.advance(4);
    server.handlers.run();
    assertFalse(client.isOpen());
    assertEquals(List.of("/ forced close"), log);
  }

  @Test
  void attachmentsThatHaveArrivedStopTheClock() {
    SocketFixture.Client client = joined("/");
    client.send("51-[\"e\"]");
    server.scheduler.advance(396);
    client.send("bAQ==");
    server.scheduler.advance(5000);
    assertTrue(client.isOpen());
    assertEquals(List.of("/ e[]"), log);
  }

  @Test
  void aSessionThatJoinsNothingIsClosedInTime() {
    SocketFixture.Client client = server.client();
    server.scheduler.advance(996);
    assertTrue(client.isOpen());
    server.scheduler.advance(4);
    assertFalse(client.isOpen());
  }

  @Test
  void aRefusedClientIsClosedInTimeToo() {
    server.io.of("/").use((socket, next) -> next.refuse("no"));
    SocketFixture.Client client = server.client();
    client.send("0");
    server.scheduler.advance(1000);
    assertFalse(client.isOpen());
  }

  @Test
  void theConnectTimeoutIsNotSetAgainWhenTheLastNamespaceIsLeft() {
    SocketFixture.Client client = joined("/");
    client.send("1");
    server.scheduler.advance(100_000);
    assertTrue(client.isOpen());
  }

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  void theEndOfTheSessionIsTheEndOfItsSockets(CloseReason reason) {
    SocketFixture.Client client = joined("/", "/a");
    client.transport.lose(reason);
    server.handlers.run();
    assertEquals(List.of("/ " + reason.wording(), "/a " + reason.wording()), log);
    assertEquals(0, server.io.of("/").sockets().size());
  }

  @Test
  void aSessionThatEndsWhileAClientJoinsLeavesNobodyBehind() {
    SocketFixture.Client client = server.client();
    client.post("0");
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
    assertEquals(List.of(), log);
    assertEquals(0, server.io.of("/").sockets().size());
  }

  @Test
  void aConnectThatWasOnItsWayUpWhenTheSessionEndedLeavesNobodyBehind() {
    SocketFixture.Client client = server.client();
    EngineSession session = client.session;
    SessionListener router = server.io.accept(session);
    router.onClose(CloseReason.PING_TIMEOUT, null);
    router.onText(EnginePacket.Text.of("0"));
    router.onBurstEnd();
    server.handlers.run();
    assertEquals(List.of(), log);
    assertEquals(0, server.io.of("/").sockets().size());
  }

  @Test
  void anEventThatWasOnItsWayUpWhenTheSessionEndedIsNotHandled() {
    EngineSession session = server.client().session;
    SessionListener router = server.io.accept(session);
    router.onText(EnginePacket.Text.of("0"));
    router.onBurstEnd();
    server.handlers.run();
    Socket socket = server.socket("/");
    socket.on("e", () -> log.add("late"));
    socket.onDisconnect(reason -> log.add("gone"));
    router.onClose(CloseReason.PING_TIMEOUT, null);
    router.onText(EnginePacket.Text.of("2[\"e\"]"));
    router.onBurstEnd();
    server.handlers.run();
    router.onText(EnginePacket.Text.of("2[\"e\"]"));
    router.onBinary(new byte[1]);
    router.onBurstEnd();
    server.handlers.run();
    assertEquals("gone", log.get(log.size() - 1));
    assertFalse(log.contains("late"));
  }

  @Test
  void theAuthOfAConnectIsTheHandshakesAuth() {
    List<String> auths = new ArrayList<>();
    server.io.of("/").onConnection(socket -> auths.add(socket.handshake().auth().toString()));
    server.client().send("0{\"token\":\"x\"}");
    server.client().send("0");
    assertEquals(List.of("{\"token\":\"x\"}", "{}"), auths);
  }
}

package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connection state recovery on the wire. Reference: 4.10. */
class RecoveryTest {
  private static final Pattern ANSWER =
      Pattern.compile("0\\{\"sid\":\"([\\w-]+)\",\"pid\":\"([\\w-]+)\"}");

  private static final String CLASSIC = "EIO=4&transport=websocket";
  private static final String RESUMABLE = CLASSIC + "&towpath=1";

  private final SocketFixture server = fixture(true);
  private final List<String> log = new ArrayList<>();

  private static SocketFixture fixture(boolean skipMiddlewares) {
    return new SocketFixture(
        SocketOptions.builder()
            .connectionStateRecovery(
                recovery ->
                    recovery
                        .maxDisconnectionDuration(Duration.ofSeconds(60))
                        .skipMiddlewares(skipMiddlewares))
            .build());
  }

  /** What the client knows of its socket. */
  private record Known(String id, String privateId) {
    static Known of(String packet) {
      Matcher answer = ANSWER.matcher(packet);
      assertTrue(answer.matches(), packet);
      return new Known(answer.group(1), answer.group(2));
    }

    String connect(String offset) {
      return "0{\"pid\":\"" + privateId + "\",\"offset\":\"" + offset + "\",\"token\":\"t\"}";
    }
  }

  private static Known join(SocketFixture.Client client) {
    client.send("0");
    return Known.of(client.received().get(0));
  }

  /** Returns the offset, which stands behind everything else in an event. */
  private static String offset(String packet) {
    Matcher last = Pattern.compile(".*\"([^\"]+)\"]").matcher(packet);
    assertTrue(last.matches(), packet);
    return last.group(1);
  }

  private static List<String> withoutOffsets(List<String> packets) {
    return packets.stream().map(packet -> packet.replaceAll(",\"[^\"]+\"]$", "]")).toList();
  }

  private void lose(SocketFixture.Client client) {
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();
  }

  @Test
  void eventsHaveAnOffsetUnlessTheyAreVolatileOrWantAnAnswer() {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    Socket socket = server.socket("/");
    assertEquals(known.id(), socket.id());
    socket.emit("a", "x");
    socket.emit("b");
    socket.emit("c", new byte[] {1});
    server.io.of("/").emit("d", 1);
    server.io.of("/").to(known.id()).emit("e");
    List<String> kept = client.received();
    assertEquals(
        List.of(
            "2[\"a\",\"x\"]",
            "2[\"b\"]",
            "51-[\"c\",{\"_placeholder\":true,\"num\":0}]",
            "bAQ==",
            "2[\"d\",1]",
            "2[\"e\"]"),
        withoutOffsets(kept));
    assertNotEquals(offset(kept.get(0)), offset(kept.get(1)));
    socket.asVolatile().emit("v");
    CompletableFuture<Arguments> unused = socket.emitWithAck("q", 1);
    server.io.of("/").asVolatile().emit("w");
    assertEquals(List.of("2[\"v\"]", "20[\"q\",1]", "2[\"w\"]"), client.received());
  }

  @Test
  void aLostSocketComesBackWithItsIdRoomsDataAndWhatItHasMissedBeforeTheAnswer() {
    server.io.of("/").onConnection(socket -> log.add(socket.id() + " " + socket.isRecovered()));
    SocketFixture.Client client = server.client();
    Known known = join(client);
    Socket socket = server.socket("/");
    socket.join("red");
    socket.data().put("user", "Anna");
    socket.emit("seen");
    String offset = offset(client.received().get(0));
    lose(client);
    server.io.of("/").to("red").emit("missed", 1);
    server.io.of("/").to("blue").emit("for others");
    assertTrue(socket.emit("missed", 2), "who holds the old socket may still speak");
    server.io.of("/").asVolatile().emit("dropped");

    SocketFixture.Client again = server.client();
    again.send(known.connect(offset));
    List<String> received = again.received();
    assertEquals(
        List.of("2[\"missed\",1]", "2[\"missed\",2]"), withoutOffsets(received.subList(0, 2)));
    assertEquals(known, Known.of(received.get(2)));
    assertEquals(3, received.size());
    Socket back = server.socket("/");
    assertTrue(back.isRecovered());
    assertEquals(Set.of(known.id(), "red"), back.rooms());
    assertEquals("Anna", back.data().get("user"));
    assertEquals("t", back.handshake().auth().path("token").asText());
    assertEquals(List.of(known.id() + " false", known.id() + " true"), log);
    server.io.of("/").to("red").emit("live");
    assertEquals(List.of("2[\"live\"]"), withoutOffsets(again.received()));
  }

  @Test
  void itComesBackAgainAndAgainEachTimeFromItsNewOffset() {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    server.socket("/").emit("n", 0);
    String offset = offset(client.received().get(0));
    for (int i = 1; i <= 3; i++) {
      lose(client);
      server.io.of("/").emit("n", i);
      client = server.client();
      client.send(known.connect(offset));
      List<String> received = client.received();
      assertEquals("2[\"n\"," + i + "]", withoutOffsets(received).get(0));
      assertEquals(2, received.size(), received::toString);
      offset = offset(received.get(0));
    }
  }

  @Test
  void thePrivateIdIsUsedUp() {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    server.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    lose(client);
    SocketFixture.Client again = server.client();
    again.send(known.connect(offset));
    assertEquals(known, Known.of(again.received().get(0)));
    SocketFixture.Client thief = server.client();
    thief.send(known.connect(offset));
    assertNotEquals(known, Known.of(thief.received().get(0)));
    assertEquals(2, server.io.of("/").sockets().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0{\"pid\":\"%s\"}",
        "0{\"offset\":\"%2$s\"}",
        "0{\"pid\":\"%s\",\"offset\":7}",
        "0{\"pid\":[],\"offset\":\"%2$s\"}",
        "0{\"pid\":\"unknown\",\"offset\":\"%2$s\"}",
        "0{\"pid\":\"%s\",\"offset\":\"unknown\"}",
        "0"
      })
  void whoCannotBeRecognisedIsNew(String packet) {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    server.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    lose(client);
    SocketFixture.Client again = server.client();
    again.send(packet.formatted(known.privateId(), offset));
    assertNotEquals(known, Known.of(again.received().get(0)));
    assertFalse(server.socket("/").isRecovered());
    assertTrue(again.isOpen());
  }

  @Test
  void whoWasAwayTooLongIsNew() {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    server.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    lose(client);
    server.scheduler.advance(60_001);
    SocketFixture.Client again = server.client();
    again.send(known.connect(offset));
    assertNotEquals(known, Known.of(again.received().get(0)));
  }

  @ParameterizedTest
  @EnumSource(
      value = CloseReason.class,
      names = {"TRANSPORT_CLOSE", "TRANSPORT_ERROR", "PING_TIMEOUT", "FORCED_CLOSE"})
  void whoWasLostMayComeBack(CloseReason reason) {
    assertTrue(DisconnectReason.of(reason).isRecoverable());
  }

  @Test
  void whoLeftOrWasPutOutIsNew() {
    for (boolean byServer : new boolean[] {true, false}) {
      SocketFixture.Client client = server.client();
      Known known = join(client);
      Socket socket = server.socket("/");
      socket.emit("seen");
      String offset = offset(client.received().get(0));
      if (byServer) {
        socket.disconnect();
        server.handlers.run();
      } else {
        client.send("1");
      }
      assertFalse(socket.emit("too late"));
      SocketFixture.Client again = server.client();
      again.send(known.connect(offset));
      assertNotEquals(known, Known.of(again.received().get(0)));
      lose(again);
    }
  }

  @Test
  void middlewaresAreSkipped() {
    server
        .io
        .of("/")
        .use(
            (socket, next) -> {
              log.add("asked");
              next.proceed();
            });
    SocketFixture.Client client = server.client();
    Known known = join(client);
    server.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    lose(client);
    server.client().send(known.connect(offset));
    assertEquals(List.of("asked"), log);
  }

  @Test
  void middlewaresMayBeAskedAndWhoTheyRefuseGetsNothing() {
    SocketFixture strict = fixture(false);
    SocketFixture.Client client = strict.client();
    Known known = join(client);
    strict.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    strict.handlers.run();
    strict.io.of("/").emit("secret by now");
    strict
        .io
        .of("/")
        .use(
            (socket, next) -> {
              assertTrue(socket.isRecovered());
              next.refuse("no");
            });
    SocketFixture.Client again = strict.client();
    again.send(known.connect(offset));
    assertEquals(List.of("4{\"message\":\"no\"}"), again.received());
    assertEquals(Set.of(), strict.io.of("/").rooms());
  }

  @Test
  void whatIsSentWhileAMiddlewareThinksComesAfterWhatWasMissed() {
    SocketFixture slow = fixture(false);
    SocketFixture.Client client = slow.client();
    Known known = join(client);
    slow.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    slow.handlers.run();
    slow.io.of("/").emit("n", 1);
    List<Middleware.Next> waiting = new ArrayList<>();
    slow.io.of("/").use((socket, next) -> waiting.add(next));
    SocketFixture.Client again = slow.client();
    again.send(known.connect(offset));
    slow.io.of("/").emit("n", 2);
    assertEquals(List.of(), again.received());
    waiting.get(0).proceed();
    slow.handlers.run();
    List<String> received = again.received();
    assertEquals("2[\"n\",1]", withoutOffsets(received).get(0));
    assertEquals(known, Known.of(received.get(1)));
    assertEquals("2[\"n\",2]", withoutOffsets(received).get(2));
  }

  @Test
  void withoutTheOptionNothingHasAnOffset() {
    SocketFixture plain = new SocketFixture();
    SocketFixture.Client client = plain.client();
    client.join("/");
    plain.socket("/").emit("a", "x");
    plain.io.of("/").emit("b");
    assertEquals(List.of("2[\"a\",\"x\"]", "2[\"b\"]"), client.received());
    assertFalse(plain.socket("/").isRecovered());
  }

  // A client that is here again before this side has noticed that it was gone.

  @Test
  void aClientThatIsHereAgainWhileItsOldSocketIsStillLeavingWaitsForThat() {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    Socket socket = server.socket("/");
    socket.join("red");
    socket.emit("seen");
    String offset = offset(client.received().get(0));
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    SocketFixture.Client again = server.client();
    again.post(known.connect(offset));
    assertEquals(List.of(), again.received());
    server.handlers.run();
    assertEquals(known, Known.of(again.received().get(0)));
    assertEquals(Set.of(known.id(), "red"), server.socket("/").rooms());
  }

  @Test
  void aSocketWhoseSessionIsHeldWithoutATransportIsTakenOverToo() {
    SocketFixture.Client client = server.client(RESUMABLE, Map.of());
    Known known = join(client);
    Socket socket = server.socket("/");
    socket.onDisconnect((reason, description) -> log.add(reason + ", " + description));
    socket.emit("seen");
    String offset = offset(client.received().get(0));
    lose(client);
    assertTrue(client.isOpen(), "it waits for another transport");
    socket.emit("waits");

    SocketFixture.Client again = server.client();
    again.send(known.connect(offset));
    assertEquals(List.of("transport close, taken over"), log);
    List<String> received = again.received();
    assertEquals(List.of("2[\"waits\"]"), withoutOffsets(received.subList(0, 1)));
    assertEquals(known, Known.of(received.get(1)));
    assertEquals(1, server.io.of("/").sockets().size());
  }

  @Test
  void aClientThatLeftAndJoinsInTheSameSessionKeepsThatSession() {
    SocketFixture.Client client = server.client();
    Known known = join(client);
    server.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    client.send("1", known.connect(offset));
    assertTrue(client.isOpen());
    assertNotEquals(known, Known.of(client.received().get(0)));
  }

  /** Returns what a client becomes that says a packet, is gone, and joins once more. */
  private Known comesBackAfter(String packet, SocketFixture.Client client, Known known) {
    server.socket("/").emit("seen");
    String offset = offset(client.received().get(0));
    client.transport.deliver(packet);
    server.handlers.run();
    assertFalse(client.isOpen());
    SocketFixture.Client again = server.client();
    again.send(known.connect(offset));
    return Known.of(again.received().get(0));
  }

  @Test
  void aResumableSessionThatItsClientClosedIsNotKept() {
    SocketFixture.Client client = server.client(RESUMABLE, Map.of());
    Known known = join(client);
    assertNotEquals(known, comesBackAfter("1", client, known));
  }

  @Test
  void aResumableSessionThatBrokeTheProtocolIsKept() {
    SocketFixture.Client client = server.client(RESUMABLE, Map.of());
    Known known = join(client);
    assertEquals(known, comesBackAfter("799", client, known));
  }

  @Test
  void aClassicSessionThatItsClientClosedIsKeptAsInTheReference() {
    SocketFixture.Client client = server.client(CLASSIC, Map.of());
    Known known = join(client);
    assertEquals(known, comesBackAfter("1", client, known));
  }
}

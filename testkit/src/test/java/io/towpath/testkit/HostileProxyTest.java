package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.HostileProxy.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HostileProxyTest {
  private static final String GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String UPGRADE =
      "GET /s HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n";
  private static final String SWITCHING =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

  private final List<AutoCloseable> open = new ArrayList<>();
  private ServerSocket target;

  @BeforeEach
  void listen() throws IOException {
    target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    target.setSoTimeout(10_000);
    open.add(target);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private HostileProxy.Builder builder() {
    return HostileProxy.to(new InetSocketAddress("127.0.0.1", target.getLocalPort()));
  }

  private HostileProxy proxy(Mode mode) {
    return keep(builder().mode(mode).cutAfter(Duration.ofMillis(20)).start());
  }

  private <T extends AutoCloseable> T keep(T closeable) {
    open.add(closeable);
    return closeable;
  }

  private RawConnection client(HostileProxy proxy) throws IOException {
    return keep(RawConnection.to(proxy.address()));
  }

  private RawConnection accepted() throws IOException {
    return keep(new RawConnection(target.accept()));
  }

  /** A WebSocket through the proxy: the client's end and the target's end. */
  private record Ends(RawConnection client, RawConnection server) {}

  private Ends webSocket(HostileProxy proxy) throws IOException {
    RawConnection client = client(proxy).send(UPGRADE);
    RawConnection server = accepted();
    assertEquals(UPGRADE, server.readHead());
    server.send(SWITCHING);
    assertEquals(SWITCHING, client.readHead());
    return new Ends(client, server);
  }

  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within ten seconds");
      Thread.onSpinWait();
    }
  }

  // ---- what every mode lets through ----

  @Test
  void requestsAndResponsesPassByteForByteOnOneConnection() throws IOException {
    RawConnection client = client(proxy(Mode.REJECT));
    client.send(GET);
    RawConnection server = accepted();
    assertEquals(GET, server.readHead());
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));

    String odd = "\r\nget  /x HTTP/1.1\r\nhOsT:h\r\nX-Empty:\r\n\r\n";
    client.send(odd);
    assertEquals(odd, server.readAsMuchAs(odd));
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));
  }

  @Test
  void anUpgradeWrittenInABodyIsNoUpgrade() throws IOException {
    HostileProxy proxy = proxy(Mode.REJECT);
    RawConnection client = client(proxy);
    String measured =
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + UPGRADE.length() + "\r\n\r\n" + UPGRADE;
    String chunked =
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            + Integer.toHexString(UPGRADE.length())
            + ";x=y\r\n"
            + UPGRADE
            + "\r\n0\r\nTrailer: t\r\n\r\n";
    client.send(measured + chunked + GET);
    RawConnection server = accepted();
    assertEquals(measured + chunked + GET, server.readAsMuchAs(measured + chunked + GET));
    assertEquals(0, proxy.counts().upgrades());
  }

  @Test
  void anUpgradeBehindOtherRequestsIsSeen() throws IOException {
    HostileProxy proxy = proxy(Mode.REJECT);
    RawConnection client = client(proxy);
    String post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    client.send(post + UPGRADE);
    RawConnection server = accepted();
    assertEquals(post, server.readAsMuchAs(post));
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK), "the earlier answer comes first");
    assertTrue(client.readHead().startsWith("HTTP/1.1 403 "));
    assertEquals("", server.readToEnd(), "the target never saw the upgrade");
  }

  @Test
  void responsesWithoutABodyDoNotSwallowTheNextOne() throws IOException {
    RawConnection client = client(proxy(Mode.PASS));
    String requests = "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + GET + GET + GET;
    client.send(requests);
    RawConnection server = accepted();
    assertEquals(requests, server.readAsMuchAs(requests));
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
    String noContent = "HTTP/1.1 204 No Content\r\n\r\n";
    String notModified = "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n";
    server.send(head + noContent + notModified + OK);
    String all = head + noContent + notModified + OK;
    assertEquals(all, client.readAsMuchAs(all));

    client.send(UPGRADE);
    server.send(SWITCHING);
    assertEquals(SWITCHING, client.readHead());
  }

  @Test
  void aStreamedResponseArrivesPieceByPiece() throws IOException {
    RawConnection client = client(proxy(Mode.PASS)).send(GET);
    RawConnection server = accepted();
    server.readHead();
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    server.send(head);
    assertEquals(head, client.readHead());
    for (String piece : List.of("3\r\nabc\r\n", "4\r\nde", "fg\r\n", "0\r\n\r\n")) {
      server.send(piece);
      assertEquals(piece, client.readAsMuchAs(piece));
    }
    client.send(GET);
    assertEquals(GET, server.readHead());
  }

  @Test
  void aResponseThatEndsWithItsConnectionEndsSo() throws IOException {
    RawConnection client = client(proxy(Mode.PASS)).send(GET);
    RawConnection server = accepted();
    server.readHead();
    String response = "HTTP/1.1 200 OK\r\n\r\nsome text";
    server.send(response);
    server.close();
    assertEquals(response, client.readToEnd());
  }

  @Test
  void anInterimResponseGoesBeforeTheRealOne() throws IOException {
    RawConnection client = client(proxy(Mode.PASS));
    client.send("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    RawConnection server = accepted();
    server.readHead();
    String proceed = "HTTP/1.1 100 Continue\r\n\r\n";
    server.send(proceed);
    assertEquals(proceed, client.readHead());
    client.send("hi");
    assertEquals("hi", server.readAsMuchAs("hi"));
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));
  }

  @Test
  void theTargetHearsThatAClientGaveUpWaiting() throws IOException {
    RawConnection client = client(proxy(Mode.PASS)).send(GET);
    RawConnection server = accepted();
    server.readHead();
    client.close();
    assertEquals("", server.readToEnd());
  }

  @Test
  void aTargetThatIsDownIsA502() throws IOException {
    target.close();
    RawConnection client = client(proxy(Mode.PASS)).send(GET);
    assertTrue(client.readToEnd().startsWith("HTTP/1.1 502 Bad Gateway\r\n"));
  }

  @Test
  void anotherProtocolThanWebSocketIsNoneOfItsBusiness() throws IOException {
    HostileProxy proxy = proxy(Mode.REJECT);
    RawConnection client = client(proxy);
    String h2c = UPGRADE.replace("WebSocket", "h2c");
    client.send(h2c);
    RawConnection server = accepted();
    assertEquals(h2c, server.readHead());
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));
    client.send(GET);
    assertEquals(GET, server.readHead());
    assertEquals(0, proxy.counts().upgrades());
  }

  // ---- pass ----

  @Test
  void inPassAWebSocketCarriesBytesAndItsEndBothWays() throws IOException {
    Ends ends = webSocket(proxy(Mode.PASS));
    ends.client().send("\u0081\u0001a");
    assertEquals("\u0081\u0001a", ends.server().readAsMuchAs("...").substring(0, 3));
    ends.server().send(GET);
    assertEquals(GET, ends.client().readHead(), "no longer read as HTTP");
    ends.client().endOutput();
    assertEquals("", ends.server().readToEnd());
    ends.server().send("late");
    ends.server().endOutput();
    assertEquals("late", ends.client().readToEnd());
  }

  @Test
  void bytesBehindTheHandshakeWaitForTheAnswer() throws IOException {
    client(proxy(Mode.PASS)).send(UPGRADE + "early");
    RawConnection server = accepted();
    assertEquals(UPGRADE, server.readHead());
    server.send(SWITCHING);
    assertEquals("early", server.readAsMuchAs("early"));
  }

  @Test
  void anUpgradeRefusedByTheTargetLeavesTheConnectionToHttp() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    RawConnection client = client(proxy).send(UPGRADE);
    RawConnection server = accepted();
    server.readHead();
    String refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno";
    server.send(refusal);
    assertEquals(refusal, client.readAsMuchAs(refusal));
    client.send(GET);
    assertEquals(GET, server.readHead());
    proxy.mode(Mode.REJECT);
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));
    client.send(UPGRADE);
    assertTrue(client.readHead().startsWith("HTTP/1.1 403 "));
  }

  // ---- reject ----

  @Test
  void inRejectAnUpgradeIsAnswered403AndTheTargetSeesNothing() throws IOException {
    HostileProxy proxy = proxy(Mode.REJECT);
    RawConnection client = client(proxy).send(UPGRADE);
    String answer = client.readToEnd();
    assertTrue(answer.startsWith("HTTP/1.1 403 Forbidden\r\n"), answer);
    assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
    assertEquals(1, proxy.counts().upgrades());
    assertEquals(1, proxy.counts().rejected());
    // The next connection that the target sees is this one, so there was none before.
    client(proxy).send(GET);
    assertEquals(GET, accepted().readHead());
  }

  // ---- hang ----

  @Test
  void inHangAnUpgradeIsNeverAnsweredAndTheTargetSeesNothing() throws IOException {
    HostileProxy proxy = proxy(Mode.HANG);
    RawConnection client = client(proxy).send(UPGRADE);
    until(() -> proxy.counts().hung() == 1);
    client.send("anything");
    client.endOutput();
    assertEquals("", client.readToEnd(), "no byte until the client itself gave up");
    until(() -> proxy.counts().open() == 0);
    client(proxy).send(GET);
    assertEquals(GET, accepted().readHead());
  }

  // ---- mute ----

  @Test
  void inMuteOnlyThe101Passes() throws IOException {
    HostileProxy proxy = proxy(Mode.MUTE);
    RawConnection client = client(proxy).send(UPGRADE);
    RawConnection server = accepted();
    server.readHead();
    server.send(SWITCHING + "lost");
    assertEquals(SWITCHING, client.readHead());
    client.send("lost too");
    until(() -> proxy.counts().muted() == 1);
    server.endOutput();
    client.endOutput();
    assertEquals("", client.readToEnd());
    assertEquals(1, proxy.counts().muted(), "counted once, not once per direction");
  }

  @Test
  void inMuteTheEndOfOneSideIsNotHeardOnTheOther() throws IOException {
    HostileProxy proxy = proxy(Mode.MUTE);
    Ends ends = webSocket(proxy);
    ends.client().close();
    until(() -> proxy.counts().muted() == 1);
    // The target can go on sending for as long as it likes; only the end of the proxy ends it.
    ends.server().send("is anybody there?");
    assertEquals(1, proxy.counts().open());
    proxy.close();
    assertTrue(ends.server().endsByReset());
  }

  @Test
  void anOpenWebSocketGoesMuteWithTheModeAndStaysSo() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    Ends ends = webSocket(proxy);
    ends.server().send("heard");
    assertEquals("heard", ends.client().readAsMuchAs("heard"));
    proxy.mode(Mode.MUTE);
    ends.server().send("lost");
    until(() -> proxy.counts().muted() == 1);
    proxy.mode(Mode.PASS);
    ends.server().send("lost for ever");
    ends.client().send("this way as well");
    ends.client().endOutput();
    assertEquals("", ends.client().readToEnd());
    Ends next = webSocket(proxy);
    next.server().send("heard");
    assertEquals("heard", next.client().readAsMuchAs("heard"), "a new one is not mute");
  }

  // ---- cut ----

  @Test
  void inCutBothSidesAreResetAfterTheTime() throws IOException {
    Duration life = Duration.ofMillis(60);
    HostileProxy proxy = keep(builder().mode(Mode.CUT).cutAfter(life).start());
    RawConnection client = client(proxy).send(UPGRADE);
    RawConnection server = accepted();
    server.readHead();
    long opened = System.nanoTime();
    server.send(SWITCHING + "hello");
    assertEquals(SWITCHING, client.readHead());
    assertEquals("hello", client.readAsMuchAs("hello"), "it lives until then");
    assertTrue(client.endsByReset());
    assertTrue(System.nanoTime() - opened >= life.toNanos(), "not before its time");
    assertTrue(server.endsByReset());
    assertEquals(1, proxy.counts().cut());
  }

  @Test
  void anOpenWebSocketIsCutWhenTheModeSaysSo() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    Ends ends = webSocket(proxy);
    proxy.mode(Mode.CUT);
    assertTrue(ends.client().endsByReset());
    assertTrue(ends.server().endsByReset());
    assertEquals(1, proxy.counts().cut());
  }

  @Test
  void aChangeOfMindInTimeSavesTheWebSocket() throws IOException {
    HostileProxy proxy = keep(builder().mode(Mode.CUT).cutAfter(Duration.ofDays(1)).start());
    Ends ends = webSocket(proxy);
    proxy.mode(Mode.PASS);
    ends.server().send("alive");
    assertEquals("alive", ends.client().readAsMuchAs("alive"));
    assertEquals(0, proxy.counts().cut());
  }

  @Test
  void inCutPollingLivesOn() throws IOException {
    HostileProxy proxy = proxy(Mode.CUT);
    RawConnection poller = client(proxy).send(GET);
    RawConnection server = accepted();
    server.readHead();
    assertTrue(webSocket(proxy).client().endsByReset());
    server.send(OK);
    assertEquals(OK, poller.readAsMuchAs(OK));
  }

  // ---- bounds and life ----

  @Test
  void aRequestWhoseEndIsAmbiguousIsA400() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    for (String fields :
        List.of(
            "Content-Length: 3\r\nTransfer-Encoding: chunked",
            "Content-Length: 3\r\nContent-Length: 4",
            "Content-Length: -1",
            "Transfer-Encoding: gzip",
            "no colon")) {
      RawConnection client = client(proxy);
      client.send("POST / HTTP/1.1\r\n" + fields + "\r\n\r\n");
      assertTrue(client.readToEnd().startsWith("HTTP/1.1 400 "), fields);
    }
  }

  @Test
  void aChunkWithoutASizeEndsTheConnection() throws IOException {
    RawConnection client = client(proxy(Mode.PASS));
    client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    RawConnection server = accepted();
    assertTrue(client.endsByReset());
    assertTrue(server.endsByReset());
  }

  @Test
  void aHeadOf64KiBPassesAndOneByteMoreDoesNot() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    String frame = "GET / HTTP/1.1\r\nX: %s\r\n\r\n";
    int room = HttpRelay.MAX_HEAD - frame.length() + 2;
    String longest = frame.formatted("x".repeat(room));
    client(proxy).send(longest);
    assertEquals(longest, accepted().readHead());
    RawConnection client = client(proxy);
    client.send(frame.formatted("x".repeat(room + 1)));
    assertTrue(client.readToEnd().startsWith("HTTP/1.1 400 "));
  }

  @Test
  void oneConnectionTooManyIsRefused() throws IOException {
    HostileProxy proxy = keep(builder().maxConnections(2).start());
    RawConnection first = client(proxy).send(GET);
    RawConnection firstServer = accepted();
    firstServer.readHead();
    client(proxy).send(GET);
    accepted().readHead();
    RawConnection third = client(proxy);
    assertEquals("", third.readToEnd());
    assertEquals(1, proxy.counts().refused());
    first.close();
    firstServer.close();
    until(() -> proxy.counts().open() == 1);
    client(proxy).send(GET);
    assertEquals(GET, accepted().readHead());
  }

  @Test
  void closeEndsEverythingAndFreesThePort() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    Ends ends = webSocket(proxy);
    RawConnection waiting = client(proxy).send(GET);
    accepted().readHead();
    RawConnection silent = client(proxy);
    until(() -> proxy.counts().open() == 3);
    proxy.close();
    assertEquals(0, proxy.counts().open());
    for (RawConnection each : List.of(ends.client(), ends.server(), waiting, silent)) {
      assertTrue(each.endsByReset());
    }
    assertThrows(ConnectException.class, () -> RawConnection.to(proxy.address()));
    HostileProxy next = keep(builder().port(proxy.port()).start());
    assertEquals(proxy.port(), next.port());
  }

  @Test
  void aBusyPortIsSaidInOneLine() {
    HostileProxy proxy = proxy(Mode.PASS);
    UncheckedIOException failure =
        assertThrows(UncheckedIOException.class, () -> keep(builder().port(proxy.port()).start()));
    String message = String.valueOf(failure.getMessage());
    assertTrue(message.startsWith("Cannot listen on port " + proxy.port() + ": "));
    assertFalse(message.contains("\n"));
  }
}

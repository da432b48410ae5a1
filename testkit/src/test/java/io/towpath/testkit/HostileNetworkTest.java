package io.towpath.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.testkit.HostileProxy.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The modes of the {@link HostileProxy} that spare no connection. */
@Timeout(30)
class HostileNetworkTest {
  private static final String GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String POST = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String STREAM = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String UPGRADE =
      "GET /s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

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

  private HostileProxy proxy(Mode mode) {
    return proxy(mode, Duration.ofMillis(20));
  }

  private HostileProxy proxy(Mode mode, Duration time) {
    return keep(
        HostileProxy.to(new InetSocketAddress("127.0.0.1", target.getLocalPort()))
            .mode(mode)
            .cutAfter(time)
            .start());
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

  @Test
  void bufferRefusesWebSockets() throws IOException {
    RawConnection client = client(proxy(Mode.BUFFER)).send(UPGRADE);
    assertTrue(client.readHead().startsWith("HTTP/1.1 403 "));
  }

  @Test
  void bufferHoldsAStreamUntilItEnds() throws IOException {
    HostileProxy proxy = proxy(Mode.BUFFER);
    RawConnection client = client(proxy).send(GET);
    RawConnection server = accepted();
    server.readHead();
    server.send(STREAM + "3\r\nabc\r\n");
    assertFalse(client.hasInputWithin(100));
    server.send("0\r\n\r\n");
    String all = STREAM + "3\r\nabc\r\n0\r\n\r\n";
    assertEquals(all, client.readAsMuchAs(all));
  }

  @Test
  void trickleLetsEverythingThroughInTheEnd() throws IOException {
    RawConnection client = client(proxy(Mode.TRICKLE)).send(GET);
    RawConnection server = accepted();
    assertEquals(GET, server.readHead());
    server.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));
  }

  @Test
  void idleCutResetsWhatHasBeenSilent() throws IOException {
    HostileProxy proxy = proxy(Mode.IDLE_CUT, Duration.ofMillis(40));
    RawConnection client = client(proxy).send(GET);
    RawConnection server = accepted();
    server.readHead();
    assertTrue(client.endsByReset());
    assertTrue(server.endsByReset());
    assertEquals(1, proxy.counts().cut());
  }

  @Test
  void everyThirdResponseIsDroppedAndItsRequestHasArrived() throws IOException {
    HostileProxy proxy = proxy(Mode.DROP_RESPONSE);
    RawConnection client = client(proxy);
    client.send(POST);
    RawConnection server = accepted();
    for (int i = 1; i <= 2; i++) {
      assertEquals(POST, server.readAsMuchAs(POST));
      server.send(OK);
      assertEquals(OK, client.readAsMuchAs(OK));
      client.send(POST);
    }
    assertEquals(POST, server.readAsMuchAs(POST));
    server.send(OK);
    assertEquals("", client.readToEnd());
    assertEquals(1, proxy.counts().dropped());
  }

  @Test
  void everyPostArrivesTwiceAndIsAnsweredOnce() throws IOException {
    HostileProxy proxy = proxy(Mode.DUPLICATE_REQUEST);
    RawConnection client = client(proxy).send(POST);
    RawConnection first = accepted();
    assertEquals(POST, first.readAsMuchAs(POST));
    RawConnection second = accepted();
    assertEquals(POST, second.readAsMuchAs(POST));
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
    first.send(OK);
    assertEquals(OK, client.readAsMuchAs(OK));
    assertEquals(1, proxy.counts().duplicated());
    client.send(GET);
    assertEquals(GET, first.readAsMuchAs(GET));
  }

  @Test
  void flapResetsEveryConnectionAgainAndAgain() throws IOException {
    HostileProxy proxy = proxy(Mode.FLAP);
    for (int i = 0; i < 2; i++) {
      RawConnection client = client(proxy);
      assertEquals("", client.readToEnd());
    }
    assertTrue(proxy.counts().cut() >= 2);
  }

  @Test
  void inABlackoutNothingPassesAndNobodyLearnsOfAnEnd() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    RawConnection client = client(proxy).send(GET);
    RawConnection server = accepted();
    server.readHead();
    proxy.mode(Mode.BLACKOUT);
    server.send(OK);
    server.close();
    assertFalse(client.hasInputWithin(100));
    assertEquals(1, proxy.counts().muted());
  }

  @Test
  void aConnectionThatLostAByteInABlackoutStaysSilentAfterIt() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    RawConnection client = client(proxy).send(GET);
    RawConnection server = accepted();
    server.readHead();
    proxy.mode(Mode.BLACKOUT);
    server.send(OK);
    until(() -> proxy.counts().muted() == 1);
    proxy.mode(Mode.PASS);
    server.send(OK);
    assertFalse(client.hasInputWithin(100));
    RawConnection later = client(proxy).send(GET);
    assertEquals(GET, accepted().readHead());
    assertFalse(later.hasInputWithin(0));
  }

  @Test
  void aNewAddressSilencesWhatIsOpenAndIsSeenByTheServer() throws IOException {
    HostileProxy proxy = proxy(Mode.PASS);
    RawConnection client = client(proxy).send(GET);
    Socket before = keep(target.accept());
    proxy.changeAddress();
    before.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
    assertFalse(client.hasInputWithin(100));
    client(proxy).send(GET);
    Socket after = keep(target.accept());
    assertNotEquals(before.getInetAddress(), after.getInetAddress());
  }

  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within ten seconds");
      Thread.onSpinWait();
    }
  }
}

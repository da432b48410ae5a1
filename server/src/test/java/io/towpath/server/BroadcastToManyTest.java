package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Broadcasts that the I/O threads write: more receivers than one of them writes in one turn. */
class BroadcastToManyTest {
  private static final int CLIENTS = 70;
  private static final int SENDERS = 2;
  private static final int EACH = 100;

  @ParameterizedTest(name = "TLS: {0}, handlers on I/O threads: {1}")
  @CsvSource({"false,false", "true,false", "false,true"})
  void everybodyGetsAllOfThemInTheOrderOfEachSender(boolean encrypted, boolean inline)
      throws Exception {
    SSLContext tls = encrypted ? TestKeys.context() : null;
    TowpathServer.Builder builder =
        TowpathServer.builder()
            .port(0)
            .ioThreads(1)
            .towpath(
                options -> options.sockets(sockets -> inline ? sockets.inlineHandlers() : sockets));
    if (tls != null) {
      builder.tls(tls);
    }
    List<RawWebSocket> clients = new ArrayList<>();
    try (TowpathServer server = builder.build()) {
      server.onConnection(
          socket -> socket.on("say", String.class, text -> socket.namespace().emit("said", text)));
      server.start();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(join(server, tls));
      }
      for (int i = 0; i < EACH; i++) {
        for (int sender = 0; sender < SENDERS; sender++) {
          clients.get(sender).send("42[\"say\",\"" + sender + ":" + i + "\"]");
        }
      }
      for (RawWebSocket client : clients) {
        int[] next = new int[SENDERS];
        for (int i = 0; i < SENDERS * EACH; i++) {
          String said = client.receiveText();
          int sender = said.equals("42[\"said\",\"0:" + next[0] + "\"]") ? 0 : 1;
          assertEquals("42[\"said\",\"" + sender + ":" + next[sender]++ + "\"]", said);
        }
      }
    } finally {
      clients.forEach(RawWebSocket::close);
    }
  }

  private static RawWebSocket join(TowpathServer server, @Nullable SSLContext tls) {
    RawWebSocket client =
        RawWebSocket.open(RawConnection.to(server.address(), tls), EchoServer.WEBSOCKET).begun();
    assertEquals("40{\"sid\":\"", client.send("40").receiveText().substring(0, 10));
    return client;
  }
}

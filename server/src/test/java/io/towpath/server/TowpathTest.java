package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.towpath.socket.Namespace;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a server of its own and a handler have in common. */
class TowpathTest {
  /** Sets something up without knowing which of the two it is. */
  private static void meansTheRootNamespace(Towpath<?> towpath) throws Exception {
    Namespace root = towpath.of("/");
    assertSame(root.everybody(), towpath.everybody());
    assertSame(towpath, towpath.onConnection(socket -> {}).use((socket, next) -> next.proceed()));
    assertEquals(List.copyOf(root.sockets()), List.copyOf(towpath.sockets()));
    assertEquals(0, towpath.emitWithAck("question").get().size(), "nobody is there to ask");
    assertEquals(0, towpath.sessionCount());
  }

  @Test
  void aServerOfItsOwnMeansTheRootNamespace() throws Exception {
    try (TowpathServer server = TowpathServer.builder().port(0).build()) {
      meansTheRootNamespace(server);
    }
  }

  @Test
  void aHandlerMeansTheRootNamespace() throws Exception {
    TowpathHandler handler = TowpathHandler.builder().build();
    try {
      meansTheRootNamespace(handler);
      assertSame(handler.everybody(), handler.before(exchange -> {}).everybody());
    } finally {
      handler.close(Duration.ZERO);
    }
  }
}

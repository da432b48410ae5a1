package io.towpath.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.towpath.engine.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever threads emit, one offset says all that a client has received: what it gets when it comes
 * back is exactly what came after it.
 */
class RecoveryThreadsTest {
  private static final int THREADS = 4;
  private static final int EVENTS = 300;
  private static final Pattern ANSWER =
      Pattern.compile("0\\{\"sid\":\"([\\w-]+)\",\"pid\":\"([\\w-]+)\"}");

  private final SocketFixture server =
      new SocketFixture(SocketOptions.builder().connectionStateRecovery(r -> r).build());

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 17, 500, 1_199})
  void whatComesAfterAnOffsetIsWhatWasReceivedAfterIt(int last) throws InterruptedException {
    SocketFixture.Client client = server.client();
    client.send("0");
    Matcher answer = ANSWER.matcher(client.received().get(0));
    assertTrue(answer.matches());
    Socket socket = server.socket("/");
    socket.join("red");
    emitFromManyThreads(socket);
    List<String> received = client.received();
    assertEquals(THREADS * EVENTS, received.size());
    client.transport.lose(CloseReason.TRANSPORT_CLOSE);
    server.handlers.run();

    Matcher offset = Pattern.compile(".*\"(\\w+)\"]").matcher(received.get(last));
    assertTrue(offset.matches());
    SocketFixture.Client again = server.client();
    again.send("0{\"pid\":\"" + answer.group(2) + "\",\"offset\":\"" + offset.group(1) + "\"}");
    List<String> expected = new ArrayList<>(received.subList(last + 1, received.size()));
    expected.add(answer.group());
    assertEquals(expected, again.received());
  }

  private void emitFromManyThreads(Socket socket) throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int own = t;
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                } catch (InterruptedException stopped) {
                  return;
                }
                for (int i = 0; i < EVENTS; i++) {
                  if (own % 2 == 0) {
                    socket.emit("private", own, i);
                  } else {
                    server.io.of("/").to("red").emit("room", own, i);
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }
}

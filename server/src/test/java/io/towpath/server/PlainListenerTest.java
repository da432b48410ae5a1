package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.undertow.UndertowOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;

/** The end of a listener while clients come. */
class PlainListenerTest {
  /** What XNIO has logged with an exception. */
  private final List<String> thrown = Collections.synchronizedList(new ArrayList<>());

  private final Logger xnio = Logger.getLogger("org.xnio");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          if (record.getThrown() != null) {
            thrown.add(record.getMessage());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private final XnioWorker worker = worker();
  private final List<Socket> clients = new ArrayList<>();

  private static XnioWorker worker() {
    try {
      return Xnio.getInstance().createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1));
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  @BeforeEach
  void listenToTheLog() {
    xnio.addHandler(handler);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    xnio.removeHandler(handler);
    worker.shutdownNow();
  }

  @Test
  void closingWhileConnectionsWaitToBeTakenLogsNoStackTrace() throws Exception {
    PlainListener listener =
        PlainListener.open(
            worker,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            OptionMap.create(UndertowOptions.NO_REQUEST_TIMEOUT, 60_000),
            exchange -> {},
            60_000);
    XnioIoThread thread = worker.getIoThread(0);
    CountDownLatch closed = new CountDownLatch(1);
    thread.execute(() -> awaitUninterrupted(closed));
    InetSocketAddress address = listener.address();
    // With the third one the other two wait for the I/O thread, which asks once too often then.
    for (int i = 0; i < 3; i++) {
      clients.add(new Socket(address.getAddress(), address.getPort()));
    }
    Await.until("three connections", () -> connections() == 3);
    listener.close();
    closed.countDown();
    awaitTwoTurns(thread);
    assertEquals(List.of(), thrown);
  }

  private int connections() {
    return worker.getMXBean().getServerMXBeans().stream()
        .mapToInt(server -> server.getConnectionCount())
        .sum();
  }

  /** What the thread has to do by now may give it more to do. */
  private static void awaitTwoTurns(XnioIoThread thread) {
    CountDownLatch done = new CountDownLatch(1);
    thread.execute(() -> thread.execute(done::countDown));
    awaitUninterrupted(done);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }
}

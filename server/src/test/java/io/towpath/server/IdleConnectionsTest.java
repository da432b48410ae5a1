package io.towpath.server;

import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;

/** The looks at the connections of an I/O thread. */
class IdleConnectionsTest {
  @Test
  void oneThatFailsIsNotLookedAtAgainAndTheOthersAre() throws IOException {
    XnioWorker worker =
        Xnio.getInstance().createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1));
    try {
      XnioIoThread thread = worker.getIoThread();
      DefaultByteBufferPool buffers = new DefaultByteBufferPool(false, 512);
      IdleConnections connections =
          new IdleConnections(thread, new HttpOpenListener(buffers), buffers, 1, -1);
      Looks others = new Looks(false);
      Looks failing = new Looks(true);
      thread.execute(
          () -> {
            connections.add(others);
            connections.add(failing);
          });
      Await.until("the others are looked at", () -> others.count.get() > 2);
      Await.until("the failing one is out", () -> failing.place == -1 && failing.count.get() == 1);
    } finally {
      worker.shutdownNow();
    }
  }

  private static final class Looks implements IdleConnections.Entry {
    final AtomicInteger count = new AtomicInteger();
    private final boolean failing;
    private volatile int place = -1;

    Looks(boolean failing) {
      this.failing = failing;
    }

    @Override
    public boolean look(long now) {
      count.incrementAndGet();
      if (failing) {
        throw new IllegalStateException("a look that fails");
      }
      return true;
    }

    @Override
    public int place() {
      return place;
    }

    @Override
    public void place(int newPlace) {
      place = newPlace;
    }
  }
}

package io.towpath.server;

import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.xnio.XnioIoThread;

/** An Undertow with one I/O thread for one transport under test, whose turns a test can await. */
final class TransportListener implements AutoCloseable {
  private final Undertow undertow;
  private final @Nullable SSLContext tls;

  /** The I/O thread of the last request. */
  private volatile @Nullable XnioIoThread thread;

  TransportListener(@Nullable SSLContext tls, HttpHandler handler) {
    this.tls = tls;
    Undertow.Builder builder = Undertow.builder().setIoThreads(1);
    if (tls != null) {
      builder.addHttpsListener(0, "localhost", tls);
    } else {
      builder.addHttpListener(0, "localhost");
    }
    undertow =
        builder
            .setHandler(
                exchange -> {
                  thread = exchange.getIoThread();
                  handler.handleRequest(exchange);
                })
            .build();
    undertow.start();
  }

  RawConnection connect() {
    return RawConnection.to(
        (InetSocketAddress) undertow.getListenerInfo().get(0).getAddress(), tls);
  }

  /** Waits until the I/O thread has done what it was about to do. */
  void awaitTurn() {
    XnioIoThread io = thread;
    if (io == null) {
      return;
    }
    CountDownLatch turn = new CountDownLatch(1);
    io.execute(turn::countDown);
    try {
      if (!turn.await(10, TimeUnit.SECONDS)) {
        throw new AssertionError("the I/O thread is blocked");
      }
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @Override
  public void close() {
    undertow.stop();
  }
}

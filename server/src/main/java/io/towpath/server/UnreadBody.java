package io.towpath.server;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSinkChannel;

/**
 * The body of a request that is answered before all of it has come: Undertow reads and drops the
 * rest, so that the connection can be used again, and would do so for as long as the client keeps
 * it coming.
 */
final class UnreadBody {
  private static final Logger log = LoggerFactory.getLogger(UnreadBody.class);

  private UnreadBody() {}

  /**
   * Gives the rest of the body its deadline; nothing if all of it is here. Called before the
   * request is answered, by whoever answers it.
   *
   * @param millis after which the connection is cut
   */
  static void limit(HttpServerExchange exchange, long millis) {
    if (exchange.isRequestComplete()) {
      return;
    }
    XnioExecutor.Key deadline;
    try {
      deadline =
          exchange.getIoThread().executeAfter(() -> cut(exchange), millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException stopped) {
      // The server has been stopped, and its connections are closed with it.
      return;
    }
    exchange.addExchangeCompleteListener(
        (complete, next) -> {
          deadline.remove();
          next.proceed();
        });
  }

  /**
   * Ends an exchange whose answer has no body. By itself Undertow would read the rest of the
   * request before it writes the head of such an answer, and the client hear of the refusal last.
   */
  static void answerFirst(HttpServerExchange exchange) {
    StreamSinkChannel answer = exchange.getResponseChannel();
    try {
      answer.shutdownWrites();
      if (answer.flush()) {
        exchange.endExchange();
        return;
      }
    } catch (IOException gone) {
      lost(exchange);
      return;
    }
    answer
        .getWriteSetter()
        .set(
            ChannelListeners.flushingChannelListener(
                written -> exchange.endExchange(), (broken, gone) -> lost(exchange)));
    answer.resumeWrites();
  }

  private static void lost(HttpServerExchange exchange) {
    IoUtils.safeClose(exchange.getConnection());
    exchange.endExchange();
  }

  private static void cut(HttpServerExchange exchange) {
    log.info("connection cut: the rest of a refused body took too long");
    IoUtils.safeClose(exchange.getConnection());
  }
}

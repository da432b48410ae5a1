package io.towpath.server;

import io.towpath.engine.RequestCheck;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads one request through the middlewares, one after the other. Each of them runs on the
 * connection's I/O thread, whatever thread the one before it has spoken on.
 */
final class MiddlewareChain {
  private static final Logger log = LoggerFactory.getLogger(MiddlewareChain.class);

  private final List<RequestMiddleware> middlewares;
  private final EngineRequest request;
  private final Consumer<EngineRequest> then;
  private final BiConsumer<EngineRequest, RequestCheck.Refused> refuse;

  /**
   * Creates the way of a request.
   *
   * @param then goes on with a request that all have let through
   * @param refuse answers one that was failed
   */
  MiddlewareChain(
      List<RequestMiddleware> middlewares,
      EngineRequest request,
      Consumer<EngineRequest> then,
      BiConsumer<EngineRequest, RequestCheck.Refused> refuse) {
    this.middlewares = middlewares;
    this.request = request;
    this.then = then;
    this.refuse = refuse;
  }

  void start() {
    run(0);
  }

  private void run(int index) {
    if (index == middlewares.size()) {
      then.accept(request);
      return;
    }
    Step step = new Step(index + 1);
    try {
      middlewares.get(index).handle(request, step);
    } catch (Exception thrown) {
      log.error("a middleware for requests failed", thrown);
      step.fail();
    }
  }

  /** The verdict of one middleware; the first one counts. */
  private final class Step implements RequestMiddleware.Next {
    private final int next;
    private final AtomicBoolean spoken = new AtomicBoolean();

    Step(int next) {
      this.next = next;
    }

    @Override
    public void proceed() {
      goOn(() -> run(next));
    }

    @Override
    public void fail() {
      goOn(
          () ->
              refuse.accept(
                  request,
                  RequestCheck.refused(
                      "MIDDLEWARE_FAILURE", Map.of(), "a middleware has failed the request")));
    }

    private void goOn(Runnable action) {
      if (!spoken.compareAndSet(false, true) || request.isAnswered()) {
        return;
      }
      Thread ioThread = request.exchange().getIoThread();
      if (Thread.currentThread() == ioThread) {
        action.run();
      } else {
        request.exchange().getIoThread().execute(action);
      }
    }
  }
}

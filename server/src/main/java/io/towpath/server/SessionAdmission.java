package io.towpath.server;

import io.towpath.engine.EngineError;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionId;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may open a session, and under which id: the application's admission, the protocol's revision,
 * and the id, which the application may choose, in the reference's order. The application may take
 * its time; a request goes on with its answer on the connection's I/O thread, and waits no longer
 * than {@link HttpOptions.Builder#decisionTimeout}. Immutable; any thread.
 */
final class SessionAdmission {
  private static final Logger log = LoggerFactory.getLogger(SessionAdmission.class);

  private final EngineSessions sessions;
  private final HttpOptions http;
  private final Scheduler scheduler;
  private final Refusals refusals;

  SessionAdmission(
      EngineSessions sessions, HttpOptions http, Scheduler scheduler, Refusals refusals) {
    this.sessions = sessions;
    this.http = http;
    this.scheduler = scheduler;
    this.refusals = refusals;
  }

  /**
   * Asks for a request that opens a session.
   *
   * @param open opens it under that id; not called if the request is refused
   */
  void ofSession(EngineRequest request, BiConsumer<EngineRequest, String> open) {
    Function<HandshakeRequest, CompletionStage<Admission>> decision = http.allowRequest();
    if (decision == null) {
      identify(request, open);
    } else {
      decide(request, decision, admitted -> identify(admitted, open));
    }
  }

  /**
   * Asks for a request that offers a transport to a session. It is admitted like one that opens a
   * session: who may come back is who may come.
   *
   * @param then goes on with the request; not called if it is refused
   */
  void ofTransport(EngineRequest request, Consumer<EngineRequest> then) {
    Function<HandshakeRequest, CompletionStage<Admission>> decision = http.allowRequest();
    if (decision == null) {
      then.accept(request);
    } else {
      decide(request, decision, then);
    }
  }

  private void decide(
      EngineRequest request,
      Function<HandshakeRequest, CompletionStage<Admission>> decision,
      Consumer<EngineRequest> then) {
    await(
        request,
        decision,
        (admission, failure) -> {
          if (admission != null && admission.allowed()) {
            then.accept(request);
            return;
          }
          String message = admission == null ? null : admission.message();
          if (failure != null) {
            log.warn(
                "a session is refused because allowRequest has failed: {}", failure.toString());
          }
          refusals.refuse(
              request,
              new RequestCheck.Refused(
                  EngineError.FORBIDDEN,
                  message == null ? Map.of() : Map.of("message", message),
                  "the application says no"));
        });
  }

  private void identify(EngineRequest request, BiConsumer<EngineRequest, String> open) {
    RequestCheck.Refused refused = RequestCheck.protocol(request.request(), sessions.options());
    if (refused != null) {
      refusals.refuse(request, refused);
      return;
    }
    Function<HandshakeRequest, CompletionStage<String>> source = http.sessionIds();
    if (source == null) {
      open.accept(request, SessionId.next());
      return;
    }
    await(
        request,
        source,
        (id, failure) -> {
          if (id != null && SessionId.isWellFormed(id) && !sessions.has(id)) {
            open.accept(request, id);
            return;
          }
          log.warn(
              "a session is refused because its id is {}",
              failure != null ? "missing: " + failure : "malformed or in use");
          refusals.refuse(
              request,
              RequestCheck.refused("ID_GENERATION_ERROR", Map.of(), "no id for the session"));
        });
  }

  private <T> void await(
      EngineRequest request,
      Function<HandshakeRequest, CompletionStage<T>> question,
      BiConsumer<@Nullable T, @Nullable Throwable> then) {
    CompletableFuture<T> answer;
    try {
      answer = question.apply(request.request()).toCompletableFuture();
    } catch (RuntimeException thrown) {
      then.accept(null, thrown);
      return;
    }
    CompletableFuture<T> limited = answer.copy();
    if (answer.isDone()) {
      finish(limited, then);
      return;
    }
    Scheduler.Task timeout =
        scheduler.schedule(
            http.decisionTimeout(),
            () -> limited.completeExceptionally(new TimeoutException("no answer in time")));
    var unused =
        limited.handleAsync(
            (value, failure) -> {
              timeout.cancel();
              finish(limited, then);
              return null;
            },
            request.exchange().getIoThread());
  }

  private static <T> void finish(
      CompletableFuture<T> answer, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    T value = null;
    Throwable failure = null;
    try {
      value = answer.join();
    } catch (CompletionException failed) {
      failure = failed.getCause();
    } catch (CancellationException cancelled) {
      failure = cancelled;
    }
    then.accept(value, failure);
  }
}

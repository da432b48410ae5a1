package io.towpath.server;

import io.towpath.engine.HandshakeRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an application adds to the engine's HTTP requests and their answers. Immutable; any thread.
 */
public final class HttpOptions {
  private final List<RequestMiddleware> middlewares;
  private final List<HeaderHook> initialHeaders;
  private final List<HeaderHook> headers;
  private final @Nullable Function<HandshakeRequest, CompletionStage<Admission>> allowRequest;
  private final @Nullable Function<HandshakeRequest, CompletionStage<String>> sessionIds;
  private final @Nullable SessionCookie cookie;
  private final long decisionTimeout;
  private final long bodyTimeout;

  private HttpOptions(Builder builder) {
    middlewares = List.copyOf(builder.middlewares);
    initialHeaders = List.copyOf(builder.initialHeaders);
    headers = List.copyOf(builder.headers);
    allowRequest = builder.allowRequest;
    sessionIds = builder.sessionIds;
    cookie = builder.cookie;
    decisionTimeout = builder.decisionTimeout;
    bodyTimeout = builder.bodyTimeout;
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  List<RequestMiddleware> middlewares() {
    return middlewares;
  }

  List<HeaderHook> initialHeaders() {
    return initialHeaders;
  }

  List<HeaderHook> headers() {
    return headers;
  }

  @Nullable Function<HandshakeRequest, CompletionStage<Admission>> allowRequest() {
    return allowRequest;
  }

  @Nullable Function<HandshakeRequest, CompletionStage<String>> sessionIds() {
    return sessionIds;
  }

  @Nullable SessionCookie cookie() {
    return cookie;
  }

  /** Milliseconds. */
  long decisionTimeout() {
    return decisionTimeout;
  }

  /** Milliseconds. */
  long bodyTimeout() {
    return bodyTimeout;
  }

  /** Whether a request may have to wait for the application. */
  boolean mayWait() {
    return !middlewares.isEmpty() || allowRequest != null || sessionIds != null;
  }

  /** Collects options; not thread safe. */
  public static final class Builder {
    private final List<RequestMiddleware> middlewares = new ArrayList<>();
    private final List<HeaderHook> initialHeaders = new ArrayList<>();
    private final List<HeaderHook> headers = new ArrayList<>();
    private @Nullable Function<HandshakeRequest, CompletionStage<Admission>> allowRequest;
    private @Nullable Function<HandshakeRequest, CompletionStage<String>> sessionIds;
    private @Nullable SessionCookie cookie;
    private long decisionTimeout = 10_000;
    private long bodyTimeout = 30_000;

    private Builder() {}

    /** Adds a middleware after those that are there. */
    public Builder use(RequestMiddleware middleware) {
      middlewares.add(middleware);
      return this;
    }

    /** Adds a hook for the first answer of each session: its handshake, or its 101. */
    public Builder initialHeaders(HeaderHook hook) {
      initialHeaders.add(hook);
      return this;
    }

    /** Adds a hook for every answer of status 200 to a poll, and for every 101. */
    public Builder headers(HeaderHook hook) {
      headers.add(hook);
      return this;
    }

    /**
     * Lets the application decide who may open a session. Asked once for each session, on an I/O
     * thread, and must not block; a stage that fails, or takes longer than {@link
     * #decisionTimeout}, refuses.
     */
    public Builder allowRequest(Function<HandshakeRequest, CompletionStage<Admission>> decision) {
      allowRequest = decision;
      return this;
    }

    /**
     * Lets the application choose the ids of sessions: 1 to 64 letters, digits, underscores or
     * hyphens, as hard to guess as 128 random bits, because who knows the id has the session. Asked
     * on an I/O thread, and must not block. A stage that fails, takes longer than {@link
     * #decisionTimeout}, or gives an id that is malformed or in use, refuses with code 3.
     */
    public Builder sessionIds(Function<HandshakeRequest, CompletionStage<String>> source) {
      sessionIds = source;
      return this;
    }

    /** Sends a cookie with each handshake over polling; default none. */
    public Builder cookie(SessionCookie newCookie) {
      cookie = newCookie;
      return this;
    }

    /** Sets how long {@link #allowRequest} and {@link #sessionIds} may take; default 10 s. */
    public Builder decisionTimeout(Duration timeout) {
      decisionTimeout = positive("decisionTimeout", timeout);
      return this;
    }

    /**
     * Sets how long the body of a POST may take to arrive; past it the connection is cut and the
     * session ends. What is left of a body that is refused has the same time from the refusal on.
     * Default 30 s.
     */
    public Builder bodyTimeout(Duration timeout) {
      bodyTimeout = positive("bodyTimeout", timeout);
      return this;
    }

    /** Returns the options. */
    public HttpOptions build() {
      return new HttpOptions(this);
    }

    private static long positive(String option, Duration duration) {
      if (duration.toMillis() <= 0) {
        throw new IllegalArgumentException(option + " must be more than zero");
      }
      return duration.toMillis();
    }
  }
}

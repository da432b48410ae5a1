package io.towpath.server;

/**
 * Looks at every HTTP request of the engine, upgrades among them, before the engine does. Runs on
 * I/O threads and must not block; it says later, from any thread, what is to become of the request
 * if it needs time.
 *
 * <pre>{@code
 * builder.http(http -> http.use((request, next) -> {
 *   request.headers().set("X-Served-By", "towpath");
 *   next.proceed();
 * }));
 * }</pre>
 *
 * <p>Each middleware either calls its {@link Next} or answers with {@link EngineRequest#respond};
 * only the first of these counts. One that throws fails the request as {@link Next#fail} does.
 */
@FunctionalInterface
public interface RequestMiddleware {
  /** Looks at a request. */
  void handle(EngineRequest request, Next next) throws Exception;

  /** How a middleware passes a request on. */
  interface Next {
    /** Hands the request to the next middleware, or to the engine. */
    void proceed();

    /** Refuses the request: status 400 and code 3. */
    void fail();
  }
}

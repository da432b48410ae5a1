package io.towpath.server;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The rules of every transport, for WebSocket over plain connections. */
class PlainWebSocketOverUndertowTest extends WebSocketOverUndertowContract {
  @Override
  @Nullable SSLContext tls() {
    return null;
  }
}

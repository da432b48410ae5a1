package io.towpath.server;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** WebSocket over plain connections. */
class PlainWebSocketTest extends WebSocketConnectionContract {
  @Override
  @Nullable SSLContext tls() {
    return null;
  }
}

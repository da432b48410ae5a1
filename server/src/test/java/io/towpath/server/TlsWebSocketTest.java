package io.towpath.server;

import javax.net.ssl.SSLContext;

/** WebSocket over TLS. */
class TlsWebSocketTest extends WebSocketConnectionContract {
  @Override
  SSLContext tls() {
    return TestKeys.context();
  }
}

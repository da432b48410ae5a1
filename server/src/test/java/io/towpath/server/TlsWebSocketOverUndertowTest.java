package io.towpath.server;

import javax.net.ssl.SSLContext;

/** The rules of every transport, for WebSocket over TLS. */
class TlsWebSocketOverUndertowTest extends WebSocketOverUndertowContract {
  @Override
  SSLContext tls() {
    return TestKeys.context();
  }
}

package io.towpath.server;

import javax.net.ssl.SSLContext;

/** The rules of every transport, for long-polling over TLS. */
class TlsPollingOverUndertowTest extends PollingOverUndertowContract {
  @Override
  SSLContext tls() {
    return TestKeys.context();
  }
}

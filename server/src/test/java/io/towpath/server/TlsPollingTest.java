package io.towpath.server;

import javax.net.ssl.SSLContext;

/** Long-polling over https. */
class TlsPollingTest extends PollingConnectionContract {
  @Override
  SSLContext tls() {
    return TestKeys.context();
  }
}

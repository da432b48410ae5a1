package io.towpath.server;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The rules of every transport, for long-polling over plain connections. */
class PlainPollingOverUndertowTest extends PollingOverUndertowContract {
  @Override
  @Nullable SSLContext tls() {
    return null;
  }
}

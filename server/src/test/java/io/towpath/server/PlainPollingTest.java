package io.towpath.server;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Long-polling over plain connections. */
class PlainPollingTest extends PollingConnectionContract {
  @Override
  @Nullable SSLContext tls() {
    return null;
  }
}

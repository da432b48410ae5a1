package io.towpath.server;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Long-polling over plain connections that HTTP gives away as soon as nothing happens on them. */
class RestingPollingTest extends PollingConnectionContract {
  @Override
  @Nullable SSLContext tls() {
    return null;
  }

  @Override
  TowpathServer.Builder change(TowpathServer.Builder builder) {
    return builder.ioThreads(1).restMillis(1);
  }

  @Override
  void awaitRest() {
    Await.until("the GET rests", () -> server.server.resting() > 0);
  }
}

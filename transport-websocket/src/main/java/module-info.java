import org.jspecify.annotations.NullMarked;

/** WebSocket, RFC 6455: opening handshake, framing and the transport; knows no HTTP server. */
@NullMarked
module io.towpath.websocket {
  requires transitive io.towpath.core;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports io.towpath.websocket;
}

import org.jspecify.annotations.NullMarked;

/** Sessions and events: Engine.IO and Socket.IO without an HTTP server and without a frame. */
@NullMarked
module io.towpath.core {
  requires transitive com.fasterxml.jackson.databind;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports io.towpath.adapter;
  exports io.towpath.engine;
  exports io.towpath.socket;
}

import org.jspecify.annotations.NullMarked;

/** Engine.IO over HTTP requests, without an HTTP server. */
@NullMarked
module io.towpath.longpoll {
  requires transitive io.towpath.core;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports io.towpath.longpoll;
}

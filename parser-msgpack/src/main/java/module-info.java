import org.jspecify.annotations.NullMarked;

/** MessagePack in place of JSON, for clients with {@code socket.io-msgpack-parser}. */
@NullMarked
module io.towpath.msgpack {
  requires transitive io.towpath.core;
  requires static transitive org.jspecify;

  exports io.towpath.msgpack;
}

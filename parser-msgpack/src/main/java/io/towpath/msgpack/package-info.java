/**
 * MessagePack in place of JSON: {@link io.towpath.msgpack.MessagePackParser} is a {@link
 * io.towpath.socket.SocketParser} for clients that use the npm package {@code
 * socket.io-msgpack-parser}.
 */
package io.towpath.msgpack;

/**
 * Socket.IO v5: packets, namespaces, sockets, events and acknowledgements, on top of an {@link
 * io.towpath.engine.EngineSession}.
 *
 * <p>The way in: {@link io.towpath.socket.SocketPacketDecoder} makes a {@link
 * io.towpath.socket.SocketPacket}, the session's {@link io.towpath.socket.NamespaceRouter} hands it
 * to the {@link io.towpath.socket.Socket} of its namespace, whose {@link io.towpath.socket.Inbox}
 * runs the handlers in order. The way out: {@link io.towpath.socket.SocketPacketEncoder} writes an
 * emitted event into a {@link io.towpath.engine.MessageBatch}, once, for one socket or for a
 * broadcast.
 */
package io.towpath.socket;

import { parseAddress } from "./address.js";
import { Connection } from "./connection.js";
import type { DefaultEventsMap, EventsMap } from "./emitter.js";
import type { LookupOptions } from "./options.js";
import type { Socket } from "./socket.js";

/** Connections that may be shared, by server and path. */
const connections = new Map<string, Connection<any, any>>();

/**
 * Connects to a namespace of a server.
 *
 * Namespaces of one server share a connection, unless `forceNew` is set, `multiplex` is false, or the shared
 * connection has a socket for the namespace already.
 *
 *     const socket = io("https://example.com/admin", { auth: { token } });
 *
 * @param uri - the server, and the namespace as its path; parameters in it go along with every request. What it leaves
 *   out is that of the page.
 * @param opts - used for a new connection and a new socket
 */
export function io<ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
  uri?: string | Partial<LookupOptions>,
  opts?: Partial<LookupOptions>,
): Socket<ListenEvents, EmitEvents> {
  if (typeof uri === "object") {
    opts = uri;
    uri = undefined;
  }
  const { secure, hostname, port, nsp } = parseAddress(uri);
  const { forceNew, multiplex, path } = opts || {};
  const key = [secure, hostname, port, path || "/socket.io"].join();
  let connection = connections.get(key);
  if (forceNew || multiplex === false || connection?._sockets.has(nsp)) {
    connection = new Connection(uri, opts);
  } else if (!connection) {
    connection = new Connection(uri, opts);
    connections.set(key, connection);
  }
  return connection.socket(nsp, opts);
}

export default io;
export { io as connect, Connection, Connection as Manager };
export { Socket, type SocketEvents, type WithTimeout } from "./socket.js";
export { Engine, type EngineEvents } from "./engine.js";
export type { Handshake } from "./handshake.js";
export type { ConnectionEvents } from "./connection.js";
export { type CloseDetails, type CloseReason, type DisconnectReason, TransportError } from "./close-reason.js";
export type { DefaultEventsMap, Emitter, EventNames, EventParams, EventsMap, Listener } from "./emitter.js";
export type { BinaryData, EnginePacket, EnginePacketType } from "./engine-packet.js";
export type { Clock, WebSocketConstructor } from "./environment.js";
export type { Auth, ConnectionOptions, EngineOptions, LookupOptions, Parser, SocketOptions } from "./options.js";
export { protocol, type SocketPacket } from "./socket-packet.js";
export type { Transport, TransportEvents, TransportFactory, TransportSetup } from "./transport.js";
export type { AttemptOutcome, AttemptReason, TransportAttempt, TransportName } from "./transport-log.js";

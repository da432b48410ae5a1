import type { TransportAttempt } from "./transport-log.js";

/**
 * Why a connection ended (`close` of the {@link Connection}).
 *
 * - `ping timeout`: nothing was heard of the server for pingInterval + pingTimeout
 * - `transport close`: the server or the network closed the transport, or the page went offline or away
 * - `transport error`: the transport failed, or an Engine.IO packet could not be read
 * - `parse error`: a Socket.IO packet could not be read
 * - `forced close`: closed here, below the sockets
 */
export type CloseReason = "ping timeout" | "transport close" | "transport error" | "parse error" | "forced close";

/** Why a socket was disconnected: its own leave-taking, the server's, or the end of the connection below it. */
export type DisconnectReason = CloseReason | "io server disconnect" | "io client disconnect";

/** What is known about the end of a connection, the second argument of `disconnect`. */
export interface CloseDetails {
  /** In words, e.g. `websocket connection closed`. */
  description: unknown;
  /** What the platform gave, e.g. its `CloseEvent`. */
  context?: unknown;
  /** The record of the transport that carried the connection. */
  attempt?: TransportAttempt;
}

/** A failure of a transport. `message` names the transport and the direction, e.g. `fetch read error`. */
export class TransportError extends Error {
  /** Distinguishes these errors from others without `instanceof`. */
  readonly type = "TransportError";
  /** The record of the transport that carried the connection when it failed. */
  attempt?: TransportAttempt;

  constructor(
    message: string,
    /** The HTTP status, or what the platform gave: an error, or the `error` event of a WebSocket. */
    readonly description?: unknown,
    /** The response, where there was one. */
    readonly context?: unknown,
  ) {
    super(message);
  }
}

/** Input from the server that breaks the protocol. It closes the connection; see {@link CloseReason}. */
export class ProtocolViolation extends Error {}

import type { Clock, WebSocketConstructor } from "./environment.js";
import type { SocketPacket } from "./socket-packet.js";
import type { TransportMemory } from "./transport-memory.js";
import type { TransportName } from "./transport-log.js";
import type { TransportFactory } from "./transport.js";

/** Options of the engine: how packets reach the server. */
export interface EngineOptions {
  /** Path of the server's endpoint. Default `/socket.io`. */
  path: string;
  /** Adds the slash that ends the path. Default true. */
  addTrailingSlash: boolean;
  /** Parameters for every request. Those of the address replace them. */
  query: string | Record<string, any>;
  /**
   * The transports, in the order in which they are tried. Default `["websocket", "stream", "polling"]`: WebSocket
   * starts at once, long-polling follows when WebSocket is refused, or beside it when it stays silent for
   * `proofOfLife`, and whichever speaks first carries. `["polling", "websocket"]`, the order of socket.io-client, opens
   * over long-polling and takes WebSocket when it has answered. A `stream` of HTTP opens no connection: in a session
   * that is resumable it comes before long-polling.
   */
  transports: TransportName[];
  /** Tries the next transport also when one other than WebSocket could not be opened. Default false. */
  tryAllTransports: boolean;
  /** Whether a connection over long-polling tries to move to WebSocket. Default true. */
  upgrade: boolean;
  /** Begins with WebSocket, whatever the order, if the last one of the page worked. Default false. */
  rememberUpgrade: boolean;
  /**
   * Milliseconds for WebSocket to bring the first packet of the server; then long-polling starts beside it. An open
   * WebSocket proves nothing: there are proxies that open it and pass nothing on. Default: 500, and when the server has
   * spoken, twice the time that it took, from 250 to 1000.
   */
  proofOfLife: number;
  /**
   * Milliseconds for a WebSocket to take over from long-polling; then it is given up. Default 5000. A resumable session
   * gives every transport 4 seconds.
   */
  upgradeTimeout: number;
  /**
   * Asks the server for a session that outlives its transports; servers that know none do not notice. Default true.
   */
  resume: boolean;
  /** Sends binary data as base64 text. Default false. */
  forceBase64: boolean;
  /** Sends cookies to other origins too (HTTP). Default false. */
  withCredentials: boolean;
  /** HTTP headers, for long-polling; browsers cannot send any with WebSocket. */
  extraHeaders: Record<string, string>;
  /**
   * Milliseconds an HTTP request may take; it must be longer than the server's ping interval. Default 0: any time. A
   * resumable session has bounds of its own: 6 seconds and more for a POST, 5 more than the ping interval for a GET.
   */
  requestTimeout: number;
  /** Adds a time stamp to requests. Default: to those of long-polling. */
  timestampRequests: boolean;
  /** Name of the time stamp's parameter. Default `t`. */
  timestampParam: string;
  /** WebSocket subprotocols. */
  protocols: string | string[];
  /** Options for one transport only, e.g. `{ polling: { extraHeaders } }`. */
  transportOptions: { [Name in TransportName]?: Partial<EngineOptions> };
  /** Closes already when the page asks whether it may be left, not only when it is left. Default false. */
  closeOnBeforeunload: boolean;
  /** WebSocket constructor, where the platform has none: that of the package `ws` in Node before version 22. */
  WebSocket: WebSocketConstructor;
  /** Replaces the platform's `fetch`. */
  fetch: typeof fetch;
  /** Replaces the platform's time; for tests. */
  clock: Clock;
  /** Replaces the transports themselves; for tests. */
  createTransport: TransportFactory;
  /** @internal */
  _memory: TransportMemory;
}

/** Makes what a connection writes packets with, and what each of its sessions reads them with. */
export interface Parser {
  /** Writes packets. */
  Encoder: new () => {
    /** @returns messages, text or binary, that are sent one after the other */
    encode(packet: SocketPacket): any[];
  };
  /** Reads packets; throws if something is none, which closes the connection: `parse error`. */
  Decoder: new () => {
    /** @param decoded - to be called with each packet */
    on(event: "decoded", decoded: (packet: any) => void): unknown;
    /** @param message - text, or binary data as an `ArrayBuffer` */
    add(message: any): void;
  };
}

/** Options of a connection: those of its engine, and how it reconnects. */
export interface ConnectionOptions extends EngineOptions {
  /** Connects at once. Default true. */
  autoConnect: boolean;
  /** Reconnects by itself. Default true. */
  reconnection: boolean;
  /** Attempts before it gives up. Default (and 0): no end. */
  reconnectionAttempts: number;
  /** First pause before an attempt, in milliseconds; doubled each time. Default (and 0): 1000. */
  reconnectionDelay: number;
  /** Longest pause, in milliseconds. Default (and 0): 5000. */
  reconnectionDelayMax: number;
  /** By which share chance makes a pause longer or shorter, above 0 and up to 1; otherwise not at all. Default 0.5. */
  randomizationFactor: number;
  /** Milliseconds for an attempt to connect, or false for any time. Default 20000. */
  timeout: number | false;
  /**
   * Writes and reads packets in place of JSON, as the server does too: `socket.io-msgpack-parser`, for example. Binary
   * messages come to it as `ArrayBuffer`.
   */
  parser: Parser;
  /** Most binary attachments a packet of the server may have. Default 10. */
  maxAttachments: number;
}

/** What a socket sends to be let into its namespace. */
export type Auth = { [key: string]: any } | ((send: (data: { [key: string]: any }) => void) => void);

/** Options of a socket. */
export interface SocketOptions {
  /** Sent at every connect: an object, or a function that is asked each time and hands the object to its argument. */
  auth: Auth;
  /** Milliseconds for the answer to every event with a callback, which then takes an error first. Default: none. */
  ackTimeout: number;
  /**
   * Sends every event that is not volatile until the server has answered it, so many times more, one event after the
   * other; each try is an event of its own to the server. Callbacks take an error first. Needs `ackTimeout`, or
   * `timeout` for each event: without, only a reconnection is another try. Default 0.
   */
  retries: number;
  /**
   * Most events that may wait, while disconnected or for their retries; past it `emit` throws. Volatile ones do not
   * wait. Default: any number.
   */
  maxBuffered: number;
}

/** Options of `io()`. */
export interface LookupOptions extends ConnectionOptions, SocketOptions {
  /** Makes a connection of its own. Default false. */
  forceNew: boolean;
  /** Shares a connection with other namespaces of the same server. Default true. */
  multiplex: boolean;
}

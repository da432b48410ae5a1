import type { CloseDetails, TransportError } from "./close-reason.js";
import type { EnginePacket } from "./engine-packet.js";
import type { Clock, WebSocketConstructor } from "./environment.js";
import type { TransportName } from "./transport-log.js";

/** Where a transport says what happens to it; the engine implements it. Never called before `open` returned. */
export interface TransportEvents {
  /**
   * Packets may be sent now. Says nothing of the server: a proxy may have answered. HTTP in a resumable session says
   * at each answer that the server has taken the transport for its own.
   *
   * @param ack - the number that the answer to a POST acknowledges; without one, a body of packets begins
   */
  opened(ack?: string): void;
  /** A packet arrived. */
  packet(packet: EnginePacket): void;
  /**
   * What was sent is on its way, and more may be sent.
   *
   * @param unsent - what was sent and may be lost; to be composed anew. Only in a resumable session
   */
  drained(unsent?: EnginePacket[]): void;
  /**
   * The transport is over; nothing follows.
   *
   * @param failure - an error, or the details of a closing in which nothing failed
   * @param clean - whether the server closed it in good order
   */
  closed(failure: TransportError | CloseDetails, clean?: boolean): void;
}

/**
 * Carries Engine.IO packets; knows nothing of sessions, heartbeats and events. The engine holds one that carries,
 * and now and then one more that is being tried.
 *
 * The contract: after `open`, any number of `packet`, at most one `opened`, and exactly one `closed` unless `close`
 * comes first; after `close` or `closed`, silence. `send` only while `writable`, which is false from there to
 * `drained`. Packets arrive in the order in which they were sent.
 */
export interface Transport {
  /** Its name in requests and records. */
  readonly name: TransportName;
  /** Whether `send` may be called. */
  readonly writable: boolean;
  /** Bytes that the platform has not passed to the network, where it says so. */
  readonly bufferedAmount?: number;
  /** Starts. Failures are reported later, never from within. */
  open(): void;
  /**
   * The session is known: requests carry its id from now on.
   *
   * @param resumable - whether the packets of resumable sessions may come
   */
  session(sid: string, resumable?: boolean): void;
  /** Sends packets in order. */
  send(packets: EnginePacket[]): void;
  /**
   * Brings the transport to rest, so that another takes over without loss: no new requests, and `paused` once none
   * is under way.
   */
  pause(paused: () => void): void;
  /** Takes a pause back; in a resumable session, makes use of a transport that was offered. */
  resume(): void;
  /**
   * Ends the transport politely and for good.
   *
   * @param bye - ends the resumable session too
   */
  close(bye?: boolean): void;
}

/** What a transport is made of. */
export interface TransportSetup {
  /**
   * The address of a request.
   *
   * @param on - in a resumable session, for the use of the transport, and not for its offer
   */
  uri(sid: string | undefined, on?: boolean): string;
  /** Set if the session exists already, and the transport is to take over. */
  sid?: string;
  /** The session is resumable, and the transport is to be offered to it. */
  resumable?: boolean;
  /** Milliseconds a GET may wait in a resumable session. */
  pollTimeout?: number;
  /** Binary data travels as base64 text. */
  forceBase64?: boolean;
  /** HTTP headers; in browsers, WebSocket cannot send any. */
  extraHeaders?: Record<string, string>;
  /** Cookies go to other origins too. HTTP only: WebSocket always sends them. */
  withCredentials?: boolean;
  /** Milliseconds an HTTP request may take; 0: any time. */
  requestTimeout?: number;
  /** WebSocket subprotocols. */
  protocols?: string | string[];
  /** Constructor for WebSocket, or nothing where there is none. */
  WebSocket?: WebSocketConstructor;
  /** Function for HTTP requests, or nothing where there is none. */
  fetch?: typeof fetch;
  /** Time for `requestTimeout`. */
  clock: Clock;
}

/** Makes a transport; tests give their own as option `createTransport`. */
export type TransportFactory = (name: TransportName, setup: TransportSetup, events: TransportEvents) => Transport;

/** What a server of Towpath grants in its open packet: a session that outlives its transports. */
export interface ResumeTerms {
  /** Version of the protocol: 1. */
  v: number;
  /** Milliseconds that it keeps a session without a transport. */
  window: number;
  /** Bytes of unacknowledged messages that each side keeps meanwhile. */
  buffer: number;
  /** What it can carry a session over. */
  transports: string[];
}

/** What the server says first. */
export interface Handshake {
  /** The session's id, a secret. */
  sid: string;
  /** Transports the session may move to. */
  upgrades: string[];
  /** Milliseconds between pings. */
  pingInterval: number;
  /** Milliseconds a ping may be late. */
  pingTimeout: number;
  /** Most bytes of a request's body, where the server has a limit. */
  maxPayload?: number;
  /** What a server of Towpath grants to a client that asks: a session that outlives its transports. */
  resume?: ResumeTerms;
}

/**
 * The handshake, or nothing if it is none: what timers and limits are made of must be numbers.
 *
 * @internal
 */
export function parseHandshake(json: string): Handshake | undefined {
  try {
    const handshake = JSON.parse(json);
    const { sid, upgrades, pingInterval, pingTimeout, maxPayload = 0, resume } = handshake;
    // Terms that are none, or of a later version: a session as any other.
    const { v, window, buffer, transports } = resume || {};
    if (!(v === 1 && window > 0 && buffer > 0 && Array.isArray(transports))) delete handshake.resume;
    const areNumbers = [pingInterval, pingTimeout, maxPayload].every((n) => typeof n === "number" && n >= 0);
    if (typeof sid === "string" && sid && Array.isArray(upgrades) && areNumbers) return handshake;
  } catch {
    // falls through
  }
  return;
}

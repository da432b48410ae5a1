import type { EnginePacket } from "./engine-packet.js";
import type { Timer } from "./environment.js";
import type { Cursor } from "./sequence.js";
import { type CloseDetails, ProtocolViolation, TransportError } from "./close-reason.js";
import type { Transport, TransportEvents } from "./transport.js";
import type { AttemptReason, TransportAttempt, TransportName } from "./transport-log.js";

/** Where a transport is in its life. The first two are candidates. @internal */
export const enum State {
  /** The server has not spoken on it. */
  Offered,
  /** The server has taken the offer: it may be chosen. */
  Proven,
  /** It is written on, and there is no way back. */
  Chosen,
  /** It carries: the server writes on it as well. */
  Confirmed,
  /** Another one opened the session; waits for the one that it does not need, to end it. */
  Lost,
  /** Not heard any more. */
  Over,
}

/** Better transports have higher ranks, and higher generations in a race. @internal */
export const RANK: Record<TransportName, number> = { polling: 0, stream: 1, websocket: 2 };

/** What hears of the transports: an engine while it opens, and then its session. @internal */
export interface LineOwner {
  /** Milliseconds that a GET may wait: set by a resumable session. */
  readonly _pollTimeout?: number;
  /**
   * The parameters of a request that are not those of every request.
   *
   * @param on - in a resumable session, for the use of the transport, and not for its offer
   */
  _parameters(line: Line, sid?: string, on?: boolean): object;
  _opened?(line: Line, ack?: string): void;
  _packet(line: Line, packet: EnginePacket): void;
  _drained?(line: Line, unsent?: EnginePacket[]): void;
  _closed(line: Line, failure: TransportError | CloseDetails, clean?: boolean): void;
}

/** What has the transports of an engine that is open. @internal */
export interface Session extends LineOwner {
  /** Takes over the transport that opened it. */
  _begin(line: Line): void;
  /** Whoever waits for it knows that it is open. */
  _start(): void;
  /** Takes a packet of the application; it is written when it can be. */
  _send(packet: EnginePacket): void;
  /** Ends the session when everything has been sent. */
  _close(): void;
  /** Stops its clocks; returns whether the server is to be told of the end. */
  _stop(): boolean;
  /** Something hints at trouble, or at its end. */
  _wake?(): void;
  /** Whether it is over and its timer has not noticed. */
  _hasExpired?(): boolean;
}

/**
 * A transport that is tried or in use. Its state is the guard: what it says is read in the light of that, and one that
 * is over is not heard any more.
 *
 * @internal
 */
export interface Line extends Cursor {
  readonly _name: TransportName;
  /** Its generation in a resumable session: of two, the higher one counts. */
  readonly _g: number;
  /** Told to the server with the offer. */
  readonly _why?: AttemptReason;
  readonly _attempt: TransportAttempt;
  readonly _timer: Timer;
  _owner: LineOwner;
  /** Where it says what happens to it. */
  _events: TransportEvents;
  _transport: Transport;
  _state: State;
  /** The session that it opened and lost is resumable. */
  _resumable?: boolean;
  /** What the server had received when it took the offer. */
  _proof?: number;
  /** Packets without a number that wait to be written. */
  _control: EnginePacket[];
  /** The server waits to hear what has been received. */
  _ackDue?: boolean;
  /** When it was chosen, brought its last packet, and was asked whether it lives, if it waits for an answer. */
  _since: number;
  _heard: number;
  _asked?: number | undefined;
}

/** It was begun, and may be chosen. @internal */
export const isCandidate = ({ _state }: Line): boolean => _state < State.Chosen;

/** What is told of a transport that is over and never carried. @internal */
export function whyRefused(
  { _heard }: Line,
  failure: TransportError | CloseDetails,
): [error: TransportError, reason: AttemptReason] {
  const { description, context } = failure;
  return [
    failure instanceof TransportError ? failure : new TransportError("websocket error", description, context),
    description instanceof ProtocolViolation ? "invalid" : _heard ? "closed" : "refused",
  ];
}

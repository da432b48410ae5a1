import type { EnginePacket } from "./engine-packet.js";
import type { Timer } from "./environment.js";
import type { Cursor } from "./sequence.js";
import type { Transport } from "./transport.js";
import type { TransportAttempt, TransportName } from "./transport-log.js";

/** Where a transport is in its life with a resumable session. The first two are candidates. @internal */
export const enum State {
  /** The server has not spoken on it. */
  Offered,
  /** The server has taken the offer: it may be chosen. */
  Proven,
  /** It is written on, and there is no way back. */
  Chosen,
  /** The server writes on it as well. */
  Confirmed,
  /** Not heard any more. */
  Over,
}

/** Better transports have higher ranks, and higher generations in a race. @internal */
export const RANK: Record<TransportName, number> = { polling: 0, stream: 1, websocket: 2 };

/** A transport in the life of a resumable session. @internal */
export interface Line extends Cursor {
  readonly _name: TransportName;
  /** Its generation: of two, the higher one counts. */
  readonly _g: number;
  readonly _attempt: TransportAttempt;
  readonly _timer: Timer;
  _transport: Transport;
  _state: State;
  /** What the server had received when it took the offer. */
  _proof?: number;
  /** Packets without a number that wait to be written. */
  _control: EnginePacket[];
  /** The server waits to hear what has been received. */
  _ackDue?: boolean;
  /** When it was chosen, brought its last packet, and was asked whether it lives, if it waits for an answer. */
  _since: number;
  _heard: number;
  _asked?: number;
}

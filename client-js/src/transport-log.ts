/** Names of the transports of this client. */
export type TransportName = "websocket" | "stream" | "polling";

/**
 * What became of an attempt.
 *
 * - `trying`: nothing heard yet
 * - `carrying`: it proved itself and carries the connection
 * - `failed`: it never carried the connection
 * - `ended`: it carried the connection and does no longer
 */
export type AttemptOutcome = "trying" | "carrying" | "failed" | "ended";

/**
 * Why it came to its outcome.
 *
 * - `opened`, `upgraded`, `resumed`: carries since the connection opened, took over from another transport, or took up
 *   a session that was without one; an ended transport with `upgraded` handed over
 * - `refused`: could not be opened
 * - `closed`: opened, and was closed before the server had said anything
 * - `silent`: opened or not, nothing was heard of the server within the bound
 * - `invalid`: the server said something that it may not
 * - `overtaken`: another transport was faster
 * - `abandoned`: given up with the whole connection
 * - `cut`: broke soon after it began to carry, or for the second time in a minute
 * - `lost`: broke
 * - `server`, `client`: closed in good order, there or here
 * - `offline`, `hidden`: the page lost its network, or was left
 */
export type AttemptReason =
  | "opened"
  | "upgraded"
  | "resumed"
  | "refused"
  | "closed"
  | "silent"
  | "invalid"
  | "overtaken"
  | "abandoned"
  | "cut"
  | "lost"
  | "server"
  | "client"
  | "offline"
  | "hidden";

/** What an attempt was for. */
export type AttemptPurpose = "open" | "upgrade" | "resume";

/** One attempt to carry a connection over a transport; see `socket.io.engine.explain()`. */
export interface TransportAttempt {
  /** The transport tried. */
  transport: TransportName;
  /** Whether it was to open the connection, to take it over, or to take up a session whose transport is gone. */
  purpose: AttemptPurpose;
  /** What became of it. */
  outcome: AttemptOutcome;
  /** Why; missing while trying. */
  reason?: AttemptReason;
  /** When it began, in milliseconds of the clock (`Date.now()`). */
  at: number;
  /** Milliseconds from the beginning to the outcome. */
  ms: number;
}

/** Records kept; older ones are forgotten. */
const LIMIT = 50;

/**
 * The records of a connection, across its engines, newest last.
 *
 * @internal
 */
export class TransportLog {
  private readonly _attempts: TransportAttempt[] = [];

  constructor(
    private readonly _now: () => number,
    private readonly _changed: (attempt: TransportAttempt) => void = () => {},
  ) {}

  _begin(transport: TransportName, purpose: AttemptPurpose): TransportAttempt {
    const attempt: TransportAttempt = { transport, purpose, outcome: "trying", at: this._now(), ms: 0 };
    if (this._attempts.push(attempt) > LIMIT) this._attempts.shift();
    return attempt;
  }

  /** Settles an attempt; whoever listens hears of it if the carrying transport changed. */
  _settle(attempt: TransportAttempt, outcome: AttemptOutcome, reason: AttemptReason): void {
    attempt.outcome = outcome;
    attempt.reason = reason;
    attempt.ms = this._now() - attempt.at;
    // A transport that hands over is no change of its own: its successor reports it.
    if (outcome === "carrying" || (outcome === "ended" && reason !== "upgraded")) this._changed({ ...attempt });
  }

  _list(): TransportAttempt[] {
    return this._attempts.map((attempt) => ({ ...attempt }));
  }
}

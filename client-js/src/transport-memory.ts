import type { AttemptReason } from "./transport-log.js";

/** A WebSocket that breaks within this time, in milliseconds, has died young: something on the way cuts it. */
const YOUNG = 10_000;
/** Two that break within this time count the same. */
const TWICE_WITHIN = 60_000;
/** How long a failure is remembered, in milliseconds; doubled with each, up to the maximum. */
const FIRST_PENALTY = 60_000;
const MAX_PENALTY = 900_000;

interface Failure {
  reason: AttemptReason;
  penalty: number;
  until: number;
}

/**
 * What the page remembers of WebSocket, per server: a path that cut, refused or swallowed it is not tried first
 * again for a while. Only what failed while HTTP worked is remembered: a server that is down is no bad path.
 *
 * @internal
 */
export class TransportMemory {
  private readonly _failures = new Map<string, Failure>();
  private readonly _lastDeath = new Map<string, number>();
  /** Whether the last WebSocket of the page worked, for the option `rememberUpgrade`. */
  worked = false;

  /** Why WebSocket to this server should wait, or nothing. */
  avoid(server: string, now: number): AttemptReason | undefined {
    const failure = this._failures.get(server);
    return failure && now < failure.until ? failure.reason : undefined;
  }

  /** WebSocket failed on a path where HTTP works. */
  failed(server: string, now: number, reason: AttemptReason): void {
    const before = this._failures.get(server);
    // A long quiet time after the last failure forgives it.
    const penalty =
      before && now < before.until + MAX_PENALTY ? Math.min(before.penalty * 2, MAX_PENALTY) : FIRST_PENALTY;
    this._failures.set(server, { reason, penalty, until: now + penalty });
  }

  /** A WebSocket that carried for `age` milliseconds broke; says whether that makes it a bad path. */
  broke(server: string, now: number, age: number): boolean {
    const cut = age < YOUNG || now - (this._lastDeath.get(server) ?? -TWICE_WITHIN) < TWICE_WITHIN;
    this._lastDeath.set(server, now);
    if (cut) this.failed(server, now, "cut");
    return cut;
  }

  /** The network changed: nothing is known any more. */
  forget(): void {
    this._failures.clear();
    this._lastDeath.clear();
  }
}

/** One for the page: what one connection learnt spares the next one the wait. @internal */
export const pageMemory = new TransportMemory();

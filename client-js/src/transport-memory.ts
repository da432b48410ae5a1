import type { AttemptReason } from "./transport-log.js";

/** Milliseconds. */
const enum Ms {
  /** A WebSocket that breaks within this time has died young: something on the way cuts it. */
  Young = 10_000,
  /** Two that break within this time count the same. */
  TwiceWithin = 60_000,
  /** That a server may take to speak, as long as nothing is known of it, and at least and at most after. */
  Bound = 500,
  MinBound = 250,
  MaxBound = 1_000,
  /** That a failure is remembered; doubled with each, up to the maximum. */
  FirstPenalty = 60_000,
  MaxPenalty = 900_000,
}
/** Where the failures lie, so that they outlive the page. Nothing of a session is among them. */
const KEY = "towpath";

interface Failure {
  reason: AttemptReason;
  penalty: number;
  until: number;
}

/**
 * What is remembered of the transports, per server: a path that cut, refused or swallowed one is not tried first again
 * for a while. Only what failed while another worked is remembered: a server that is down is no bad path. The failures
 * outlive the page, where there is storage; the rest does not.
 *
 * @internal
 */
export class TransportMemory {
  private _failures: Record<string, Failure> = {};
  private _lastDeath: Record<string, number> = {};
  private _times: Record<string, number> = {};
  /** Whether the last WebSocket of the page worked, for the option `rememberUpgrade`. */
  _worked = false;

  /** @param _storage - where there is one; asking for it may already be forbidden */
  constructor(private readonly _storage: () => Pick<Storage, "getItem" | "setItem">) {
    try {
      this._failures = { ...JSON.parse(_storage().getItem(KEY)!) };
    } catch {
      // no storage, or not ours
    }
  }

  /** Milliseconds for a transport to bring the first packet of the server, learnt from those that did. */
  _bound(server: string): number {
    return Math.max(Ms.MinBound, Math.min(2 * (this._times[server] ?? Ms.Bound / 2), Ms.MaxBound));
  }

  /** A transport brought the first packet after `ms` milliseconds. */
  _took(server: string, ms: number): void {
    this._times[server] = ms;
  }

  /** Why a transport to this server should wait, or nothing. */
  _avoid(server: string, now: number): AttemptReason | undefined {
    const failure = this._failures[server];
    return failure && now < failure.until ? failure.reason : undefined;
  }

  /** A transport failed on a path where another works. */
  _failed(server: string, now: number, reason: AttemptReason): void {
    const before = this._failures[server];
    // A long quiet time after the last failure forgives it.
    const penalty =
      before && now < before.until + Ms.MaxPenalty ? Math.min(before.penalty * 2, Ms.MaxPenalty) : Ms.FirstPenalty;
    this._failures[server] = { reason, penalty, until: now + penalty };
    this._save();
  }

  /** A transport that carried for `age` milliseconds broke; says whether that makes it a bad path. */
  _broke(server: string, now: number, age: number): boolean {
    const cut = age < Ms.Young || now - (this._lastDeath[server] ?? -Ms.TwiceWithin) < Ms.TwiceWithin;
    this._lastDeath[server] = now;
    if (cut) this._failed(server, now, "cut");
    return cut;
  }

  /** The network changed: nothing is known any more. */
  _forget(): void {
    this._failures = {};
    this._lastDeath = {};
    this._times = {};
    this._save();
  }

  private _save(): void {
    try {
      this._storage().setItem(KEY, JSON.stringify(this._failures));
    } catch {
      // no storage, none allowed, or it is full
    }
  }
}

/** One for the page: what one connection learnt spares the next one the wait. @internal */
export const pageMemory = new TransportMemory(() => localStorage);

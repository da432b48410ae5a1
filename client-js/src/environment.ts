/** The only source of time and chance. Tests give their own as option `clock` and move it by hand. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls `fn` after `ms` milliseconds. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Forgets a timer; unknown or spent timers are ignored. */
  clearTimeout(timer: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

/**
 * The clock of the platform. `Date.now` and not `performance.now`, because the latter may stand still while the
 * machine sleeps, and a heartbeat that expired in sleep must be seen.
 *
 * @internal
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Past 2^31-1 the platform would fire at once.
  setTimeout: (fn, ms) => setTimeout(fn, Math.min(ms, 2 ** 31 - 1)),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
};

/**
 * A timer that is set again and again: setting it forgets what it was set for before.
 *
 * @internal
 */
export class Timer {
  private _id: unknown;

  constructor(private readonly _clock: Clock) {}

  /** Calls `fn` after `ms` milliseconds. */
  _set(ms: number, fn: () => void): void {
    this._clear();
    this._id = this._clock.setTimeout(fn, ms);
  }

  _clear(): void {
    this._clock.clearTimeout(this._id);
  }
}

/** A WebSocket constructor: the platform's, or that of the `ws` package for Node versions without one. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[], options?: any) => any;

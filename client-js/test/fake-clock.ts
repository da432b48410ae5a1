import type { Clock } from "../src/environment.js";

interface Timer {
  due: number;
  fn: () => void;
}

/** Time that stands still until a test moves it. */
export class FakeClock implements Clock {
  /** What `random` returns. */
  chance = 0.5;
  private time = 1_000_000;
  private timers: Timer[] = [];

  now = (): number => this.time;
  random = (): number => this.chance;

  setTimeout = (fn: () => void, ms: number): Timer => {
    const timer = { due: this.time + ms, fn };
    this.timers.push(timer);
    return timer;
  };

  clearTimeout = (timer: unknown): void => {
    this.timers = this.timers.filter((other) => other !== timer);
  };

  /** Moves the time on; timers run in the order in which they are due. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.due);
      this.clearTimeout(next);
      next.fn();
    }
    this.time = end;
  }

  /** Moves the time on without running any timer: a throttled page, or a machine that slept. */
  sleep(ms: number): void {
    this.time += ms;
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.timers.length;
  }
}

/** Resolves when all microtasks, and those that they queued, have run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

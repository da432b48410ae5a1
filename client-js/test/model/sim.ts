import type { Clock } from "../../src/environment.js";

interface Event {
  at: number;
  order: number;
  fn: (() => void) | undefined;
}

/** Time, chance and everything that is going to happen, from one seed. */
export class Sim implements Clock {
  /** What went wrong. */
  readonly violations: string[] = [];
  /** What happened, if anybody wants to know. */
  trace: string[] | undefined;
  /** Events run. */
  events = 0;
  private time = 0;
  private order = 0;
  private state: number;
  private readonly heap: Event[] = [];

  constructor(seed: number) {
    this.state = (seed * 2654435761) >>> 0 || 1;
  }

  // --- chance ---

  random = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  /** True with this probability. */
  chance = (probability: number): boolean => this.random() < probability;
  /** A number between two. */
  between = (low: number, high: number): number => low + (high - low) * this.random();
  /** A whole number between two, both included. */
  whole = (low: number, high: number): number => Math.floor(this.between(low, high + 1));

  // --- time ---

  now = (): number => this.time;
  setTimeout = (fn: () => void, ms: number): Event => this.at(this.time + Math.max(0, ms), fn);
  clearTimeout = (timer: unknown): void => {
    if (timer) (timer as Event).fn = undefined;
  };

  at(at: number, fn: () => void): Event {
    const event = { at, order: this.order++, fn };
    const { heap } = this;
    let i = heap.push(event) - 1;
    for (let up; i && before(event, heap[(up = (i - 1) >> 1)]!); i = up) heap[i] = heap[up]!;
    heap[i] = event;
    return event;
  }

  /** Runs everything up to a time, and the promises of each event before the next. */
  async run(until: number): Promise<void> {
    for (let event; (event = this.next(until));) {
      this.time = Math.max(this.time, event.at);
      const { fn } = event;
      if (!fn) continue;
      event.fn = undefined;
      if (++this.events > 400_000) return this.wrong("event storm");
      fn();
      await new Promise(setImmediate);
    }
    this.time = until;
  }

  wrong(what: string): void {
    if (this.violations.length < 5) this.violations.push(`${Math.round(this.time)}: ${what}`);
    this.log(`!! ${what}`);
  }

  log(what: string): void {
    this.trace?.push(`${String(Math.round(this.time)).padStart(7)} ${what}`);
  }

  private next(until: number): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    if (!first || first.at > until) return;
    const last = heap.pop()!;
    if (!heap.length) return first;
    let i = 0;
    for (let down; (down = 2 * i + 1) < heap.length; i = down) {
      if (down + 1 < heap.length && before(heap[down + 1]!, heap[down]!)) down++;
      if (before(last, heap[down]!)) break;
      heap[i] = heap[down]!;
    }
    heap[i] = last;
    return first;
  }
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

// What has arrived of a numbered sequence 1, 2, 3 …

export class Sequence {
  seen = new Set();
  highest = 0;
  doubled = 0;
  disordered = 0;

  take(number) {
    if (this.seen.has(number)) {
      this.doubled++;
      return;
    }
    this.seen.add(number);
    if (number < this.highest) this.disordered++;
    this.highest = Math.max(this.highest, number);
  }

  figures() {
    return { received: this.seen.size, highest: this.highest, doubled: this.doubled, disordered: this.disordered };
  }
}

/** Calls `emit(n)` for n = 1, 2, 3 …, so many a second, caught up every 10 ms; then `done(last)`. */
export function steadily(perSecond, seconds, emit, done) {
  const start = Date.now();
  let last = 0;
  const timer = setInterval(() => {
    const elapsed = Math.min(Date.now() - start, seconds * 1000);
    for (const due = Math.floor((elapsed * perSecond) / 1000); last < due; ) emit(++last);
    if (elapsed === seconds * 1000) {
      clearInterval(timer);
      done(last);
    }
  }, 10);
}

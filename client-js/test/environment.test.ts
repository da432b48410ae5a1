import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../src/environment.js";

describe("the clock of the platform", () => {
  it("tells the time of day", () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    expect(systemClock.random()).toBeLessThan(1);
  });

  it("does not fire at once for times that the platform cannot count", () => {
    const spy = vi.spyOn(globalThis, "setTimeout");
    const timer = systemClock.setTimeout(() => {}, 2 ** 31);
    systemClock.clearTimeout(timer);
    expect(spy.mock.calls[0]![1]).toBe(2 ** 31 - 1);
    spy.mockRestore();
  });

  it("uses the timers of the moment", () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    systemClock.setTimeout(fn, 1000);
    vi.advanceTimersByTime(1000);
    expect(fn).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it("forgets a timer", () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    systemClock.setTimeout(fn, 1);
    systemClock.clearTimeout(systemClock.setTimeout(fn, 1));
    systemClock.clearTimeout(undefined);
    vi.advanceTimersByTime(10);
    expect(fn).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});
